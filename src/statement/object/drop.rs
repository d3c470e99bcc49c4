//! DROP of objects that are no relations, types, schemas or extensions.

use std::fmt;

use super::reference::{Kind, Reference};
use super::role_spec::RoleSpec;
use crate::pg::Ident;
use crate::statement::print::{Comma, When};
use crate::statement::words::Behavior;

/// DROP of one or more objects of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drop {
    /// Their kind.
    pub kind: Kind,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// The objects, each of that kind.
    pub objects: Vec<Reference>,
    /// What becomes of dependent objects.
    pub behavior: Behavior,
}

/// DROP ROLE, USER or GROUP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropRole {
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// The roles.
    pub roles: Vec<RoleSpec>,
}

/// DROP OWNED.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropOwned {
    /// The owners.
    pub roles: Vec<RoleSpec>,
    /// What becomes of dependent objects.
    pub behavior: Behavior,
}

/// REASSIGN OWNED.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReassignOwned {
    /// The old owners.
    pub roles: Vec<RoleSpec>,
    /// The new owner.
    pub to: RoleSpec,
}

/// DROP DATABASE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropDatabase {
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// Its name.
    pub name: Ident,
    /// `WITH (FORCE)`: connections to it are ended.
    pub force: bool,
}

/// DROP USER MAPPING.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropUserMapping {
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// The user.
    pub user: RoleSpec,
    /// The server.
    pub server: Ident,
}

impl fmt::Display for Drop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DROP {} {}", self.kind, When(self.if_exists, "IF EXISTS "))?;
        for (at, object) in self.objects.iter().enumerate() {
            write!(f, "{}{}", if at > 0 { ", " } else { "" }, object.name)?;
        }
        write!(f, "{}", self.behavior)
    }
}

impl fmt::Display for DropRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DROP ROLE {}{}", When(self.if_exists, "IF EXISTS "), Comma(&self.roles))
    }
}

impl fmt::Display for DropOwned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DROP OWNED BY {}{}", Comma(&self.roles), self.behavior)
    }
}

impl fmt::Display for ReassignOwned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "REASSIGN OWNED BY {} TO {}", Comma(&self.roles), self.to)
    }
}

impl fmt::Display for DropDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let force = When(self.force, " WITH (FORCE)");
        write!(f, "DROP DATABASE {}{}{force}", When(self.if_exists, "IF EXISTS "), self.name)
    }
}

impl fmt::Display for DropUserMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_exists = When(self.if_exists, "IF EXISTS ");
        write!(f, "DROP USER MAPPING {if_exists}FOR {} SERVER {}", self.user, self.server)
    }
}
