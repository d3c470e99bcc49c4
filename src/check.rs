//! The pipeline: a project's texts to judgements on them.

use crate::finding::{FileId, Finding};
use crate::project::Project;
use crate::report::{CheckOutcome, Subject};
use crate::rules;

/// Judges the selected files, in ascending order, against the whole project.
pub fn run(project: &Project, selected: &[FileId]) -> CheckOutcome {
    let is_selected = |finding: &&Finding| selected.binary_search(&finding.file).is_ok();
    let findings = project.findings.iter().filter(is_selected).cloned().collect();
    let findings = rules::judge(&project.settings, findings);
    CheckOutcome::new(subject(project, selected), selected.len(), Vec::new(), findings)
}

/// Counts the migrations that the command is about.
fn subject(project: &Project, selected: &[FileId]) -> Subject {
    let migrations = project.histories.iter().flat_map(|(_, history)| &history.migrations);
    let chosen = |migration: &&crate::migration::Migration| {
        migration.up.iter().any(|section| selected.binary_search(&section.file).is_ok())
    };
    let is_loose = selected.iter().any(|file| project.loose.contains(file));
    match migrations.filter(chosen).count() {
        count if count > 0 && !is_loose => Subject::Migrations(count),
        _ => Subject::Files,
    }
}
