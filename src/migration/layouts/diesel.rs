//! diesel: `2024-01-31-120000_add_plan/up.sql` and `down.sql`.

use super::{Direction, Entry, Layout, Listing, Order, Part, Refusal, stem_id, whole};
use crate::migration::{MigrationId, TransactionMode};

/// A folder for each migration; `metadata.toml` in it can ask for no transaction.
pub static LAYOUT: Layout = Layout {
    name: "diesel",
    order: Order::Text,
    listing: Listing::Ordered,
    detect: |entries| entries.iter().any(|entry| entry.path.ends_with("/up.sql")),
    parts,
    adjust,
    fresh: |version, name| {
        ["up.sql", "down.sql"].map(|file| (format!("{version}_{name}/{file}"), String::new())).to_vec()
    },
};

fn parts(entry: &Entry<'_>) -> Result<Vec<Part>, Refusal> {
    let direction = match entry.base() {
        "up.sql" => Direction::Up,
        "down.sql" => Direction::Down,
        _ => return Err(Refusal::Name),
    };
    let id = entry.parent().and_then(folder_id).ok_or(Refusal::Name)?;
    Ok(vec![whole(entry, id, direction)])
}

/// diesel drops the hyphens of a date: `2024-01-31-120000` is version `20240131120000`.
fn folder_id(folder: &str) -> Option<MigrationId> {
    let (version, name) = folder.split_once('_').unwrap_or((folder, ""));
    stem_id(&format!("{}_{name}", version.replace('-', "")))
}

fn adjust(entries: &[Entry<'_>], parts: &mut [(&Entry<'_>, Part)]) {
    for metadata in entries.iter().filter(|entry| entry.base() == "metadata.toml" && opts_out(entry.text)) {
        for (entry, part) in parts.iter_mut() {
            if entry.parent() == metadata.parent() {
                part.transaction = TransactionMode::None;
            }
        }
    }
}

fn opts_out(toml: &str) -> bool {
    toml.lines().any(|line| line.split_once('=').is_some_and(|(key, value)| is_opt_out(key.trim(), value)))
}

fn is_opt_out(key: &str, value: &str) -> bool {
    key == "run_in_transaction" && value.split('#').next().unwrap_or("").trim() == "false"
}
