//! The order in which files are read and judged: the declared schema, the histories, then the files named by hand.

use std::collections::BTreeMap;

use crate::finding::FileId;
use crate::migration::{History, MigrationId, Section};
use crate::project::{HistoryRole, Project};
use crate::report::Subject;
use crate::source::Span;

/// A file to read.
#[derive(Clone, Debug)]
pub(super) struct Job {
    /// The file.
    pub(super) file: FileId,
    /// Whose rows its statements meet.
    pub(super) rows: Rows,
    /// The parts that run forwards; `None` for the whole file.
    up: Option<Vec<(Span, MigrationId)>>,
    /// It belongs to the declared schema.
    declared: bool,
}

/// Whose rows a statement meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rows {
    /// Rows of many tenants.
    Shared,
    /// Rows of one tenant only: its own database or schema.
    OneTenant,
}

impl Job {
    /// Says whether the file is run, and not a declaration of what should be.
    pub(super) fn is_migration(&self) -> bool {
        !self.declared
    }

    /// Says whether the file belongs to a history, and is no script that was named by hand.
    pub(super) fn is_history(&self) -> bool {
        self.up.is_some()
    }

    /// Says whether a statement of the file takes part in the history; what runs backwards does not.
    pub(super) fn replays(&self, statement: Span) -> bool {
        self.up.as_ref().is_none_or(|spans| spans.iter().any(|(span, _)| span.contains(statement)))
    }

    /// Returns the migration that a statement of the file belongs to.
    pub(super) fn migration(&self, statement: Span) -> Option<&MigrationId> {
        let found = self.up.iter().flatten().find(|(span, _)| span.contains(statement));
        found.map(|(_, id)| id)
    }
}

/// Lists the files of a project in order, each once.
pub(super) fn jobs(project: &Project) -> Vec<Job> {
    let isolation = project.settings.tenancy.isolation;
    let whole =
        |role| move |file: &FileId| Job { file: *file, rows: super::rows(isolation, role), up: None, declared: false };
    let declared = |file: &FileId| {
        let is_own = project.settings.declares_own(&project.file(*file).path);
        let role = if is_own { HistoryRole::Tenant } else { HistoryRole::Only };
        Job { declared: true, ..whole(role)(file) }
    };
    let mut jobs: Vec<Job> = project.schema.iter().map(declared).collect();
    if project.settings.has_schemas_beside_shared() {
        // What tenants have for themselves stands on what they share.
        jobs.sort_by_key(|job| job.rows);
        jobs.extend(interleaved(project));
        jobs.extend(project.loose.iter().map(whole(HistoryRole::Only)));
        return jobs;
    }
    for (role, history) in &project.histories {
        let mut up = sections(history);
        jobs.extend(files(history).map(|file| {
            let up = up.remove(&file).unwrap_or_default();
            Job { file, rows: super::rows(isolation, *role), up: Some(up), declared: false }
        }));
    }
    jobs.extend(project.loose.iter().map(whole(HistoryRole::Only)));
    jobs
}

/// Lists the files of two histories of one database in the order in which they run.
fn interleaved(project: &Project) -> Vec<Job> {
    let isolation = project.settings.tenancy.isolation;
    let mut up: BTreeMap<FileId, Vec<(Span, MigrationId)>> =
        project.histories.iter().flat_map(|(_, history)| sections(history)).collect();
    let mut jobs = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (role, migration) in project.in_order() {
        let sections = migration.up.iter().chain(&migration.down);
        for file in sections.map(|section| section.file).filter(|file| seen.insert(*file)) {
            let up = up.remove(&file).unwrap_or_default();
            jobs.push(Job { file, rows: super::rows(isolation, role), up: Some(up), declared: false });
        }
    }
    jobs
}

/// Returns the parts of each file of a history that run forwards, with their migrations.
fn sections(history: &History) -> BTreeMap<FileId, Vec<(Span, MigrationId)>> {
    let mut all: BTreeMap<FileId, Vec<(Span, MigrationId)>> = BTreeMap::new();
    for migration in &history.migrations {
        for section in &migration.up {
            all.entry(section.file).or_default().push((section.span, migration.id.clone()));
        }
    }
    all
}

/// The files of a history in the order in which they run, each at its first section; what undoes a migration behind it.
fn files(history: &History) -> impl Iterator<Item = FileId> + '_ {
    let sections = history.migrations.iter().flat_map(|migration| migration.up.iter().chain(&migration.down));
    let mut seen = std::collections::BTreeSet::new();
    sections.map(|section: &Section| section.file).filter(move |file| seen.insert(*file))
}

/// Divides jobs into chunks of about `size` bytes of text.
pub(super) fn chunks(jobs: Vec<Job>, project: &Project, size: usize) -> Vec<Vec<Job>> {
    let mut chunks = Vec::new();
    let mut chunk = Vec::new();
    let mut bytes = 0;
    for job in jobs {
        bytes += project.file(job.file).text.len();
        chunk.push(job);
        if bytes >= size {
            chunks.push(std::mem::take(&mut chunk));
            bytes = 0;
        }
    }
    chunks.push(chunk);
    chunks
}

/// Counts the migrations that the command is about; with files that belong to no history it is about files.
pub(super) fn subject(project: &Project, selected: &[FileId]) -> Subject {
    if !project.loose.is_empty() {
        return Subject::Files;
    }
    let migrations = project.histories.iter().flat_map(|(_, history)| &history.migrations);
    let chosen = |migration: &&crate::migration::Migration| {
        migration.up.iter().any(|section| selected.binary_search(&section.file).is_ok())
    };
    match migrations.filter(chosen).count() {
        0 => Subject::Files,
        count => Subject::Migrations(count),
    }
}
