//! CREATE SEQUENCE, ALTER SEQUENCE, and the options that identity columns share with them.

use std::fmt;

use super::common::Persistence;
use crate::pg::{Name, TypeName};
use crate::statement::print::{Lead, Spaced, When};

/// `CREATE SEQUENCE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateSequence {
    /// `TEMPORARY` or `UNLOGGED`.
    pub persistence: Persistence,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// The sequence.
    pub name: Name,
    /// Its options in written order.
    pub options: Vec<SequenceOption>,
}

/// `ALTER SEQUENCE` with options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterSequence {
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// The sequence.
    pub name: Name,
    /// The options that change, in written order.
    pub options: Vec<SequenceOption>,
}

/// One option of a sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SequenceOption {
    /// `AS type`.
    As(TypeName),
    /// `CACHE n`.
    Cache(i64),
    /// `CYCLE`.
    Cycle,
    /// `NO CYCLE`.
    NoCycle,
    /// `INCREMENT BY n`.
    Increment(i64),
    /// `LOGGED`.
    Logged,
    /// `UNLOGGED`.
    Unlogged,
    /// `MAXVALUE n`.
    MaxValue(i64),
    /// `NO MAXVALUE`.
    NoMaxValue,
    /// `MINVALUE n`.
    MinValue(i64),
    /// `NO MINVALUE`.
    NoMinValue,
    /// `OWNED BY table.column`; without a column `OWNED BY NONE`.
    OwnedBy(Option<Name>),
    /// `SEQUENCE NAME name`: the sequence of an identity column.
    Name(Name),
    /// `START WITH n`.
    Start(i64),
    /// `RESTART`, with a value when written.
    Restart(Option<i64>),
}

/// The options of an identity column's sequence, or nothing.
pub(super) struct InParentheses<'a>(pub &'a [SequenceOption]);

impl fmt::Display for InParentheses<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_first() {
            Some((first, rest)) => write!(f, " ({first}{})", Spaced(rest)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for SequenceOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SequenceOption::As(type_name) => write!(f, "AS {type_name}"),
            SequenceOption::Cache(count) => write!(f, "CACHE {count}"),
            SequenceOption::Cycle => f.write_str("CYCLE"),
            SequenceOption::NoCycle => f.write_str("NO CYCLE"),
            SequenceOption::Increment(step) => write!(f, "INCREMENT BY {step}"),
            SequenceOption::Logged => f.write_str("LOGGED"),
            SequenceOption::Unlogged => f.write_str("UNLOGGED"),
            SequenceOption::MaxValue(value) => write!(f, "MAXVALUE {value}"),
            SequenceOption::NoMaxValue => f.write_str("NO MAXVALUE"),
            SequenceOption::MinValue(value) => write!(f, "MINVALUE {value}"),
            SequenceOption::NoMinValue => f.write_str("NO MINVALUE"),
            SequenceOption::OwnedBy(Some(column)) => write!(f, "OWNED BY {column}"),
            SequenceOption::OwnedBy(None) => f.write_str("OWNED BY NONE"),
            SequenceOption::Name(name) => write!(f, "SEQUENCE NAME {name}"),
            SequenceOption::Start(value) => write!(f, "START WITH {value}"),
            SequenceOption::Restart(value) => write!(f, "RESTART{}", Lead(" WITH ", value)),
        }
    }
}

impl fmt::Display for CreateSequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE {}SEQUENCE {}", self.persistence, When(self.if_not_exists, "IF NOT EXISTS "))?;
        write!(f, "{}{}", self.name, Spaced(&self.options))
    }
}

impl fmt::Display for AlterSequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER SEQUENCE {}{}{}", When(self.if_exists, "IF EXISTS "), self.name, Spaced(&self.options))
    }
}
