//! Files to history: parts are grouped by version and put in order.

use std::collections::BTreeMap;
use std::fmt;

use super::layouts::{self, Entry, Layout, Order, Part, Refusal};
use super::sections::Direction;
use super::{Kind, Migration, Section, TransactionMode};

/// The migrations of one folder, in the order in which they run.
#[derive(Clone, Debug)]
pub struct History {
    /// The layout that the folder was read as.
    pub layout: &'static Layout,
    /// Versioned migrations in order, then repeatable ones by name.
    pub migrations: Vec<Migration>,
}

/// Why a folder is no history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryError {
    /// A file is no migration of this layout.
    Refused {
        /// The file.
        path: String,
        /// Why.
        refusal: Refusal,
        /// The layout that it was read as.
        layout: &'static str,
    },
    /// Two files claim one version.
    Duplicate {
        /// The version.
        version: String,
        /// The file that comes first by name.
        first: String,
        /// The other file.
        second: String,
    },
    /// A file undoes a version that nothing brings.
    Orphan {
        /// The version.
        version: String,
        /// The file.
        path: String,
    },
}

impl fmt::Display for HistoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HistoryError::Refused { path, refusal, layout } => write!(f, "{path}: {refusal} (layout {layout})"),
            HistoryError::Duplicate { version, first, second } => {
                write!(f, "two migrations have version {version}: {first} and {second}")
            }
            HistoryError::Orphan { version, path } => {
                write!(f, "{path} undoes version {version}, and no migration has that version")
            }
        }
    }
}

/// Reads the files of a folder as a history; without a layout, it is detected.
///
/// # Errors
///
/// Names every file that is no migration, every version that two files claim, and every inverse of nothing.
pub fn read(entries: &[Entry<'_>], layout: Option<&'static Layout>) -> Result<History, Vec<HistoryError>> {
    let layout = layout.unwrap_or_else(|| layouts::detect(entries));
    let mut errors = Vec::new();
    let mut parts: Vec<(&Entry<'_>, Part)> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.is_sql()) {
        match (layout.parts)(entry) {
            Ok(found) => parts.extend(found.into_iter().map(|part| (entry, part))),
            Err(refusal) => {
                errors.push(HistoryError::Refused { path: entry.shown.to_owned(), refusal, layout: layout.name });
            }
        }
    }
    (layout.adjust)(entries, &mut parts);
    let migrations = group(layout, &parts, &mut errors);
    if errors.is_empty() { Ok(History { layout, migrations }) } else { Err(errors) }
}

/// What two parts of one migration have in common; its order is the order in which migrations run.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Numeric(super::Version),
    Text(String),
    Repeatable(String),
}

fn key(layout: &Layout, part: &Part) -> Key {
    match (part.kind, layout.order) {
        (Kind::Repeatable, _) => Key::Repeatable(part.id.name.clone()),
        (Kind::Versioned, Order::Numeric) => Key::Numeric(part.id.version.clone()),
        (Kind::Versioned, Order::Text) => Key::Text(part.id.version.as_str().to_owned()),
    }
}

fn group(layout: &Layout, parts: &[(&Entry<'_>, Part)], errors: &mut Vec<HistoryError>) -> Vec<Migration> {
    let mut groups: BTreeMap<Key, Vec<&(&Entry<'_>, Part)>> = BTreeMap::new();
    for found in parts {
        groups.entry(key(layout, &found.1)).or_default().push(found);
    }
    let mut migrations = Vec::new();
    for group in groups.values() {
        for direction in [Direction::Up, Direction::Down] {
            errors.extend(duplicate(group, direction));
        }
        match migration(group) {
            Some(migration) => migrations.push(migration),
            None => errors.extend(group.iter().map(|(entry, part)| HistoryError::Orphan {
                version: part.id.version.to_string(),
                path: entry.shown.to_owned(),
            })),
        }
    }
    migrations
}

/// Two files, not two sections of one: a file may come back to a direction.
fn duplicate(group: &[&(&Entry<'_>, Part)], direction: Direction) -> Option<HistoryError> {
    let mut files = group.iter().filter(|(_, part)| part.direction == direction);
    let (first, part) = files.next()?;
    let (second, _) = files.find(|(entry, _)| entry.file != first.file)?;
    Some(HistoryError::Duplicate {
        version: if part.kind == Kind::Repeatable { part.id.name.clone() } else { part.id.version.to_string() },
        first: first.shown.to_owned(),
        second: second.shown.to_owned(),
    })
}

fn migration(group: &[&(&Entry<'_>, Part)]) -> Option<Migration> {
    let sections = |direction| {
        let parts = group.iter().filter(move |(_, part)| part.direction == direction);
        parts.map(|(entry, part)| Section { file: entry.file, span: part.span }).collect()
    };
    let (_, first) = group.iter().find(|(_, part)| part.direction == Direction::Up)?;
    let unwrapped = group.iter().any(|(_, part)| part.transaction == TransactionMode::None);
    Some(Migration {
        id: first.id.clone(),
        kind: first.kind,
        up: sections(Direction::Up),
        down: sections(Direction::Down),
        transaction: if unwrapped { TransactionMode::None } else { TransactionMode::PerMigration },
    })
}
