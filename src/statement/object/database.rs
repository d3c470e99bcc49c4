//! Databases, tablespaces and the server's configuration.

use std::fmt;

use super::definition::Definition;
use super::role_spec::RoleSpec;
use crate::pg::{Ident, Name};
use crate::statement::print::{Comma, InParens, Lead, Quoted, Spaced};
use crate::statement::session::setting::{Attached, Change, Value};

/// CREATE DATABASE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateDatabase {
    /// Its name.
    pub name: Ident,
    /// The options, in the order written.
    pub options: Vec<DatabaseOption>,
}

/// One option of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseOption {
    /// Its name; `connection_limit` for the two words.
    pub name: Ident,
    /// Its value; `None` for DEFAULT.
    pub value: Option<Value>,
}

/// ALTER DATABASE, unless it is an action that many kinds share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterDatabase {
    /// The database.
    pub name: Ident,
    /// What becomes of it.
    pub change: DatabaseChange,
}

/// What ALTER DATABASE does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseChange {
    /// New options.
    Options(Vec<DatabaseOption>),
    /// `SET TABLESPACE`.
    Tablespace(Ident),
    /// `REFRESH COLLATION VERSION`.
    RefreshCollation,
    /// `SET` or `RESET` of a setting.
    Setting(Attached),
}

/// CREATE TABLESPACE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateTablespace {
    /// Its name.
    pub name: Ident,
    /// `OWNER`.
    pub owner: Option<RoleSpec>,
    /// Its directory.
    pub location: String,
    /// `WITH`.
    pub options: Vec<Definition>,
}

/// ALTER TABLESPACE with options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterTablespace {
    /// Its name.
    pub name: Ident,
    /// What becomes of the options.
    pub change: TablespaceChange,
}

/// What ALTER TABLESPACE does with options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TablespaceChange {
    /// `SET`.
    Set(Vec<Definition>),
    /// `RESET`.
    Reset(Vec<Definition>),
}

/// ALTER SYSTEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlterSystem {
    /// `SET`.
    Set(Change),
    /// `RESET`.
    Reset(Name),
    /// `RESET ALL`.
    ResetAll,
}

impl fmt::Display for CreateDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE DATABASE {}{}", self.name, Spaced(&self.options))
    }
}

impl fmt::Display for DatabaseOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.as_str() {
            "connection_limit" => f.write_str("CONNECTION LIMIT")?,
            _ => write!(f, "{}", self.name)?,
        }
        match &self.value {
            Some(value) => write!(f, " = {value}"),
            None => f.write_str(" = DEFAULT"),
        }
    }
}

impl fmt::Display for AlterDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER DATABASE {}", self.name)?;
        match &self.change {
            DatabaseChange::Options(options) => write!(f, "{}", Spaced(options)),
            DatabaseChange::Tablespace(name) => write!(f, " SET TABLESPACE {name}"),
            DatabaseChange::RefreshCollation => f.write_str(" REFRESH COLLATION VERSION"),
            DatabaseChange::Setting(setting) => write!(f, " {setting}"),
        }
    }
}

impl fmt::Display for CreateTablespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE TABLESPACE {}{}", self.name, Lead(" OWNER ", &self.owner))?;
        write!(f, " LOCATION {}{}", Quoted(&self.location), InParens(" WITH ", &self.options))
    }
}

impl fmt::Display for AlterTablespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, options) = match &self.change {
            TablespaceChange::Set(options) => ("SET", options),
            TablespaceChange::Reset(options) => ("RESET", options),
        };
        write!(f, "ALTER TABLESPACE {} {word} ({})", self.name, Comma(options))
    }
}

impl fmt::Display for AlterSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AlterSystem::Set(change) => write!(f, "ALTER SYSTEM SET {change}"),
            AlterSystem::Reset(name) => write!(f, "ALTER SYSTEM RESET {name}"),
            AlterSystem::ResetAll => f.write_str("ALTER SYSTEM RESET ALL"),
        }
    }
}
