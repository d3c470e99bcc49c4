//! Atlas: `20240131120000_add_plan.sql`, and `atlas.sum` beside it.

use super::{Entry, Layout, Listing, Order, Part, Refusal, no_adjustment, plain};
use crate::migration::TransactionMode;

/// Plain files, ordered by name; `-- atlas:txmode none` at the head of one asks for no transaction.
pub static LAYOUT: Layout = Layout {
    name: "atlas",
    order: Order::Text,
    listing: Listing::Ordered,
    detect: |entries| entries.iter().any(|entry| entry.path == "atlas.sum"),
    parts,
    adjust: no_adjustment,
    fresh: |version, name| vec![(format!("{version}_{name}.sql"), String::new())],
};

fn parts(entry: &Entry<'_>) -> Result<Vec<Part>, Refusal> {
    let mut parts = plain::parts(entry)?;
    let head = entry.text.lines().take_while(|line| line.starts_with("--"));
    if head.map(|line| line.trim_start_matches('-').trim()).any(|line| line == "atlas:txmode none") {
        parts.iter_mut().for_each(|part| part.transaction = TransactionMode::None);
    }
    Ok(parts)
}
