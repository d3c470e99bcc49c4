//! What PostgreSQL would refuse, with the code that it would raise.

use std::fmt;

use crate::pg::{Ident, Name};

/// Why a change does not fit the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CatalogError {
    /// A relation is not there; it may have been made outside the history that is given.
    UndefinedTable(Name),
    /// A relation of this name is there already.
    DuplicateTable(Name),
    /// A column is not there.
    UndefinedColumn(Name, Ident),
    /// A column of this name is there already.
    DuplicateColumn(Name, Ident),
    /// A constraint or index of a table is not there.
    UndefinedObject(Name, Ident),
    /// A constraint of this name is there already.
    DuplicateObject(Name, Ident),
    /// Something else depends on what is dropped.
    DependentObjects {
        /// What is dropped.
        dropped: String,
        /// What depends on it.
        dependent: String,
    },
    /// The relation is of another kind.
    WrongKind(Name, &'static str),
}

impl CatalogError {
    /// Returns the SQLSTATE that PostgreSQL itself would raise.
    pub fn sqlstate(&self) -> &'static str {
        match self {
            CatalogError::UndefinedTable(_) => "42P01",
            CatalogError::DuplicateTable(_) => "42P07",
            CatalogError::UndefinedColumn(..) => "42703",
            CatalogError::DuplicateColumn(..) => "42701",
            CatalogError::UndefinedObject(..) => "42704",
            CatalogError::DuplicateObject(..) => "42710",
            CatalogError::DependentObjects { .. } => "2BP01",
            CatalogError::WrongKind(..) => "42809",
        }
    }
}

impl fmt::Display for CatalogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CatalogError::UndefinedTable(name) => write!(f, "relation `{name}` does not exist"),
            CatalogError::DuplicateTable(name) => write!(f, "relation `{name}` already exists"),
            CatalogError::UndefinedColumn(table, column) => {
                write!(f, "column `{column}` of relation `{table}` does not exist")
            }
            CatalogError::DuplicateColumn(table, column) => {
                write!(f, "column `{column}` of relation `{table}` already exists")
            }
            CatalogError::UndefinedObject(table, name) => {
                write!(f, "constraint or index `{name}` of relation `{table}` does not exist")
            }
            CatalogError::DuplicateObject(table, name) => {
                write!(f, "constraint `{name}` of relation `{table}` already exists")
            }
            CatalogError::DependentObjects { dropped, dependent } => {
                write!(f, "cannot drop {dropped} because {dependent} depends on it")
            }
            CatalogError::WrongKind(name, wanted) => write!(f, "`{name}` is not {wanted}"),
        }
    }
}
