//! CREATE SCHEMA and ALTER SCHEMA.

use std::fmt;

use super::common::GenericChange;
use crate::pg::Ident;
use crate::statement::object::role_spec::RoleSpec;
use crate::statement::print::{Lead, Spaced, When};

/// `CREATE SCHEMA`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateSchema {
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// The schema; the owner's name when it is absent.
    pub name: Option<Ident>,
    /// `AUTHORIZATION`.
    pub owner: Option<RoleSpec>,
    /// The statements that are written inside it.
    pub elements: Vec<crate::statement::Statement>,
}

/// `ALTER SCHEMA`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterSchema {
    /// The schema.
    pub name: Ident,
    /// Its name or owner.
    pub change: GenericChange,
}

impl fmt::Display for CreateSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE SCHEMA{}", When(self.if_not_exists, " IF NOT EXISTS"))?;
        write!(f, "{}{}", Lead(" ", &self.name), Lead(" AUTHORIZATION ", &self.owner))?;
        write!(f, "{}", Spaced(&self.elements))
    }
}

impl fmt::Display for AlterSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER SCHEMA {} {}", self.name, self.change)
    }
}
