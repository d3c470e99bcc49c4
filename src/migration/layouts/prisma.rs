//! Prisma: `20240131120000_add_plan/migration.sql`.

use super::{Direction, Entry, Layout, Listing, Order, Part, Refusal, no_adjustment, stem_id, whole};

/// A folder for each migration; there is no way back.
pub static LAYOUT: Layout = Layout {
    name: "prisma",
    order: Order::Text,
    listing: Listing::Ordered,
    detect: |entries| entries.iter().any(|entry| entry.path.ends_with("/migration.sql")),
    parts,
    adjust: no_adjustment,
    fresh: |version, name| vec![(format!("{version}_{name}/migration.sql"), String::new())],
};

fn parts(entry: &Entry<'_>) -> Result<Vec<Part>, Refusal> {
    let id = entry.parent().and_then(stem_id).filter(|_| entry.base() == "migration.sql").ok_or(Refusal::Name)?;
    Ok(vec![whole(entry, id, Direction::Up)])
}
