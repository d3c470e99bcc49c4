//! dbmate: both directions in one file, divided by `-- migrate:up` and `-- migrate:down`.

use super::{Direction, Entry, Layout, Listing, Order, no_adjustment};
use crate::migration::TransactionMode;
use crate::migration::sections::{self, Mark};

/// Marked files, ordered by name; `transaction:false` behind a marker asks for no transaction.
pub static LAYOUT: Layout = Layout {
    name: "dbmate",
    order: Order::Text,
    listing: Listing::Ordered,
    detect: |entries| entries.iter().any(|entry: &Entry<'_>| entry.is_sql() && sections::is_marked(entry.text, mark)),
    parts: |entry| sections::parts(entry, mark),
    adjust: no_adjustment,
    fresh: |version, name| vec![(format!("{version}_{name}.sql"), "-- migrate:up\n\n-- migrate:down\n".to_owned())],
};

fn mark(comment: &str) -> Option<Mark> {
    let mut words = comment.split_whitespace();
    let direction = match words.next()? {
        "migrate:up" => Direction::Up,
        "migrate:down" => Direction::Down,
        _ => return None,
    };
    let unwrapped = words.any(|option| option == "transaction:false");
    let mode = if unwrapped { TransactionMode::None } else { TransactionMode::PerMigration };
    Some(Mark::Begin(direction, mode))
}
