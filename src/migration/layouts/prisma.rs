//! Prisma: `20240131120000_add_plan/migration.sql`.

use super::{Direction, Entry, Layout, Listing, Order, Part, Refusal, stem_id, whole};
use crate::migration::{MigrationId, Version};

/// A folder for each migration; there is no way back.
pub static LAYOUT: Layout = Layout {
    name: "prisma",
    order: Order::Text,
    listing: Listing::Ordered,
    detect: |entries| entries.iter().any(|entry| entry.path.ends_with("/migration.sql")),
    parts,
    adjust,
    fresh: |version, name| vec![(format!("{version}_{name}/migration.sql"), String::new())],
};

fn parts(entry: &Entry<'_>) -> Result<Vec<Part>, Refusal> {
    let id = entry.parent().and_then(stem_id).filter(|_| entry.base() == "migration.sql").ok_or(Refusal::Name)?;
    Ok(vec![whole(entry, id, Direction::Up)])
}

/// Prisma knows a migration by its folder's whole name, so two may be of the same second: the later one's version is that.
fn adjust(_: &[Entry<'_>], parts: &mut [(&Entry<'_>, Part)]) {
    parts.sort_by_key(|(entry, _)| entry.path);
    let ids: Vec<MigrationId> = parts.iter().map(|(_, part)| part.id.clone()).collect();
    for (index, (entry, part)) in parts.iter_mut().enumerate().skip(1) {
        if let Some(folder) = entry.parent().filter(|_| ids[index - 1].version == ids[index].version) {
            part.id = MigrationId { version: Version::new(folder), name: String::new() };
        }
    }
}
