//! Runs: migrations applied to tenants and undone, on real servers, and what the ledger says of it.
//!
//! What runs is what `tenet build` writes, read by an interpreter of our own. What is done is recorded where it is done,
//! in the same transaction; a run keeps nothing that it could not find out again, so it can be killed at any time.
#![expect(clippy::disallowed_methods, reason = "runs wait, and measure how long they do")]

mod apply;
mod asking;
mod audit;
mod blocker;
mod closing;
mod compile;
mod error;
mod frozen;
mod interpret;
mod inventory;
mod live;
mod place;
mod plan;
mod program;
mod reading;
mod report;
mod rollback;
mod route;
mod servers;
mod session;
mod standing;
mod status;
mod stop;
mod tenants;
mod trouble;
mod visit;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::{SystemTime, UNIX_EPOCH};

pub use apply::{Asked, Provision, Selection, apply};
pub use audit::{AuditReport, Trace, audit};
pub use compile::{Compiled, CompiledPhase, CompiledScript, compile};
pub use error::RunError;
pub use inventory::Tenant;
pub use place::{Environment, Places};
pub use plan::{Planned, plan_apply, plan_json, plan_lines, plan_rollback};
pub use program::{Program, ScriptError};
pub use report::{Event, RunReport, State, TenantReport, shell_word};
pub use rollback::{Undo, rollback};
pub use route::{Route, Site, Step};
pub use status::{TenantStatus, json as status_json, status, table as status_table};
pub use stop::Stop;

use servers::Servers;

use crate::db::Target;
use crate::emit;
use crate::project::Project;
use crate::settings::{Isolation, Settings};

/// How long a phase waits for its locks before it lets others pass and tries again.
const LOCK_TIMEOUT: &str = "500ms";

/// The lock of what runs outside transactions: index builds in one database wait for each other, and can deadlock.
const OUTSIDE: &str = "tenet outside";

/// What a run works with.
pub struct Context<'a> {
    /// What names the run in the ledger.
    pub run: String,
    tool: String,
    actor: String,
    route: &'a Route<'a>,
    project: &'a Project,
    settings: &'a Settings,
    places: Places<'a>,
    ledger: Result<Program, ScriptError>,
    stop: &'a Stop,
    conflicts: Conflicts,
    rows_per_second: Option<u32>,
    servers: Servers,
}

/// What becomes of rows that were changed since what is undone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conflicts {
    /// Nothing is undone.
    #[default]
    Fail,
    /// They stay as they are.
    Skip,
    /// They are overwritten.
    Force,
}

impl Conflicts {
    /// Returns the word that scripts know.
    fn word(self) -> &'static str {
        match self {
            Conflicts::Fail => "fail",
            Conflicts::Skip => "skip",
            Conflicts::Force => "force",
        }
    }
}

impl<'a> Context<'a> {
    /// Begins a run.
    pub fn new(project: &'a Project, route: &'a Route<'a>, environment: Environment<'a>, stop: &'a Stop) -> Self {
        let settings = &project.settings;
        let places = Places::new(settings, environment);
        let text = emit::ledger().into_iter().find(|output| output.name == "forward.sql");
        Context {
            run: name(),
            tool: format!("tenet {}", env!("CARGO_PKG_VERSION")),
            actor: actor(places),
            route,
            project,
            settings,
            places,
            ledger: Program::read(&text.map_or_else(String::new, |output| output.text)),
            stop,
            conflicts: Conflicts::default(),
            rows_per_second: None,
            servers: Servers::default(),
        }
    }

    /// Says what becomes of rows that were changed since.
    #[must_use]
    pub fn settling(self, conflicts: Conflicts) -> Self {
        Context { conflicts, ..self }
    }

    /// Limits how many rows a second batches change for a tenant.
    #[must_use]
    pub fn throttled(self, rows_per_second: Option<u32>) -> Self {
        Context { rows_per_second, ..self }
    }

    /// Says whether there is a database that tenants share.
    fn is_shared(&self) -> bool {
        self.settings.databases.shared.is_some()
            && (self.route.uses(&[Site::Shared, Site::Member]) || self.places.is_schema())
            || self.settings.tenancy.isolation == Isolation::Row
    }

    /// Two connections that are one process of the server go through a pooler that lends it for a transaction.
    fn refuse_poolers(&self, target: &Target) -> Result<(), RunError> {
        self.servers.vet(target).map_err(|trouble| match trouble.is_lost {
            true => RunError::NoServer(trouble.message),
            false => RunError::Usage(trouble.message),
        })
    }

    /// Returns a number between 0 and 1.
    fn chance(&self) -> f64 {
        f64::from((random() >> 32) as u32) / f64::from(u32::MAX)
    }
}

/// Who runs us, outside the database; empty where nothing says so.
fn actor(places: Places<'_>) -> String {
    let variable =
        |names: &[&str]| names.iter().find_map(|name| places.variable(name).filter(|value| !value.is_empty()));
    match (variable(&["LOGNAME", "USER"]), variable(&["HOSTNAME", "HOST"])) {
        (Some(user), Some(host)) => format!("{user}@{host}"),
        (Some(user), None) => user,
        (None, Some(host)) => format!("@{host}"),
        (None, None) => String::new(),
    }
}

/// Names a run: when it began, and something that no other run has.
fn name() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    format!("{seconds}-{:08x}", random() >> 32)
}

/// Every RandomState has keys of its own.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
