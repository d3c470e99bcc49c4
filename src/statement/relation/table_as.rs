//! CREATE TABLE AS.

use std::fmt;

use super::common::{Persistence, WithData};
use super::table::TableStorage;
use crate::pg::{Ident, Name};
use crate::query::{Expr, Query};
use crate::statement::print::{InParens, When};

/// `CREATE TABLE AS`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateTableAs {
    /// `TEMPORARY` or `UNLOGGED`.
    pub persistence: Persistence,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// The table.
    pub name: Name,
    /// Its columns when they are named.
    pub columns: Vec<Ident>,
    /// How it is stored.
    pub storage: TableStorage,
    /// Where its rows come from.
    pub source: TableSource,
    /// Whether it is filled.
    pub with_data: WithData,
}

/// Where the rows of a new table come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableSource {
    /// A query.
    Query(Box<Query>),
    /// `EXECUTE`: a prepared query.
    Execute {
        /// The prepared statement.
        name: Ident,
        /// Its arguments.
        arguments: Vec<Expr>,
    },
}

impl fmt::Display for CreateTableAs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE {}TABLE {}", self.persistence, When(self.if_not_exists, "IF NOT EXISTS "))?;
        write!(f, "{}{}{} AS {}", self.name, InParens(" ", &self.columns), self.storage, self.source)?;
        write!(f, "{}", self.with_data)
    }
}

impl fmt::Display for TableSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TableSource::Query(query) => write!(f, "{query}"),
            TableSource::Execute { name, arguments } => write!(f, "EXECUTE {name}{}", InParens(" ", arguments)),
        }
    }
}
