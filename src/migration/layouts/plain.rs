//! tenet's own layout: `0007_add_plan.sql`.

use super::{Direction, Entry, Layout, Listing, Order, Part, Refusal, no_adjustment, stem_id, whole};

/// `<version>_<name>.sql`; what every folder is read as that no other layout recognises.
pub static LAYOUT: Layout = Layout {
    name: "plain",
    order: Order::Numeric,
    listing: Listing::Ordered,
    detect: |_| true,
    parts,
    adjust: no_adjustment,
    fresh: |version, name| vec![(format!("{version}_{name}.sql"), String::new())],
};

/// Reads a file whose whole text goes forwards.
pub(super) fn parts(entry: &Entry<'_>) -> Result<Vec<Part>, Refusal> {
    let id = entry.stem().and_then(stem_id).ok_or(Refusal::Name)?;
    Ok(vec![whole(entry, id, Direction::Up)])
}
