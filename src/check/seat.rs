//! Where histories are followed: tenants' own schemas see what tenants share, beside which they lie.

use super::order::Rows;
use crate::catalog::Origin;
use crate::pg::Ident;
use crate::plan;
use crate::replay::{Refusal, Replay, Wanted};
use crate::settings::Settings;
use crate::statement::Statement;
use crate::verdict::Audience;

/// Returns a catalog for what a tenant has, or for what tenants share.
pub(super) fn begin(settings: &Settings, rows: Rows) -> Replay {
    let path = path(settings, rows);
    match own(settings).filter(|_| rows == Rows::OneTenant) {
        Some(own) => Replay::new(path).holding(&own),
        None => Replay::new(path),
    }
}

/// Returns the search path with which a history's sessions begin.
pub(super) fn path(settings: &Settings, rows: Rows) -> Vec<Ident> {
    settings.path_of(match rows {
        Rows::Shared => Audience::Shared,
        Rows::OneTenant => Audience::Tenant,
    })
}

/// Returns what stands for a tenant's own schema.
pub(super) fn own(settings: &Settings) -> Option<Ident> {
    let path = settings.path_of(Audience::Tenant);
    path.into_iter().next().filter(|_| settings.has_tenant_schemas())
}

/// Returns the catalogs that statements change whose rows these are.
pub(super) fn sides(settings: &Settings, rows: Rows) -> &'static [Rows] {
    match rows {
        Rows::Shared if settings.has_schemas_beside_shared() => &[Rows::Shared, Rows::OneTenant],
        Rows::Shared => &[Rows::Shared],
        Rows::OneTenant => &[Rows::OneTenant],
    }
}

/// What a statement on what is shared meets where tenants have tables of their own.
pub(super) struct Beside {
    /// It takes along what is theirs.
    pub(super) reaches: bool,
    /// Why it is refused there.
    pub(super) refusal: Option<Refusal>,
}

/// Follows a statement on what is shared where tenants have tables of their own.
pub(super) fn step(replay: &mut Replay, own: &Ident, statement: &Statement, origin: Origin) -> Beside {
    replay.want(Wanted::Changes);
    let step = replay.step(statement, origin);
    Beside { reaches: plan::reaches(&step.changes, own), refusal: step.refusal }
}
