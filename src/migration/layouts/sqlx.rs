//! sqlx: `20240131120000_add_plan.up.sql` and `.down.sql`, or `20240131120000_add_plan.sql` without a way back.

use super::{Entry, Layout, Listing, Order, Part, Refusal, golang_migrate, no_adjustment, plain};
use crate::migration::TransactionMode;

/// Both kinds of file may stand in one folder; that is also how it is told from golang-migrate, and where it makes no
/// difference the two are read alike.
pub static LAYOUT: Layout = Layout {
    name: "sqlx",
    order: Order::Numeric,
    listing: Listing::Unpadded,
    detect: |entries| entries.iter().any(golang_migrate::is_up) && entries.iter().any(is_simple),
    parts,
    adjust: no_adjustment,
    fresh: golang_migrate::fresh,
};

fn is_simple(entry: &Entry<'_>) -> bool {
    entry.stem().is_some_and(|stem| !stem.ends_with(".up") && !stem.ends_with(".down"))
}

fn parts(entry: &Entry<'_>) -> Result<Vec<Part>, Refusal> {
    let mut parts = if is_simple(entry) { plain::parts(entry)? } else { golang_migrate::parts(entry)? };
    if entry.text.starts_with("-- no-transaction") {
        parts.iter_mut().for_each(|part| part.transaction = TransactionMode::None);
    }
    Ok(parts)
}
