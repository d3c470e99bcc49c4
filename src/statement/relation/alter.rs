//! ALTER of tables, indexes, views, sequences, materialized views and foreign tables.

use std::fmt;

use super::action::Action;
use super::common::{RelationExpr, RelationKind};
use super::partition::PartitionBound;
use crate::pg::{Ident, Name};
use crate::statement::print::{Comma, When};

/// `ALTER TABLE` and ALTER of the other kinds of relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterRelation {
    /// The kind that is written; `TABLE` may stand for any.
    pub kind: RelationKind,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// The relation.
    pub relation: RelationExpr,
    /// What changes.
    pub change: RelationChange,
}

/// What an ALTER of a relation changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelationChange {
    /// Actions that may be listed with commas.
    Actions(Vec<Action>),
    /// `ATTACH PARTITION`.
    AttachPartition {
        /// The table, or for an index the index, that becomes a partition.
        partition: Name,
        /// Which rows it holds; absent for an index.
        bound: Option<PartitionBound>,
    },
    /// `DETACH PARTITION`.
    DetachPartition {
        /// The partition.
        partition: Name,
        /// How it is detached.
        mode: DetachMode,
    },
    /// `RENAME TO`.
    Rename(Ident),
    /// `RENAME COLUMN`.
    RenameColumn {
        /// The old name.
        from: Ident,
        /// The new name.
        to: Ident,
    },
    /// `RENAME CONSTRAINT`.
    RenameConstraint {
        /// The old name.
        from: Ident,
        /// The new name.
        to: Ident,
    },
    /// `SET SCHEMA`.
    SetSchema(Ident),
    /// `[NO] DEPENDS ON EXTENSION`.
    DependsOnExtension {
        /// The extension.
        extension: Ident,
        /// Whether it no longer depends on it.
        no: bool,
    },
}

/// How a partition is detached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DetachMode {
    /// In this transaction.
    #[default]
    Plain,
    /// `CONCURRENTLY`.
    Concurrently,
    /// `FINALIZE`: ends a concurrent one that was interrupted.
    Finalize,
}

impl fmt::Display for AlterRelation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER {} {}", self.kind, When(self.if_exists, "IF EXISTS "))?;
        write!(f, "{} {}", self.relation, self.change)
    }
}

impl fmt::Display for RelationChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RelationChange::Actions(actions) => write!(f, "{}", Comma(actions)),
            RelationChange::AttachPartition { partition, bound } => {
                write!(f, "ATTACH PARTITION {partition}")?;
                bound.as_ref().map_or(Ok(()), |bound| write!(f, " {bound}"))
            }
            RelationChange::DetachPartition { partition, mode } => write!(f, "DETACH PARTITION {partition}{mode}"),
            RelationChange::Rename(name) => write!(f, "RENAME TO {name}"),
            RelationChange::RenameColumn { from, to } => write!(f, "RENAME COLUMN {from} TO {to}"),
            RelationChange::RenameConstraint { from, to } => write!(f, "RENAME CONSTRAINT {from} TO {to}"),
            RelationChange::SetSchema(schema) => write!(f, "SET SCHEMA {schema}"),
            RelationChange::DependsOnExtension { extension, no } => {
                write!(f, "{}DEPENDS ON EXTENSION {extension}", When(*no, "NO "))
            }
        }
    }
}

impl fmt::Display for DetachMode {
    /// Writes the word with a space before it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DetachMode::Plain => "",
            DetachMode::Concurrently => " CONCURRENTLY",
            DetachMode::Finalize => " FINALIZE",
        })
    }
}
