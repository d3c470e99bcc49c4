//! Migrations: a folder of files as a history in order.

mod history;
pub mod layouts;
mod sections;
mod version;

pub use history::{History, HistoryError, read};
pub use version::Version;

use std::fmt;

use crate::finding::FileId;
use crate::source::Span;

/// What names a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationId {
    /// The version, as written.
    pub version: Version,
    /// The rest of the name; may be empty.
    pub name: String,
}

impl fmt::Display for MigrationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.version.as_str(), self.name.as_str()) {
            (version, "") => f.write_str(version),
            ("", name) => f.write_str(name),
            (version, name) => write!(f, "{version}_{name}"),
        }
    }
}

/// A part of a file that is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// The file.
    pub file: FileId,
    /// The part.
    pub span: Span,
}

/// How often a migration runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Once, in the order of versions.
    Versioned,
    /// Whenever its text changes, after all versioned ones (Flyway's `R__`).
    Repeatable,
}

/// Whether the tool that the folder is written for wraps a migration in a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionMode {
    /// The migration is one transaction.
    PerMigration,
    /// Its author asked for none.
    None,
}

/// A migration: what it runs forwards, and what its author wrote to undo it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Version and name.
    pub id: MigrationId,
    /// How often it runs.
    pub kind: Kind,
    /// Forwards; never empty.
    pub up: Vec<Section>,
    /// Backwards; empty when the author wrote nothing.
    pub down: Vec<Section>,
    /// How the tool runs it.
    pub transaction: TransactionMode,
}
