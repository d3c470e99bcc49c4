//! Aggregates, operators and collations: what a free option list defines.

use std::fmt;

use super::definition::Definition;
use super::parameter::AggregateArguments;
use super::reference::{OperatorName, OperatorReference};
use crate::pg::Name;
use crate::statement::print::{Comma, Lead, When};

/// CREATE AGGREGATE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateAggregate {
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// Its name.
    pub name: Name,
    /// Its arguments; `None` in the old syntax, where `basetype` among the options gives the only one.
    pub arguments: Option<AggregateArguments>,
    /// How it computes.
    pub options: Vec<Definition>,
}

/// CREATE OPERATOR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateOperator {
    /// Its name.
    pub name: OperatorName,
    /// Its function, operand types and properties.
    pub options: Vec<Definition>,
}

/// ALTER OPERATOR … SET (…).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterOperator {
    /// The operator.
    pub operator: OperatorReference,
    /// The new properties; one without a value is taken away.
    pub options: Vec<Definition>,
}

/// CREATE COLLATION.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateCollation {
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Its name.
    pub name: Name,
    /// What it is.
    pub source: CollationSource,
}

/// What a new collation is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CollationSource {
    /// Properties.
    Options(Vec<Definition>),
    /// `FROM`: a copy of another.
    Copy(Name),
}

/// ALTER COLLATION … REFRESH VERSION.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshCollation {
    /// The collation.
    pub name: Name,
}

impl fmt::Display for CreateAggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_replace = When(self.or_replace, "OR REPLACE ");
        let arguments = Lead(" ", &self.arguments);
        write!(f, "CREATE {or_replace}AGGREGATE {}{arguments} ({})", self.name, Comma(&self.options))
    }
}

impl fmt::Display for CreateOperator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE OPERATOR {} ({})", self.name, Comma(&self.options))
    }
}

impl fmt::Display for AlterOperator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER OPERATOR {} SET (", self.operator)?;
        for (at, option) in self.options.iter().enumerate() {
            write!(f, "{}{option}", if at > 0 { ", " } else { "" })?;
            f.write_str(if option.value.is_none() { " = NONE" } else { "" })?;
        }
        f.write_str(")")
    }
}

impl fmt::Display for CreateCollation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE COLLATION {}{}", When(self.if_not_exists, "IF NOT EXISTS "), self.name)?;
        match &self.source {
            CollationSource::Options(options) => write!(f, " ({})", Comma(options)),
            CollationSource::Copy(other) => write!(f, " FROM {other}"),
        }
    }
}

impl fmt::Display for RefreshCollation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER COLLATION {} REFRESH VERSION", self.name)
    }
}
