//! A file of a migrations folder, and what a layout makes of it.

use std::fmt;

use super::Direction;
use crate::finding::FileId;
use crate::migration::{Kind, MigrationId, TransactionMode, Version};
use crate::source::Span;

/// A file as layouts see it.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The file; meaningless for files that are not SQL.
    pub file: FileId,
    /// The path within the folder, with forward slashes.
    pub path: &'a str,
    /// The path within the project, for messages.
    pub shown: &'a str,
    /// The text; empty when layouts read only the name.
    pub text: &'a str,
}

impl<'a> Entry<'a> {
    /// Says whether the file is SQL.
    pub fn is_sql(&self) -> bool {
        self.path.ends_with(".sql")
    }

    /// Returns the last part of the path.
    pub fn base(&self) -> &'a str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// Returns the name of the folder that holds the file, below the folder of migrations.
    pub fn parent(&self) -> Option<&'a str> {
        let (folders, _) = self.path.rsplit_once('/')?;
        folders.rsplit('/').next()
    }

    /// Returns the file name without `.sql`.
    pub fn stem(&self) -> Option<&'a str> {
        self.base().strip_suffix(".sql")
    }

    /// Returns the whole text as a span.
    pub fn span(&self) -> Span {
        Span::new(0, self.text.len() as u32)
    }
}

/// A part of a file that belongs to a migration.
#[derive(Clone, Debug)]
pub struct Part {
    /// The migration.
    pub id: MigrationId,
    /// How often it runs.
    pub kind: Kind,
    /// Which way it goes.
    pub direction: Direction,
    /// Where it lies.
    pub span: Span,
    /// How the tool runs it.
    pub transaction: TransactionMode,
}

/// Why a file is no migration of a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its name holds no version where the layout wants one.
    Name,
    /// It does not say which part goes forwards.
    NoSection,
    /// SQL stands before the first section, at this byte.
    BeforeSections(u32),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Name => f.write_str("the name has no version"),
            Refusal::NoSection => f.write_str("no marker comment says which part goes forwards"),
            Refusal::BeforeSections(byte) => write!(f, "SQL stands before the first section, at byte {byte}"),
        }
    }
}

/// Reads `0007_add_plan`: digits, a separator, a name.
pub fn stem_id(stem: &str) -> Option<MigrationId> {
    let digits = stem.bytes().take_while(u8::is_ascii_digit).count();
    let (version, rest) = stem.split_at(digits);
    let name = rest.trim_start_matches(['_', '-']);
    let separated = rest.is_empty() || rest.len() > name.len();
    (digits > 0 && separated).then(|| MigrationId { version: Version::new(version), name: name.to_owned() })
}

/// Makes a whole file one part.
pub fn whole(entry: &Entry<'_>, id: MigrationId, direction: Direction) -> Part {
    Part { id, kind: Kind::Versioned, direction, span: entry.span(), transaction: TransactionMode::PerMigration }
}
