//! What PostgreSQL would refuse, with the code that it would raise.

use std::fmt;

use super::{Address, Class, ObjectId};
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
    /// A thing of another kind is not there; it may have been made outside the history that is given.
    Undefined(Address),
    /// An object is there already.
    Duplicate(ObjectId),
    /// What PostgreSQL refuses for a reason of its own: the SQLSTATE and the words.
    Refused {
        /// The code that PostgreSQL raises.
        sqlstate: &'static str,
        /// What is wrong, in lower case, names in backticks.
        message: String,
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
            CatalogError::Undefined(address) => undefined(address),
            CatalogError::Duplicate(id) => duplicate(id.class),
            CatalogError::Refused { sqlstate, .. } => sqlstate,
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
            CatalogError::Undefined(address) => write!(f, "`{address}` does not exist"),
            CatalogError::Duplicate(id) => write!(f, "`{id}` already exists"),
            CatalogError::Refused { message, .. } => f.write_str(message),
        }
    }
}

fn undefined(address: &Address) -> &'static str {
    match address {
        Address::Relation(_) => "42P01",
        Address::Column(..) => "42703",
        Address::Object(ObjectId { class: Class::Routine | Class::Operator, .. }) => "42883",
        Address::Object(ObjectId { class: Class::Schema, .. }) => "3F000",
        _ => "42704",
    }
}

fn duplicate(class: Class) -> &'static str {
    match class {
        Class::Schema => "42P06",
        Class::Routine | Class::Operator => "42723",
        _ => "42710",
    }
}
