//! Plans to files: `plan.yaml` and the scripts that psql runs.

mod batch;
mod checksum;
mod effects;
mod ledger;
mod plan_yaml;
mod probe;
mod recording;
mod script;
mod shape;

use crate::plan::{MigrationPlan, Phase};
use crate::settings::Settings;
use crate::syntax::directive::History;
use crate::verdict::Audience;

pub use checksum::checksum;

/// The folder of the ledger's scripts.
pub const LEDGER: &str = "0000_ledger";

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its name within its folder.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Writes the scripts that install and remove tenet's own tables.
pub fn ledger() -> Vec<Output> {
    ledger::scripts()
}

/// Returns the versions of tenet's own tables, in order.
pub fn ledger_versions() -> Vec<&'static str> {
    ledger::versions()
}

/// Returns the name of a migration's folder.
pub fn folder(plan: &MigrationPlan) -> String {
    plan.id.to_string().replace(['/', '\\', ' '], "_")
}

/// Writes every file of a migration: the scripts of its phases, and the plan that names them.
pub fn migration(plan: &MigrationPlan, settings: &Settings) -> Vec<Output> {
    let mut outputs = Vec::new();
    let source = checksum::of_sources(&plan.sources);
    for (at, phase) in plan.phases.iter().enumerate() {
        let context = script::Context { plan, phase, number: at + 1, settings, source: &source };
        let name = |way| script_name(at + 1, phase, way);
        outputs.push(Output { name: name(Way::Forward), text: script::forward(&context) });
        outputs.push(Output { name: name(Way::Rollback), text: script::rollback(&context) });
    }
    let text = plan_yaml::text(plan, &outputs);
    outputs.insert(0, Output { name: "plan.yaml".to_owned(), text });
    outputs
}

/// Which way a script goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It applies.
    Forward,
    /// It undoes.
    Rollback,
}

impl Way {
    /// Returns the word that files and headers have for it.
    pub fn word(self) -> &'static str {
        match self {
            Way::Forward => "forward",
            Way::Rollback => "rollback",
        }
    }

    /// Returns what the ledger calls a phase behind it.
    pub fn done(self) -> &'static str {
        match self {
            Way::Forward => "applied",
            Way::Rollback => "rolled_back",
        }
    }
}

/// Returns the name of a phase's script; phases are counted from 1.
pub fn script_name(number: usize, phase: &Phase, way: Way) -> String {
    format!("{}.{}.sql", stem(number, phase), way.word())
}

/// Returns what the ledger calls a migration. Where tenants' schemas lie in the database that they share, so do both histories.
pub fn version(plan: &MigrationPlan, settings: &Settings) -> String {
    let above = match plan.history {
        Some(History::Shared) if settings.has_tenant_schemas() => "shared/",
        _ => "",
    };
    match plan.id.version.as_str() {
        "" => format!("{above}{}", plan.id.name),
        version => format!("{above}{version}"),
    }
}

/// Returns the checksum of a migration's sources.
pub fn source_checksum(plan: &MigrationPlan) -> String {
    checksum::of_sources(&plan.sources)
}

fn stem(number: usize, phase: &Phase) -> String {
    format!("{number:02}.{}", audience(phase.audience))
}

fn audience(audience: Audience) -> &'static str {
    match audience {
        Audience::Shared => "shared",
        Audience::Tenant => "tenant",
    }
}
