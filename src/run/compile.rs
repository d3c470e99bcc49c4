//! A project's histories, compiled in memory exactly as `tenet build` writes them.

use super::program::{Program, ScriptError};
use crate::emit::{self, Output, Way};
use crate::finding::FileId;
use crate::migration::{Migration, MigrationId, Version};
use crate::plan::{MigrationPlan, Phase, Planners, Sharing, Verdict};
use crate::project::{HistoryRole, Project};
use crate::report::CheckOutcome;
use crate::syntax::directive::History;
use crate::verdict::Audience;

/// A migration as `build` writes it, and what running it needs to know.
#[derive(Debug)]
pub struct Compiled {
    /// The history that it belongs to.
    pub role: HistoryRole,
    /// Its version and name.
    pub id: MigrationId,
    /// The folder that `build` writes, below the build folder.
    pub folder: String,
    /// The files of that folder.
    pub outputs: Vec<Output>,
    /// What the ledger calls it.
    pub version: String,
    /// The checksum of its sources.
    pub checksum: String,
    /// The versions of the other history that it waits for.
    pub after: Vec<(History, Version)>,
    /// Its phases, in order.
    pub phases: Vec<CompiledPhase>,
}

/// A phase and its scripts.
#[derive(Debug)]
pub struct CompiledPhase {
    /// Its place, from 1.
    pub number: usize,
    /// Whom it runs for.
    pub audience: Audience,
    /// Whether it runs outside transactions.
    pub sharing: Sharing,
    /// What applies it.
    pub forward: CompiledScript,
    /// What undoes it.
    pub rollback: CompiledScript,
}

/// A script, read.
#[derive(Debug)]
pub struct CompiledScript {
    /// Its file, below the build folder.
    pub file: String,
    /// The checksum of its text.
    pub checksum: String,
    /// What it runs, or why it cannot be run without psql.
    pub program: Result<Program, ScriptError>,
}

impl CompiledPhase {
    /// Returns the script that goes one way.
    pub fn script(&self, way: Way) -> &CompiledScript {
        match way {
            Way::Forward => &self.forward,
            Way::Rollback => &self.rollback,
        }
    }
}

/// Plans every migration in order and writes its scripts; the project was checked, and has no errors.
pub fn compile(project: &Project, outcome: &CheckOutcome) -> Vec<Compiled> {
    let verdict = |file: FileId, index: usize| {
        let at = outcome.statements.binary_search_by_key(&(file, index), |entry| (entry.file, entry.index));
        let entry = &outcome.statements[at.expect("a check says something about every statement")];
        Verdict { audience: entry.audience, scope: entry.scope }
    };
    let mut planner = Planners::new(&project.settings, &project.files, &project.schema);
    let mut compiled: Vec<Compiled> = Vec::new();
    for (role, migration) in project.in_order() {
        let plan = planner.migration(role.history(), migration, &verdict);
        compiled.push(of_plan(project, role, migration, &plan));
    }
    // The order of a first run is not that of the report.
    compiled.sort_by_key(|found| found.role == HistoryRole::Tenant);
    compiled
}

fn of_plan(project: &Project, role: HistoryRole, migration: &Migration, plan: &MigrationPlan) -> Compiled {
    // The two histories of a hybrid project may use the same versions.
    let above = match role {
        HistoryRole::Only => "",
        HistoryRole::Shared => "shared/",
        HistoryRole::Tenant => "tenant/",
    };
    let folder = format!("{above}{}", emit::folder(plan));
    let outputs = emit::migration(plan, &project.settings);
    let phases = plan.phases.iter().zip(1..).map(|(phase, number)| of_phase(&folder, &outputs, phase, number));
    Compiled {
        role,
        id: plan.id.clone(),
        version: emit::version(plan, &project.settings),
        checksum: emit::source_checksum(plan),
        after: project.after(migration),
        phases: phases.collect(),
        folder,
        outputs,
    }
}

fn of_phase(folder: &str, outputs: &[Output], phase: &Phase, number: usize) -> CompiledPhase {
    let script = |way| {
        let name = emit::script_name(number, phase, way);
        let text = outputs.iter().find(|output| output.name == name).map_or("", |output| output.text.as_str());
        let file = format!("{folder}/{name}");
        CompiledScript { checksum: emit::checksum(text), program: Program::read(text), file }
    };
    CompiledPhase {
        number,
        audience: phase.audience,
        sharing: phase.sharing,
        forward: script(Way::Forward),
        rollback: script(Way::Rollback),
    }
}
