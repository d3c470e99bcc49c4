//! node-pg-migrate's SQL files: `-- Up Migration` and `-- Down Migration`.

use super::{Direction, Entry, Layout, Listing, Order, no_adjustment};
use crate::migration::TransactionMode::PerMigration;
use crate::migration::sections::{self, Mark};

/// Marked files; the marker may be longer, as in `-- Up Migration (adds plans)`.
pub static LAYOUT: Layout = Layout {
    name: "node-pg-migrate",
    order: Order::Numeric,
    listing: Listing::Ordered,
    detect: |entries| entries.iter().any(|entry: &Entry<'_>| entry.is_sql() && sections::is_marked(entry.text, mark)),
    parts: |entry| sections::parts(entry, mark),
    adjust: no_adjustment,
    fresh: |version, name| vec![(format!("{version}_{name}.sql"), "-- Up Migration\n\n-- Down Migration\n".to_owned())],
};

fn mark(comment: &str) -> Option<Mark> {
    let words = comment.trim_start_matches(['-', ' ', '\t']).to_lowercase();
    let mut words = words.split_whitespace();
    let direction = match words.next()? {
        "up" => Direction::Up,
        "down" => Direction::Down,
        _ => return None,
    };
    words.next()?.starts_with("migration").then_some(Mark::Begin(direction, PerMigration))
}
