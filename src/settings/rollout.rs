//! Servers, tenants, and the way through them.

use std::time::Duration;

/// How to reach one database or a tenant's part of it; `${NAME}` and `{column}` are not yet replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Database {
    /// A connection URL.
    pub url: Option<String>,
    /// The schema of a tenant.
    pub schema: Option<String>,
}

/// The servers of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Databases {
    /// What tenants share (row, schema and hybrid isolation).
    pub shared: Option<Database>,
    /// What each tenant has (schema, database and hybrid isolation).
    pub tenant: Option<Database>,
}

/// Where the list of tenants comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TenantSource {
    /// A query on the shared database.
    Query(String),
    /// The tenants themselves.
    List(Vec<String>),
    /// A program and its arguments; it prints one JSON object a line.
    Command(Vec<String>),
}

/// A share of the tenants that is migrated together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// How many tenants of a hundred are migrated when the stage ends.
    pub percent: u8,
    /// The wait after it.
    pub soak: Duration,
}

/// The stages of a rollout and the failure rate that halts it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout {
    /// Stages in order; percentages rise to 100.
    pub stages: Vec<Stage>,
    /// The share of tenants that may fail, 0 to 1.
    pub max_failure_rate: f64,
}

// Settings are refused unless the rate lies between 0 and 1, so it is never NaN.
impl Eq for Rollout {}

impl Default for Rollout {
    fn default() -> Self {
        Rollout { stages: vec![Stage { percent: 100, soak: Duration::ZERO }], max_failure_rate: 0.0 }
    }
}
