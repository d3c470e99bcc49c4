//! goose: both directions in one file, divided by `-- +goose Up` and `-- +goose Down`.

use super::{Direction, Entry, Layout, Listing, Order, no_adjustment};
use crate::migration::TransactionMode::PerMigration;
use crate::migration::sections::{self, Mark};

/// Marked files; `-- +goose NO TRANSACTION` speaks for the whole file.
pub static LAYOUT: Layout = Layout {
    name: "goose",
    order: Order::Numeric,
    listing: Listing::Unpadded,
    detect: |entries| entries.iter().any(|entry: &Entry<'_>| entry.is_sql() && sections::is_marked(entry.text, mark)),
    parts: |entry| sections::parts(entry, mark),
    adjust: no_adjustment,
    fresh: |version, name| vec![(format!("{version}_{name}.sql"), "-- +goose Up\n\n-- +goose Down\n".to_owned())],
};

fn mark(comment: &str) -> Option<Mark> {
    let words: Vec<String> = comment.split_whitespace().map(str::to_lowercase).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["+goose", "up"] => Some(Mark::Begin(Direction::Up, PerMigration)),
        ["+goose", "down"] => Some(Mark::Begin(Direction::Down, PerMigration)),
        ["+goose", "no", "transaction"] => Some(Mark::NoTransaction),
        _ => None,
    }
}
