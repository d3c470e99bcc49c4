//! Flyway: `V1.2__add_plan.sql`, `U1.2__add_plan.sql`, `R__plans.sql`.

use super::{Direction, Entry, Layout, Listing, Order, Part, Refusal, whole};
use crate::migration::{Kind, MigrationId, TransactionMode, Version};

/// Versioned, undo and repeatable migrations; `<file>.conf` can ask for no transaction.
pub static LAYOUT: Layout = Layout {
    name: "flyway",
    order: Order::Numeric,
    listing: Listing::Unpadded,
    detect: |entries| entries.iter().any(|entry| prefixed(entry).is_some()),
    parts,
    adjust,
    fresh: |version, name| vec![(format!("V{version}__{name}.sql"), String::new())],
};

/// Returns the prefix of a file name, its version and its description.
pub(super) fn prefixed(entry: &Entry<'_>) -> Option<(char, Version, String)> {
    let stem = entry.stem()?;
    let prefix = stem.chars().next().filter(|prefix| "VUR".contains(*prefix))?;
    let (version, name) = stem[1..].split_once("__")?;
    // Flyway reads an underscore within a version as a point.
    let version = version.replace('_', ".");
    let is_version = version.split('.').all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
    let fits = if prefix == 'R' { version.is_empty() } else { is_version };
    fits.then(|| (prefix, Version::new(version), name.to_owned()))
}

fn parts(entry: &Entry<'_>) -> Result<Vec<Part>, Refusal> {
    if is_callback(entry) {
        let id = MigrationId { version: Version::new(""), name: entry.stem().unwrap_or("").to_owned() };
        return Ok(vec![Part { kind: Kind::Repeatable, ..whole(entry, id, Direction::Up) }]);
    }
    let (prefix, version, name) = prefixed(entry).ok_or(Refusal::Name)?;
    let direction = if prefix == 'U' { Direction::Down } else { Direction::Up };
    let kind = if prefix == 'R' { Kind::Repeatable } else { Kind::Versioned };
    Ok(vec![Part { kind, ..whole(entry, MigrationId { version, name }, direction) }])
}

/// A callback such as `afterMigrate.sql` runs with every migration, so it is judged like a repeatable one.
fn is_callback(entry: &Entry<'_>) -> bool {
    let stem = entry.stem().unwrap_or("");
    let event = stem.strip_prefix("before").or_else(|| stem.strip_prefix("after"));
    event.is_some_and(|event| event.starts_with(|first: char| first.is_ascii_uppercase()))
}

fn adjust(entries: &[Entry<'_>], parts: &mut [(&Entry<'_>, Part)]) {
    for conf in entries.iter().filter(|entry| entry.path.ends_with(".sql.conf") && opts_out(entry.text)) {
        for (entry, part) in parts.iter_mut() {
            if conf.path.strip_suffix(".conf") == Some(entry.path) {
                part.transaction = TransactionMode::None;
            }
        }
    }
}

fn opts_out(conf: &str) -> bool {
    let pairs = conf.lines().filter_map(|line| line.split_once('='));
    pairs.into_iter().any(|(key, value)| key.trim() == "executeInTransaction" && value.trim() == "false")
}
