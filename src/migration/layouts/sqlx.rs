//! sqlx: `20240131120000_add_plan.up.sql` and `.down.sql`, or `20240131120000_add_plan.sql` without a way back.

use super::{Entry, Layout, Listing, Order, Part, Refusal, golang_migrate, no_adjustment, plain};
use crate::migration::TransactionMode;

/// Told from others by both kinds of file in one folder, or by `-- no-transaction`; where neither stands, sqlx's
/// folder is read as golang-migrate's or as a plain one, which makes no difference.
pub static LAYOUT: Layout = Layout {
    name: "sqlx",
    order: Order::Numeric,
    listing: Listing::Unpadded,
    detect,
    parts,
    adjust: no_adjustment,
    fresh: golang_migrate::fresh,
};

fn detect(entries: &[Entry<'_>]) -> bool {
    let is_mixed = entries.iter().any(golang_migrate::is_up) && entries.iter().any(is_simple);
    is_mixed || entries.iter().any(opts_out)
}

fn opts_out(entry: &Entry<'_>) -> bool {
    entry.is_sql() && entry.text.starts_with("-- no-transaction")
}

fn is_simple(entry: &Entry<'_>) -> bool {
    entry.stem().is_some_and(|stem| !stem.ends_with(".up") && !stem.ends_with(".down"))
}

fn parts(entry: &Entry<'_>) -> Result<Vec<Part>, Refusal> {
    let mut parts = if is_simple(entry) { plain::parts(entry)? } else { golang_migrate::parts(entry)? };
    if opts_out(entry) {
        parts.iter_mut().for_each(|part| part.transaction = TransactionMode::None);
    }
    Ok(parts)
}
