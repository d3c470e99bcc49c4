//! Foreign-data wrappers, servers, user mappings, and the import of foreign schemas.

use std::fmt;

use super::definition::ForeignOption;
use super::role_spec::RoleSpec;
use crate::pg::{Ident, Name};
use crate::statement::print::{Comma, InParens, Quoted, Spaced, Text, When};
use crate::statement::words::words;

/// CREATE FOREIGN DATA WRAPPER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateWrapper {
    /// Its name.
    pub name: Ident,
    /// Its functions, in the order written.
    pub functions: Vec<WrapperFunction>,
    /// `OPTIONS`.
    pub options: Vec<ForeignOption>,
}

/// A function of a foreign-data wrapper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrapperFunction {
    /// What it does.
    pub role: WrapperRole,
    /// Its name; `None` behind NO.
    pub name: Option<Name>,
}

words! {
    /// What a function does for a foreign-data wrapper.
    pub enum WrapperRole {
        Handler = "HANDLER",
        Validator = "VALIDATOR",
    }
}

/// ALTER FOREIGN DATA WRAPPER with functions or options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterWrapper {
    /// Its name.
    pub name: Ident,
    /// Its new functions.
    pub functions: Vec<WrapperFunction>,
    /// `OPTIONS`.
    pub options: Vec<ForeignOption>,
}

/// CREATE SERVER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateServer {
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Its name.
    pub name: Ident,
    /// `TYPE`.
    pub server_type: Option<String>,
    /// `VERSION`; NULL is as good as none.
    pub version: Option<String>,
    /// Its foreign-data wrapper.
    pub wrapper: Ident,
    /// `OPTIONS`.
    pub options: Vec<ForeignOption>,
}

/// ALTER SERVER with a version or options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterServer {
    /// Its name.
    pub name: Ident,
    /// `VERSION`; within, `None` for NULL.
    pub version: Option<Option<String>>,
    /// `OPTIONS`.
    pub options: Vec<ForeignOption>,
}

/// CREATE USER MAPPING.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateUserMapping {
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// The user.
    pub user: RoleSpec,
    /// The server.
    pub server: Ident,
    /// `OPTIONS`.
    pub options: Vec<ForeignOption>,
}

/// ALTER USER MAPPING.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterUserMapping {
    /// The user.
    pub user: RoleSpec,
    /// The server.
    pub server: Ident,
    /// `OPTIONS`.
    pub options: Vec<ForeignOption>,
}

/// IMPORT FOREIGN SCHEMA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportSchema {
    /// The schema on the other side.
    pub remote: Ident,
    /// Which of its tables; `None` for all.
    pub tables: Option<(ImportLimit, Vec<Name>)>,
    /// The server.
    pub server: Ident,
    /// The schema here.
    pub local: Ident,
    /// `OPTIONS`.
    pub options: Vec<ForeignOption>,
}

words! {
    /// What a list of tables to import means.
    pub enum ImportLimit {
        LimitTo = "LIMIT TO",
        Except = "EXCEPT",
    }
}

impl fmt::Display for CreateWrapper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = InParens(" OPTIONS ", &self.options);
        write!(f, "CREATE FOREIGN DATA WRAPPER {}{}{options}", self.name, Spaced(&self.functions))
    }
}

impl fmt::Display for WrapperFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{} {name}", self.role),
            None => write!(f, "NO {}", self.role),
        }
    }
}

impl fmt::Display for AlterWrapper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = InParens(" OPTIONS ", &self.options);
        write!(f, "ALTER FOREIGN DATA WRAPPER {}{}{options}", self.name, Spaced(&self.functions))
    }
}

impl fmt::Display for CreateServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE SERVER {}{}", When(self.if_not_exists, "IF NOT EXISTS "), self.name)?;
        write!(f, "{}{}", Text(" TYPE ", &self.server_type), Text(" VERSION ", &self.version))?;
        write!(f, " FOREIGN DATA WRAPPER {}{}", self.wrapper, InParens(" OPTIONS ", &self.options))
    }
}

impl fmt::Display for AlterServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER SERVER {}", self.name)?;
        match &self.version {
            Some(Some(version)) => write!(f, " VERSION {}", Quoted(version))?,
            Some(None) => f.write_str(" VERSION NULL")?,
            None => {}
        }
        write!(f, "{}", InParens(" OPTIONS ", &self.options))
    }
}

impl fmt::Display for CreateUserMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_not_exists = When(self.if_not_exists, "IF NOT EXISTS ");
        write!(f, "CREATE USER MAPPING {if_not_exists}FOR {} SERVER {}", self.user, self.server)?;
        write!(f, "{}", InParens(" OPTIONS ", &self.options))
    }
}

impl fmt::Display for AlterUserMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = InParens(" OPTIONS ", &self.options);
        write!(f, "ALTER USER MAPPING FOR {} SERVER {}{options}", self.user, self.server)
    }
}

impl fmt::Display for ImportSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IMPORT FOREIGN SCHEMA {}", self.remote)?;
        self.tables.iter().try_for_each(|(limit, names)| write!(f, " {limit} ({})", Comma(names)))?;
        let options = InParens(" OPTIONS ", &self.options);
        write!(f, " FROM SERVER {} INTO {}{options}", self.server, self.local)
    }
}
