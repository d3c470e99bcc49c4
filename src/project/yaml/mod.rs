//! `tenet.yaml`: its shape, and why one is refused.

mod map;
mod migrations;
mod refusal;
mod stages;
mod value;

use serde::Deserialize;
use serde_yaml::with::singleton_map;

use map::UniqueMap;
use migrations::MigrationPaths;
use stages::Stages;
pub(super) use value::parse_name;
use value::{ColumnName, Columns, Fraction, LayoutName, RuleName, ServerVersion, Soak, TableName, TenantId, Version1};

use super::ProjectError;
use crate::settings::{
    Database, Databases, Drops, Isolation, Level, Rollout, Root, Settings, TableClass, Tenancy, TenantSource,
};

/// Reads the text of a settings file.
///
/// # Errors
///
/// Names line, column, and the nearest known key of one that is unknown.
pub(super) fn settings(text: &str) -> Result<Settings, ProjectError> {
    let file: File = serde_yaml::from_str(text).map_err(|error| refusal::explain(&error, text))?;
    Ok(file.into_settings())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping of settings")]
struct File {
    #[serde(rename = "version")]
    _version: Version1,
    postgres: Option<ServerVersion>,
    schema: Option<String>,
    migrations: Option<MigrationPaths>,
    layout: Option<LayoutName>,
    build: Option<String>,
    search_path: Option<Columns>,
    tenancy: Option<TenancyKeys>,
    databases: Option<DatabasesKeys>,
    #[serde(default, with = "singleton_map")]
    tenants: Option<TenantsKeys>,
    drops: Option<DropsKey>,
    #[serde(default)]
    rules: UniqueMap<RuleName, LevelKey>,
    rollout: Option<RolloutKeys>,
    undo: Option<UndoKeys>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with `tenant_column`, `root` and the like")]
struct TenancyKeys {
    isolation: Option<IsolationKey>,
    tenant_column: Option<Columns>,
    #[serde(rename = "type")]
    type_name: Option<String>,
    root: Option<RootKeys>,
    parameter: Option<String>,
    session: Option<String>,
    #[serde(default)]
    tables: UniqueMap<TableName, TableKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with `table` and `column`")]
struct RootKeys {
    table: TableName,
    column: ColumnName,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct TableKey(#[serde(with = "singleton_map")] TableClassKey);

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum TableClassKey {
    Global,
    Via(Columns),
    TenantColumn(ColumnName),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum IsolationKey {
    Row,
    Schema,
    Database,
    Hybrid,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum DropsKey {
    Retire,
    Drop,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum LevelKey {
    Error,
    Warn,
    Off,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with `shared` and `tenant`")]
struct DatabasesKeys {
    shared: Option<DatabaseKeys>,
    tenant: Option<DatabaseKeys>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with `url` or `schema`")]
struct DatabaseKeys {
    url: Option<String>,
    schema: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", expecting = "a mapping with one of `query`, `list` and `command`")]
enum TenantsKeys {
    Query(String),
    List(Vec<TenantId>),
    Command(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with `stages` and `max_failure_rate`")]
struct RolloutKeys {
    stages: Option<Stages>,
    max_failure_rate: Option<Fraction>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with `keep`")]
struct UndoKeys {
    keep: Soak,
}

impl File {
    fn into_settings(self) -> Settings {
        let defaults = Settings::default();
        Settings {
            postgres: self.postgres.map_or(defaults.postgres, |version| version.0),
            schema: self.schema,
            migrations: self.migrations.map(|paths| paths.0),
            layout: self.layout.map(|layout| layout.0),
            build: self.build.unwrap_or(defaults.build),
            search_path: self.search_path.map_or(defaults.search_path, |schemas| schemas.0),
            tenancy: self.tenancy.map_or(defaults.tenancy, TenancyKeys::into_tenancy),
            databases: self.databases.map_or(defaults.databases, |databases| Databases {
                shared: databases.shared.map(DatabaseKeys::into_database),
                tenant: databases.tenant.map(DatabaseKeys::into_database),
            }),
            tenants: self.tenants.map(TenantsKeys::into_source),
            drops: self.drops.map_or(defaults.drops, |drops| match drops {
                DropsKey::Retire => Drops::Retire,
                DropsKey::Drop => Drops::Drop,
            }),
            rules: self.rules.0.into_iter().map(|(rule, level)| (rule.0, level.into_level())).collect(),
            rollout: self.rollout.map_or(defaults.rollout, RolloutKeys::into_rollout),
            keep_undo: self.undo.map(|undo| undo.keep.0),
        }
    }
}

impl TenancyKeys {
    fn into_tenancy(self) -> Tenancy {
        let defaults = Tenancy::default();
        Tenancy {
            isolation: self.isolation.map_or(defaults.isolation, |isolation| match isolation {
                IsolationKey::Row => Isolation::Row,
                IsolationKey::Schema => Isolation::Schema,
                IsolationKey::Database => Isolation::Database,
                IsolationKey::Hybrid => Isolation::Hybrid,
            }),
            tenant_columns: self.tenant_column.map_or(defaults.tenant_columns, |columns| columns.0),
            type_name: self.type_name,
            root: self.root.map(|root| Root { table: root.table.0, column: root.column.0 }),
            parameter: self.parameter.unwrap_or(defaults.parameter),
            session: self.session,
            tables: self.tables.0.into_iter().map(|(table, class)| (table.0, class.0.into_class())).collect(),
        }
    }
}

impl TableClassKey {
    fn into_class(self) -> TableClass {
        match self {
            TableClassKey::Global => TableClass::Global,
            TableClassKey::Via(columns) => TableClass::Via(columns.0),
            TableClassKey::TenantColumn(column) => TableClass::TenantColumn(column.0),
        }
    }
}

impl LevelKey {
    fn into_level(self) -> Level {
        match self {
            LevelKey::Error => Level::Error,
            LevelKey::Warn => Level::Warn,
            LevelKey::Off => Level::Off,
        }
    }
}

impl DatabaseKeys {
    fn into_database(self) -> Database {
        Database { url: self.url, schema: self.schema }
    }
}

impl TenantsKeys {
    fn into_source(self) -> TenantSource {
        match self {
            TenantsKeys::Query(query) => TenantSource::Query(query),
            TenantsKeys::List(list) => TenantSource::List(list.into_iter().map(|id| id.0).collect()),
            TenantsKeys::Command(command) => TenantSource::Command(command),
        }
    }
}

impl RolloutKeys {
    fn into_rollout(self) -> Rollout {
        let defaults = Rollout::default();
        Rollout {
            stages: self.stages.map_or(defaults.stages, |stages| stages.0),
            max_failure_rate: self.max_failure_rate.map_or(defaults.max_failure_rate, |rate| rate.0),
        }
    }
}
