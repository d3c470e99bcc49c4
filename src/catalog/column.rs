//! Columns.

use super::Shared;
use super::keys::replace;
use crate::pg::{Ident, Name, TypeName};
use crate::query::{Expr, columns};
use crate::statement::relation::{GeneratedStorage, GeneratedWhen, GenericOption, Parameter};

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: Ident,
    /// Its type; `None` when it comes from a row type that is not known.
    pub type_name: Option<TypeName>,
    /// Its collation when it is not the type's.
    pub collation: Option<Name>,
    /// Whether it is NOT NULL, also by a primary key.
    pub not_null: bool,
    /// Its default.
    pub default: Option<Expr>,
    /// Identity or generated.
    pub generated: Option<Generated>,
    /// `STORAGE` when written.
    pub storage: Option<Ident>,
    /// `COMPRESSION` when written.
    pub compression: Option<Ident>,
    /// `SET STATISTICS` when it is not the server's default.
    pub statistics: Option<i64>,
    /// `SET (n_distinct = …)`, in the order of their names.
    pub parameters: Vec<Parameter>,
    /// `OPTIONS` of a foreign table's column, in the order of their names.
    pub options: Vec<GenericOption>,
    /// Whether it comes from a parent and from nowhere else.
    pub inherited: bool,
    /// What all kinds of objects have: privileges, comment, labels.
    pub shared: Shared,
}

/// How a column gets its value without being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Generated {
    /// An identity column, whose sequence is a relation that it owns.
    Identity(GeneratedWhen),
    /// A generated column.
    Expression(Box<Expr>, GeneratedStorage),
}

impl Column {
    /// Makes a column that has nothing but its type.
    pub fn new(name: Ident, type_name: Option<TypeName>) -> Self {
        Column {
            name,
            type_name,
            collation: None,
            not_null: false,
            default: None,
            generated: None,
            storage: None,
            compression: None,
            statistics: None,
            parameters: Vec::new(),
            options: Vec::new(),
            inherited: false,
            shared: Shared::default(),
        }
    }

    /// Returns the columns that its value is computed from.
    pub fn computed_from(&self) -> Vec<Ident> {
        match &self.generated {
            Some(Generated::Expression(value, _)) => columns::named(value),
            _ => Vec::new(),
        }
    }

    pub(super) fn rename(&mut self, from: &Ident, to: &Ident) {
        replace(&mut self.name, from, to);
        if let Some(Generated::Expression(value, _)) = &mut self.generated {
            columns::rename(value, from, to);
        }
    }
}
