//! What ALTER does alike to objects of every kind: another name, owner, schema, or dependency.

use std::fmt;

use super::reference::Reference;
use super::role_spec::RoleSpec;
use crate::pg::Ident;
use crate::statement::print::When;

/// ALTER of an object by an action that many kinds share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterObject {
    /// The object.
    pub object: Reference,
    /// `IF EXISTS`; only policies know it.
    pub if_exists: bool,
    /// What becomes of it.
    pub action: ObjectAction,
}

/// The actions that many kinds of object share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectAction {
    /// `RENAME TO`.
    Rename(Ident),
    /// `OWNER TO`.
    Owner(RoleSpec),
    /// `SET SCHEMA`.
    Schema(Ident),
    /// `DEPENDS ON EXTENSION`: dropped with the extension.
    DependsOn(Ident),
    /// `NO DEPENDS ON EXTENSION`.
    NoDependsOn(Ident),
}

impl fmt::Display for AlterObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_exists = When(self.if_exists, "IF EXISTS ");
        write!(f, "ALTER {} {if_exists}{} {}", self.object.kind, self.object.name, self.action)
    }
}

impl fmt::Display for ObjectAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ObjectAction::Rename(name) => write!(f, "RENAME TO {name}"),
            ObjectAction::Owner(role) => write!(f, "OWNER TO {role}"),
            ObjectAction::Schema(schema) => write!(f, "SET SCHEMA {schema}"),
            ObjectAction::DependsOn(extension) => write!(f, "DEPENDS ON EXTENSION {extension}"),
            ObjectAction::NoDependsOn(extension) => write!(f, "NO DEPENDS ON EXTENSION {extension}"),
        }
    }
}
