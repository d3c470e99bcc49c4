//! golang-migrate: `0007_add_plan.up.sql` and `0007_add_plan.down.sql`.

use super::{Direction, Entry, Layout, Listing, Order, Part, Refusal, no_adjustment, stem_id, whole};

/// A file for each direction.
pub static LAYOUT: Layout = Layout {
    name: "golang-migrate",
    order: Order::Numeric,
    listing: Listing::Unpadded,
    detect: |entries| entries.iter().any(is_up),
    parts,
    adjust: no_adjustment,
    fresh,
};

/// Says whether a file goes forwards by its name.
pub(super) fn is_up(entry: &Entry<'_>) -> bool {
    entry.path.ends_with(".up.sql")
}

/// Reads a file whose name says which way it goes.
pub(super) fn parts(entry: &Entry<'_>) -> Result<Vec<Part>, Refusal> {
    let stem = entry.stem().ok_or(Refusal::Name)?;
    let (stem, direction) = match (stem.strip_suffix(".up"), stem.strip_suffix(".down")) {
        (Some(stem), _) => (stem, Direction::Up),
        (_, Some(stem)) => (stem, Direction::Down),
        _ => return Err(Refusal::NoSection),
    };
    let id = stem_id(stem).ok_or(Refusal::Name)?;
    Ok(vec![whole(entry, id, direction)])
}

/// Names a file for each direction.
pub(super) fn fresh(version: &str, name: &str) -> Vec<(String, String)> {
    ["up", "down"].map(|direction| (format!("{version}_{name}.{direction}.sql"), String::new())).to_vec()
}
