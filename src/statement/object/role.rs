//! Roles.

use std::fmt;

use super::role_spec::RoleSpec;
use crate::pg::Ident;
use crate::statement::print::{Clause, Comma, Lead, Quoted, Spaced};
use crate::statement::session::setting::Attached;
use crate::statement::words::words;

/// CREATE ROLE, USER or GROUP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateRole {
    /// Which word is used; only a USER may log in by default.
    pub kind: RoleKind,
    /// Its name.
    pub name: Ident,
    /// The options, in the order written.
    pub options: Vec<RoleOption>,
}

words! {
    /// The words for a role.
    pub enum RoleKind {
        Role = "ROLE",
        User = "USER",
        Group = "GROUP",
    }
}

/// One option of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleOption {
    /// An attribute that is given or taken.
    Attribute(RoleAttribute, bool),
    /// `PASSWORD`; `None` for NULL.
    Password(Option<String>),
    /// `CONNECTION LIMIT`.
    ConnectionLimit(i32),
    /// `VALID UNTIL`.
    ValidUntil(String),
    /// `SYSID`, which no longer means anything.
    Sysid(i32),
    /// `ROLE` or `USER`: members.
    Members(Vec<RoleSpec>),
    /// `ADMIN`: members that may add others.
    Admins(Vec<RoleSpec>),
    /// `IN ROLE` or `IN GROUP`: roles that it becomes a member of.
    InRoles(Vec<RoleSpec>),
}

words! {
    /// What a role may do; with NO before it, what it may not.
    pub enum RoleAttribute {
        Superuser = "SUPERUSER",
        CreateDb = "CREATEDB",
        CreateRole = "CREATEROLE",
        Inherit = "INHERIT",
        Login = "LOGIN",
        Replication = "REPLICATION",
        BypassRls = "BYPASSRLS",
    }
}

/// ALTER ROLE with options, and ALTER GROUP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterRole {
    /// The role.
    pub role: RoleSpec,
    /// What becomes of it.
    pub change: RoleChange,
}

/// What ALTER ROLE and ALTER GROUP do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleChange {
    /// New options.
    Options(Vec<RoleOption>),
    /// `ALTER GROUP … ADD USER`.
    AddMembers(Vec<RoleSpec>),
    /// `ALTER GROUP … DROP USER`.
    DropMembers(Vec<RoleSpec>),
}

/// ALTER ROLE … SET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterRoleSetting {
    /// The role; `None` for ALL.
    pub role: Option<RoleSpec>,
    /// `IN DATABASE`.
    pub database: Option<Ident>,
    /// The setting.
    pub setting: Attached,
}

impl fmt::Display for CreateRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE {} {}{}", self.kind, self.name, Spaced(&self.options))
    }
}

impl fmt::Display for RoleOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RoleOption::Attribute(attribute, true) => write!(f, "{attribute}"),
            RoleOption::Attribute(attribute, false) => write!(f, "NO{attribute}"),
            RoleOption::Password(Some(password)) => write!(f, "PASSWORD {}", Quoted(password)),
            RoleOption::Password(None) => f.write_str("PASSWORD NULL"),
            RoleOption::ConnectionLimit(limit) => write!(f, "CONNECTION LIMIT {limit}"),
            RoleOption::ValidUntil(time) => write!(f, "VALID UNTIL {}", Quoted(time)),
            RoleOption::Sysid(number) => write!(f, "SYSID {number}"),
            RoleOption::Members(roles) => write!(f, "{}", Clause("USER ", roles)),
            RoleOption::Admins(roles) => write!(f, "{}", Clause("ADMIN ", roles)),
            RoleOption::InRoles(roles) => write!(f, "{}", Clause("IN ROLE ", roles)),
        }
    }
}

impl fmt::Display for AlterRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.change {
            RoleChange::Options(options) => write!(f, "ALTER ROLE {}{}", self.role, Spaced(options)),
            RoleChange::AddMembers(members) => write!(f, "ALTER GROUP {} ADD USER {}", self.role, Comma(members)),
            RoleChange::DropMembers(members) => write!(f, "ALTER GROUP {} DROP USER {}", self.role, Comma(members)),
        }
    }
}

impl fmt::Display for AlterRoleSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.role {
            Some(role) => write!(f, "ALTER ROLE {role}")?,
            None => f.write_str("ALTER ROLE ALL")?,
        }
        write!(f, "{} {}", Lead(" IN DATABASE ", &self.database), self.setting)
    }
}
