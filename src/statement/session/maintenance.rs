//! VACUUM, ANALYZE, CLUSTER, REINDEX, LOCK TABLE and other work on what is stored.

use std::fmt;

use super::setting::Value;
use crate::pg::{Ident, Name};
use crate::statement::print::{Clause, Comma, InParens, Label, Lead, Quoted, When};
use crate::statement::words::words;

/// An option in parentheses: `ANALYZE`, `FORMAT json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UtilityOption {
    /// Its name.
    pub name: Ident,
    /// Its value when written.
    pub value: Option<Value>,
}

/// A relation with or without those that inherit from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationTarget {
    /// The relation.
    pub name: Name,
    /// `ONLY`.
    pub only: bool,
}

/// VACUUM or ANALYZE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vacuum {
    /// Which of the two.
    pub command: VacuumCommand,
    /// The options, in the order that PostgreSQL keeps.
    pub options: Vec<UtilityOption>,
    /// The relations, with columns to analyze; none for the whole database.
    pub relations: Vec<VacuumRelation>,
}

words! {
    /// The commands that share the form of VACUUM.
    pub enum VacuumCommand {
        Vacuum = "VACUUM",
        Analyze = "ANALYZE",
    }
}

/// One relation of VACUUM or ANALYZE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VacuumRelation {
    /// The relation.
    pub relation: RelationTarget,
    /// The columns when written.
    pub columns: Vec<Ident>,
}

/// CLUSTER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The options.
    pub options: Vec<UtilityOption>,
    /// The table; `None` for every table that was clustered before.
    pub table: Option<Name>,
    /// The index; `None` for the one used before.
    pub index: Option<Ident>,
}

/// REINDEX.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reindex {
    /// The options; `CONCURRENTLY` is one of them wherever it is written.
    pub options: Vec<UtilityOption>,
    /// What `name` is.
    pub kind: ReindexKind,
    /// The index, table, schema or database; absent for the current database.
    pub name: Option<Name>,
}

words! {
    /// What REINDEX works on.
    pub enum ReindexKind {
        Index = "INDEX",
        Table = "TABLE",
        Schema = "SCHEMA",
        System = "SYSTEM",
        Database = "DATABASE",
    }
}

/// LOCK TABLE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The relations.
    pub relations: Vec<RelationTarget>,
    /// The mode; ACCESS EXCLUSIVE when nothing is written.
    pub mode: LockMode,
    /// `NOWAIT`.
    pub nowait: bool,
}

words! {
    /// The modes of a lock on a table, weakest first.
    pub enum LockMode {
        AccessShare = "ACCESS SHARE",
        RowShare = "ROW SHARE",
        RowExclusive = "ROW EXCLUSIVE",
        ShareUpdateExclusive = "SHARE UPDATE EXCLUSIVE",
        ShareRowExclusive = "SHARE ROW EXCLUSIVE",
        Share = "SHARE",
        Exclusive = "EXCLUSIVE",
        AccessExclusive = "ACCESS EXCLUSIVE",
    }
}

/// LOAD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// The library's file.
    pub file: String,
}

words! {
    /// CHECKPOINT, which has no parts.
    pub enum Checkpoint {
        Plain = "CHECKPOINT",
    }
}

words! {
    /// DISCARD.
    pub enum Discard {
        All = "DISCARD ALL",
        Plans = "DISCARD PLANS",
        Sequences = "DISCARD SEQUENCES",
        Temporary = "DISCARD TEMP",
    }
}

impl fmt::Display for UtilityOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Label(&self.name), Lead(" ", &self.value))
    }
}

impl fmt::Display for RelationTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", When(self.only, "ONLY "), self.name)
    }
}

impl fmt::Display for Vacuum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.command, InParens(" ", &self.options), Clause(" ", &self.relations))
    }
}

impl fmt::Display for VacuumRelation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.relation, InParens(" ", &self.columns))
    }
}

impl fmt::Display for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = Lead(" ", &self.table);
        write!(f, "CLUSTER{}{table}{}", InParens(" ", &self.options), Lead(" USING ", &self.index))
    }
}

impl fmt::Display for Reindex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "REINDEX{} {}{}", InParens(" ", &self.options), self.kind, Lead(" ", &self.name))
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LOCK TABLE {} IN {} MODE", Comma(&self.relations), self.mode)?;
        write!(f, "{}", When(self.nowait, " NOWAIT"))
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LOAD {}", Quoted(&self.file))
    }
}
