//! Partition keys and the bounds of partitions.

use std::fmt;

use super::index::Key;
use crate::pg::Name;
use crate::query::Expr;
use crate::source::Span;
use crate::statement::print::{Comma, Lead};
use crate::statement::words::words;

/// `PARTITION BY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionBy {
    /// How rows are divided.
    pub strategy: PartitionStrategy,
    /// What they are divided by.
    pub elements: Vec<PartitionElement>,
}

words! {
    /// How rows are divided among partitions.
    pub enum PartitionStrategy {
        List = "LIST",
        Range = "RANGE",
        Hash = "HASH",
    }
}

/// One element of a partition key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionElement {
    /// Where it stands.
    pub span: Span,
    /// The column or expression.
    pub key: Key,
    /// `COLLATE`.
    pub collation: Option<Name>,
    /// The operator class when written.
    pub operator_class: Option<Name>,
}

/// Which rows a partition holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartitionBound {
    /// `FOR VALUES IN`.
    In(Vec<Expr>),
    /// `FOR VALUES FROM … TO …`.
    Range {
        /// The lower bound, which belongs to the partition.
        from: Vec<BoundDatum>,
        /// The upper bound, which does not.
        to: Vec<BoundDatum>,
    },
    /// `FOR VALUES WITH (MODULUS m, REMAINDER r)`.
    Hash {
        /// The modulus.
        modulus: u32,
        /// The remainder.
        remainder: u32,
    },
    /// `DEFAULT`: what fits no other partition.
    Default,
}

/// One value of a range bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoundDatum {
    /// `MINVALUE`.
    MinValue,
    /// `MAXVALUE`.
    MaxValue,
    /// A value.
    Value(Expr),
}

impl fmt::Display for PartitionBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PARTITION BY {} ({})", self.strategy, Comma(&self.elements))
    }
}

impl fmt::Display for PartitionElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.key, Lead(" COLLATE ", &self.collation))?;
        write!(f, "{}", Lead(" ", &self.operator_class))
    }
}

impl fmt::Display for PartitionBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PartitionBound::In(values) => write!(f, "FOR VALUES IN ({})", Comma(values)),
            PartitionBound::Range { from, to } => write!(f, "FOR VALUES FROM ({}) TO ({})", Comma(from), Comma(to)),
            PartitionBound::Hash { modulus, remainder } => {
                write!(f, "FOR VALUES WITH (MODULUS {modulus}, REMAINDER {remainder})")
            }
            PartitionBound::Default => f.write_str("DEFAULT"),
        }
    }
}

impl fmt::Display for BoundDatum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BoundDatum::MinValue => f.write_str("MINVALUE"),
            BoundDatum::MaxValue => f.write_str("MAXVALUE"),
            BoundDatum::Value(value) => write!(f, "{value}"),
        }
    }
}
