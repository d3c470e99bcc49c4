//! CREATE STATISTICS and ALTER STATISTICS.

use std::fmt;

use super::common::GenericChange;
use super::index::Key;
use crate::pg::{Ident, Name};
use crate::statement::print::{Comma, InParens, Lead, When};

/// `CREATE STATISTICS`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateStatistics {
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// The object; PostgreSQL chooses a name when none is written.
    pub name: Option<Name>,
    /// The kinds of statistics: `ndistinct`, `dependencies`, `mcv`; all when none is written.
    pub kinds: Vec<Ident>,
    /// The columns and expressions.
    pub elements: Vec<Key>,
    /// The table.
    pub table: Name,
}

/// `ALTER STATISTICS`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterStatistics {
    /// `IF EXISTS`; only with a new target.
    pub if_exists: bool,
    /// The object.
    pub name: Name,
    /// What changes.
    pub change: StatisticsChange,
}

/// What an ALTER STATISTICS changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatisticsChange {
    /// `SET STATISTICS`; the default target when `None`.
    SetTarget(Option<i64>),
    /// Its name, owner or schema.
    Generic(GenericChange),
}

impl fmt::Display for CreateStatistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE STATISTICS{}", When(self.if_not_exists, " IF NOT EXISTS"))?;
        write!(f, "{}{}", Lead(" ", &self.name), InParens(" ", &self.kinds))?;
        write!(f, " ON {} FROM {}", Comma(&self.elements), self.table)
    }
}

impl fmt::Display for AlterStatistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER STATISTICS {}{} ", When(self.if_exists, "IF EXISTS "), self.name)?;
        match &self.change {
            StatisticsChange::SetTarget(Some(target)) => write!(f, "SET STATISTICS {target}"),
            StatisticsChange::SetTarget(None) => f.write_str("SET STATISTICS DEFAULT"),
            StatisticsChange::Generic(change) => write!(f, "{change}"),
        }
    }
}
