//! DROP of the kinds of this family, and TRUNCATE.

use std::fmt;

use super::common::RelationExpr;
use crate::pg::Name;
use crate::statement::print::{Comma, When};
use crate::statement::words::{Behavior, words};

/// `DROP TABLE` and its kin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drop {
    /// What is dropped.
    pub kind: DropKind,
    /// `CONCURRENTLY`, of an index.
    pub concurrently: bool,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// The objects, each with its place.
    pub names: Vec<Name>,
    /// `CASCADE` or `RESTRICT`.
    pub behavior: Behavior,
}

words! {
    /// The kinds of object that this DROP knows.
    pub enum DropKind {
        Table = "TABLE",
        Index = "INDEX",
        Sequence = "SEQUENCE",
        View = "VIEW",
        MaterializedView = "MATERIALIZED VIEW",
        ForeignTable = "FOREIGN TABLE",
        Type = "TYPE",
        Domain = "DOMAIN",
        Schema = "SCHEMA",
        Extension = "EXTENSION",
        Statistics = "STATISTICS",
    }
}

/// `TRUNCATE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truncate {
    /// The tables.
    pub relations: Vec<RelationExpr>,
    /// `RESTART IDENTITY`.
    pub restart_identity: bool,
    /// `CASCADE` or `RESTRICT`.
    pub behavior: Behavior,
}

impl DropKind {
    /// Returns the command tag.
    pub fn tag(self) -> &'static str {
        match self {
            DropKind::Table => "DROP TABLE",
            DropKind::Index => "DROP INDEX",
            DropKind::Sequence => "DROP SEQUENCE",
            DropKind::View => "DROP VIEW",
            DropKind::MaterializedView => "DROP MATERIALIZED VIEW",
            DropKind::ForeignTable => "DROP FOREIGN TABLE",
            DropKind::Type => "DROP TYPE",
            DropKind::Domain => "DROP DOMAIN",
            DropKind::Schema => "DROP SCHEMA",
            DropKind::Extension => "DROP EXTENSION",
            DropKind::Statistics => "DROP STATISTICS",
        }
    }
}

impl fmt::Display for Drop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DROP {}{}", self.kind, When(self.concurrently, " CONCURRENTLY"))?;
        write!(f, "{} {}{}", When(self.if_exists, " IF EXISTS"), Comma(&self.names), self.behavior)
    }
}

impl fmt::Display for Truncate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TRUNCATE TABLE {}", Comma(&self.relations))?;
        write!(f, "{}{}", When(self.restart_identity, " RESTART IDENTITY"), self.behavior)
    }
}
