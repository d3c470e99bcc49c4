//! What statements on relations of several kinds share.

use std::fmt;

use crate::pg::{Ident, Name};
use crate::query::IntoPersistence;
use crate::statement::object::role_spec::RoleSpec;
use crate::statement::print::{Comma, When};
use crate::statement::words::words;

/// How long a relation lasts and whether its changes are logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Persistence {
    /// Nothing written.
    #[default]
    Permanent,
    /// `TEMPORARY`.
    Temporary,
    /// `UNLOGGED`.
    Unlogged,
}

impl From<IntoPersistence> for Persistence {
    fn from(into: IntoPersistence) -> Self {
        match into {
            IntoPersistence::Permanent => Persistence::Permanent,
            IntoPersistence::Temporary => Persistence::Temporary,
            IntoPersistence::Unlogged => Persistence::Unlogged,
        }
    }
}

/// A relation and whether its descendants are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationExpr {
    /// `ONLY`.
    pub only: bool,
    /// Its name.
    pub name: Name,
}

words! {
    /// The kinds of relation that ALTER tells apart.
    pub enum RelationKind {
        Table = "TABLE",
        Index = "INDEX",
        Sequence = "SEQUENCE",
        View = "VIEW",
        MaterializedView = "MATERIALIZED VIEW",
        ForeignTable = "FOREIGN TABLE",
    }
}

/// Whether a materialized view or the table of a query is filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WithData {
    /// `WITH DATA`; also when nothing is written.
    #[default]
    Yes,
    /// `WITH NO DATA`.
    No,
}

/// A change that objects of most kinds can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GenericChange {
    /// `RENAME TO`.
    Rename(Ident),
    /// `OWNER TO`.
    OwnerTo(RoleSpec),
    /// `SET SCHEMA`.
    SetSchema(Ident),
}

/// `ALTER … ALL IN TABLESPACE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveAll {
    /// Tables, indexes or materialized views.
    pub kind: RelationKind,
    /// The tablespace that they leave.
    pub from: Ident,
    /// `OWNED BY`.
    pub owned_by: Vec<RoleSpec>,
    /// The tablespace that they move to.
    pub to: Ident,
    /// `NOWAIT`.
    pub nowait: bool,
}

impl RelationKind {
    /// Returns the command tag of ALTER on this kind.
    pub fn alter_tag(self) -> &'static str {
        match self {
            RelationKind::Table => "ALTER TABLE",
            RelationKind::Index => "ALTER INDEX",
            RelationKind::Sequence => "ALTER SEQUENCE",
            RelationKind::View => "ALTER VIEW",
            RelationKind::MaterializedView => "ALTER MATERIALIZED VIEW",
            RelationKind::ForeignTable => "ALTER FOREIGN TABLE",
        }
    }
}

impl fmt::Display for Persistence {
    /// Writes the word with a space behind it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Persistence::Permanent => "",
            Persistence::Temporary => "TEMPORARY ",
            Persistence::Unlogged => "UNLOGGED ",
        })
    }
}

impl fmt::Display for WithData {
    /// Writes the words with a space before them; nothing for the default.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", When(*self == WithData::No, " WITH NO DATA"))
    }
}

impl fmt::Display for RelationExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", When(self.only, "ONLY "), self.name)
    }
}

impl fmt::Display for MoveAll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER {} ALL IN TABLESPACE {}", self.kind, self.from)?;
        if !self.owned_by.is_empty() {
            write!(f, " OWNED BY {}", Comma(&self.owned_by))?;
        }
        write!(f, " SET TABLESPACE {}{}", self.to, When(self.nowait, " NOWAIT"))
    }
}

impl fmt::Display for GenericChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GenericChange::Rename(name) => write!(f, "RENAME TO {name}"),
            GenericChange::OwnerTo(role) => write!(f, "OWNER TO {role}"),
            GenericChange::SetSchema(schema) => write!(f, "SET SCHEMA {schema}"),
        }
    }
}
