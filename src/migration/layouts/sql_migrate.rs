//! sql-migrate: both directions in one file, divided by `-- +migrate Up` and `-- +migrate Down`.

use super::{Direction, Entry, Layout, Listing, Order, no_adjustment};
use crate::migration::TransactionMode;
use crate::migration::sections::{self, Mark};

/// Marked files; `notransaction` behind a marker asks for no transaction.
pub static LAYOUT: Layout = Layout {
    name: "sql-migrate",
    order: Order::Numeric,
    listing: Listing::Unpadded,
    detect: |entries| entries.iter().any(|entry: &Entry<'_>| entry.is_sql() && sections::is_marked(entry.text, mark)),
    parts: |entry| sections::parts(entry, mark),
    adjust: no_adjustment,
    fresh: |version, name| vec![(format!("{version}_{name}.sql"), "-- +migrate Up\n\n-- +migrate Down\n".to_owned())],
};

fn mark(comment: &str) -> Option<Mark> {
    let mut words = comment.strip_prefix("+migrate")?.split_whitespace();
    let direction = match words.next()? {
        "Up" => Direction::Up,
        "Down" => Direction::Down,
        _ => return None,
    };
    let unwrapped = words.any(|option| option == "notransaction");
    let mode = if unwrapped { TransactionMode::None } else { TransactionMode::PerMigration };
    Some(Mark::Begin(direction, mode))
}
