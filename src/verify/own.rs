//! A tenant's own schema beside what tenants share.

use super::sample;
use crate::catalog::Origin;
use crate::migration::Migration;
use crate::pg::Ident;
use crate::project::{HistoryRole, Project};
use crate::replay::{Replay, Wanted};
use crate::syntax::read;

/// The tenant for whom migrations are tried.
pub(super) struct Own {
    /// Its schema.
    pub(super) schema: Ident,
    /// What names it, as an SQL literal.
    pub(super) tenant: &'static str,
}

impl Own {
    /// Finds a tenant of the type that the root has when all that is shared is there.
    pub(super) fn of(project: &Project, migrations: &[(HistoryRole, &Migration)]) -> Own {
        let mut shared = Replay::new(project.settings.search_path.clone());
        shared.want(Wanted::Changes);
        let sections =
            migrations.iter().filter(|(role, _)| *role != HistoryRole::Tenant).flat_map(|(_, found)| &found.up);
        for section in sections {
            for found in read::script(&project.file(section.file).text).statements {
                if let (Ok(parsed), true) = (&found.outcome, section.span.contains(found.span)) {
                    shared.step(parsed, Origin::at(section.file, found.span));
                }
            }
        }
        let tenant = sample::tenant(&project.settings.tenancy, shared.catalog());
        let template = project.settings.databases.tenant.as_ref().and_then(|own| own.schema.as_deref());
        let schema = template.unwrap_or("{tenant_id}").replace("{tenant_id}", tenant.trim_matches('\''));
        Own { schema: Ident::exact(&schema), tenant }
    }
}
