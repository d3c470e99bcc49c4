//! CREATE EXTENSION and ALTER EXTENSION.

use std::fmt;

use crate::pg::Ident;
use crate::query::Quoted;
use crate::statement::object::reference::Reference;
use crate::statement::print::{Spaced, Text, When};

/// `CREATE EXTENSION`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateExtension {
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// The extension.
    pub name: Ident,
    /// Its options in written order.
    pub options: Vec<ExtensionOption>,
}

/// An option of a new extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExtensionOption {
    /// `SCHEMA`.
    Schema(Ident),
    /// `VERSION`.
    Version(String),
    /// `CASCADE`: installs the extensions that it needs.
    Cascade,
}

/// `ALTER EXTENSION`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterExtension {
    /// The extension.
    pub name: Ident,
    /// What changes.
    pub change: ExtensionChange,
}

/// What an ALTER EXTENSION changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExtensionChange {
    /// `UPDATE`, to a version when written.
    Update(Option<String>),
    /// `SET SCHEMA`.
    SetSchema(Ident),
    /// `ADD`: an object becomes a member.
    Add(Reference),
    /// `DROP`: a member becomes free.
    Drop(Reference),
}

impl fmt::Display for CreateExtension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE EXTENSION {}{}", When(self.if_not_exists, "IF NOT EXISTS "), self.name)?;
        write!(f, "{}", Spaced(&self.options))
    }
}

impl fmt::Display for ExtensionOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExtensionOption::Schema(name) => write!(f, "SCHEMA {name}"),
            ExtensionOption::Version(version) => write!(f, "VERSION {}", Quoted(version)),
            ExtensionOption::Cascade => f.write_str("CASCADE"),
        }
    }
}

impl fmt::Display for AlterExtension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER EXTENSION {} ", self.name)?;
        match &self.change {
            ExtensionChange::Update(version) => write!(f, "UPDATE{}", Text(" TO ", version)),
            ExtensionChange::SetSchema(schema) => write!(f, "SET SCHEMA {schema}"),
            ExtensionChange::Add(member) => write!(f, "ADD {member}"),
            ExtensionChange::Drop(member) => write!(f, "DROP {member}"),
        }
    }
}
