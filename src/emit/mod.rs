//! Plans to files: `plan.yaml` and the scripts that psql runs.

mod checksum;
mod effects;
mod ledger;
mod plan_yaml;
mod probe;
mod script;

use crate::plan::{MigrationPlan, Phase};
use crate::settings::Settings;
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
        let stem = stem(at + 1, phase);
        outputs.push(Output { name: format!("{stem}.forward.sql"), text: script::forward(&context) });
        outputs.push(Output { name: format!("{stem}.rollback.sql"), text: script::rollback(&context) });
    }
    let text = plan_yaml::text(plan, &outputs);
    outputs.insert(0, Output { name: "plan.yaml".to_owned(), text });
    outputs
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
