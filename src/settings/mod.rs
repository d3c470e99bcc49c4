//! What a project says about itself, as a plain value.
//!
//! The shape of `tenet.yaml` is private to the module that reads it; everything else reads this.

mod rollout;
mod tenancy;

use std::collections::BTreeMap;
use std::time::Duration;

pub use rollout::{Database, Databases, Rollout, Stage, TenantSource};
pub use tenancy::{Isolation, Root, TableClass, Tenancy};

pub use crate::pg::PgVersion;

use crate::pg::Ident;
use crate::verdict::Audience;

/// What becomes of DROP COLUMN, DROP TABLE, TRUNCATE and lossy type changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Drops {
    /// Taken out of sight, so that it can come back.
    #[default]
    Retire,
    /// Dropped as written.
    Drop,
}

/// What settings say about a family or a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Its findings refuse the project.
    Error,
    /// Its findings are shown.
    Warn,
    /// Its findings are dropped.
    Off,
}

/// Where migrations lie, relative to the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Migrations {
    /// One history.
    One(String),
    /// One history for what tenants share and one for what each of them has (hybrid isolation).
    Split {
        /// The shared history.
        shared: String,
        /// The history of a tenant's own database or schema.
        tenant: String,
    },
}

/// The settings of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The oldest server that scripts must run on.
    pub postgres: PgVersion,
    /// The folder or file of the declared schema; `None` when nothing was said, and then `schema` may be missing.
    pub schema: Option<String>,
    /// The histories; `None` when nothing was said, and then `migrations` may be missing.
    pub migrations: Option<Migrations>,
    /// The name of the migrations' layout; detected when `None`.
    pub layout: Option<&'static str>,
    /// The folder that `build` writes.
    pub build: String,
    /// The schemas that unqualified names are looked up in.
    pub search_path: Vec<Ident>,
    /// Who owns which rows.
    pub tenancy: Tenancy,
    /// The servers.
    pub databases: Databases,
    /// Where the list of tenants comes from.
    pub tenants: Option<TenantSource>,
    /// What becomes of drops.
    pub drops: Drops,
    /// Levels by family or rule; a rule's own outweighs its family's.
    pub rules: BTreeMap<String, Level>,
    /// How tenants are migrated one after another.
    pub rollout: Rollout,
    /// How long what is recorded of rows is kept; for ever when `None`.
    pub keep_undo: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            postgres: PgVersion::OLDEST,
            schema: None,
            migrations: None,
            layout: None,
            build: "build".to_owned(),
            search_path: vec![Ident::exact("public")],
            tenancy: Tenancy::default(),
            databases: Databases::default(),
            tenants: None,
            drops: Drops::default(),
            rules: BTreeMap::new(),
            rollout: Rollout::default(),
            keep_undo: None,
        }
    }
}

impl Settings {
    /// Says whether each tenant has a schema of its own in the database that they share.
    pub fn has_tenant_schemas(&self) -> bool {
        match self.tenancy.isolation {
            Isolation::Schema => true,
            Isolation::Hybrid => {
                self.databases.tenant.as_ref().is_some_and(|own| own.url.is_none() && own.schema.is_some())
            }
            Isolation::Row | Isolation::Database => false,
        }
    }

    /// Says whether tenants' own schemas lie beside what they share, so that both are in sight of each other.
    pub fn has_schemas_beside_shared(&self) -> bool {
        self.tenancy.isolation == Isolation::Hybrid && self.has_tenant_schemas()
    }

    /// Returns the schemas in which what runs for an audience looks unqualified names up. A tenant's own schema has its
    /// template for a name: no schema of the database is called so, and `public` is another one.
    pub fn path_of(&self, audience: Audience) -> Vec<Ident> {
        match audience {
            Audience::Tenant if self.has_tenant_schemas() => vec![self.own_schema()],
            Audience::Tenant | Audience::Shared => self.search_path.clone(),
        }
    }

    fn own_schema(&self) -> Ident {
        let template = self.databases.tenant.as_ref().and_then(|own| own.schema.as_deref());
        Ident::exact(template.unwrap_or("{tenant_id}"))
    }

    /// Says whether a file of the declared schema says what each tenant has for itself: with hybrid isolation its folder
    /// `tenant` does.
    pub fn declares_own(&self, path: &str) -> bool {
        let folder = self.schema.as_deref().unwrap_or("schema").trim_end_matches('/');
        match self.tenancy.isolation {
            Isolation::Row => false,
            Isolation::Schema | Isolation::Database => true,
            Isolation::Hybrid => path.strip_prefix(folder).is_some_and(|inner| inner.starts_with("/tenant/")),
        }
    }

    /// Returns the level that settings give to a rule: its own, else its family's, else none.
    pub fn level(&self, rule: &str) -> Option<Level> {
        let family = rule.split_once('/').map_or(rule, |(family, _)| family);
        self.rules.get(rule).or_else(|| self.rules.get(family)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_outweighs_its_family() {
        let mut settings = Settings::default();
        settings.rules.insert("scope".into(), Level::Off);
        settings.rules.insert("scope/unprovable".into(), Level::Error);
        assert_eq!(settings.level("scope/unprovable"), Some(Level::Error));
        assert_eq!(settings.level("scope/unscoped-read"), Some(Level::Off));
        assert_eq!(settings.level("parse/opaque"), None);
    }
}
