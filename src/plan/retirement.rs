//! What becomes of the drops of a migration.

use crate::migration::MigrationId;
use crate::replay::retire::{Retirement, Shelf};
use crate::settings::{Drops, Isolation, Settings};

/// Returns how the drops of a migration are made lossless; `None` when the settings want them as they are written.
pub fn retirement(settings: &Settings, id: &MigrationId) -> Option<Retirement> {
    let version = match id.version.as_str() {
        "" => id.name.as_str(),
        version => version,
    };
    // Tenants with a schema each would meet in one that takes what all of them drop.
    let is_by_schema = settings.databases.tenant.as_ref().is_some_and(|tenant| tenant.schema.is_some());
    let shelf = match settings.tenancy.isolation {
        Isolation::Schema => Shelf::Name,
        Isolation::Hybrid if is_by_schema => Shelf::Name,
        Isolation::Row | Isolation::Database | Isolation::Hybrid => Shelf::Schema,
    };
    (settings.drops == Drops::Retire).then(|| Retirement::new(version, shelf))
}
