//! What the declared schema and the histories make, each by itself.
//!
//! Statements are judged against a catalog in which the declared schema stands in for what no history makes. Whether
//! PostgreSQL would refuse a statement, and whether both agree, only the history itself can tell.

use std::collections::BTreeMap;

use super::order::{Job, Rows};
use super::{UNREAD, drift, seat};
use crate::catalog::{Catalog, CatalogError, Origin};
use crate::finding::{FileId, Finding};
use crate::pg::Ident;
use crate::project::Project;
use crate::replay::{Refusal, Replay, Step};
use crate::settings::Settings;
use crate::source::Span;
use crate::statement::Statement;
use crate::syntax::program::READER;

/// The catalogs of a project that has a declared schema.
#[derive(Default)]
pub(super) struct Histories {
    apart: Option<Apart>,
}

struct Apart {
    declared: BTreeMap<Rows, Replay>,
    made: BTreeMap<Rows, Replay>,
    settings: Settings,
}

impl Histories {
    /// Says whether the histories are followed apart from the declared schema.
    pub(super) fn are_apart(&self) -> bool {
        self.apart.is_some()
    }

    /// Keeps what the declared schema makes, and follows the histories without it from now on.
    pub(super) fn part(&mut self, declared: &BTreeMap<Rows, Replay>, settings: &Settings) {
        let settings = settings.clone();
        self.apart = Some(Apart { declared: declared.clone(), made: BTreeMap::new(), settings });
    }

    /// Begins a file of two histories of one database.
    pub(super) fn sit(&mut self, job: &Job, path: &[Ident]) {
        if let (Some(apart), true) = (&mut self.apart, job.is_history()) {
            apart.made(Rows::OneTenant).sit(path);
        }
    }

    /// Returns what follows a file on what is shared where tenants have tables of their own beside it.
    pub(super) fn beside(&mut self, job: &Job) -> Option<&mut Replay> {
        let apart = self.apart.as_mut().filter(|_| job.is_history())?;
        Some(apart.made(Rows::OneTenant))
    }

    /// Returns what the histories make, once they are followed apart.
    pub(super) fn made(&self) -> impl Iterator<Item = &Replay> {
        self.apart.iter().flat_map(|apart| apart.made.values())
    }

    /// Returns what follows the history of a file apart from the declared schema.
    pub(super) fn of(&mut self, job: &Job) -> Option<&mut Replay> {
        match (&mut self.apart, job.is_history()) {
            (Some(apart), true) => Some(apart.made(job.rows)),
            _ => None,
        }
    }

    /// Follows a statement of a history, and returns its refusal and the step that can be believed; `beside` is what the
    /// judged catalog says.
    pub(super) fn step(
        &mut self,
        job: &Job,
        statement: &Statement,
        origin: Origin,
        beside: Step,
    ) -> (Option<Refusal>, Step) {
        if !job.is_migration() {
            return (beside.refusal.clone().filter(|refusal| is_duplicate(&refusal.error)), beside);
        }
        let (refusal, step) = match self.of(job) {
            Some(made) => {
                let step = made.step(statement, origin);
                let refusal = step.refusal.clone();
                (refusal, if made.is_whole() { step } else { beside })
            }
            None => (beside.refusal.clone(), beside),
        };
        // Scripts that are named by hand may belong to different histories.
        let within = |refusal: &Refusal| refusal.evidence.as_ref().is_some_and(|found| found.origin.file == job.file);
        (refusal.filter(|refusal| job.is_history() || within(refusal)), step)
    }

    /// Takes note of a statement that is not read.
    pub(super) fn doubt(&mut self, job: &Job, origin: Origin) {
        if let (Some(apart), true) = (&mut self.apart, job.is_history()) {
            for rows in seat::sides(&apart.settings.clone(), job.rows) {
                apart.made(*rows).doubt(UNREAD, origin);
            }
        }
    }

    /// Ends the session of a file.
    pub(super) fn end_session(&mut self, job: &Job) {
        if let (Some(apart), true) = (&mut self.apart, job.is_history()) {
            for rows in seat::sides(&apart.settings.clone(), job.rows) {
                apart.made(*rows).end_session();
            }
        }
    }

    /// Returns where the declared schema and a history that makes everything itself disagree.
    pub(super) fn drift(&self, project: &Project) -> Vec<Finding> {
        let Some(apart) = &self.apart else { return Vec::new() };
        let mut findings = Vec::new();
        let mut seen: Vec<(FileId, Span)> = Vec::new();
        let is_new = |seen: &[(FileId, Span)], found: &Finding| !seen.contains(&(found.file, found.span));
        for (rows, declared) in &apart.declared {
            if let Some(made) = apart.made.get(rows)
                && made.is_whole()
                && declared.catalog().doubt.is_none()
                && is_own(made.catalog(), declared.catalog())
            {
                let found = drift::findings(project, declared.catalog(), made.catalog());
                // Where tenants' own tables lie beside what is shared, that is seen twice.
                findings.extend(found.into_iter().filter(|found| is_new(&seen, found)).collect::<Vec<_>>());
                seen.extend(findings.iter().map(|found: &Finding| (found.file, found.span)));
            }
        }
        findings
    }
}

impl Apart {
    fn made(&mut self, rows: Rows) -> &mut Replay {
        let settings = &self.settings;
        self.made.entry(rows).or_insert_with(|| seat::begin(settings, rows).reading(READER).proving())
    }
}

fn is_duplicate(error: &CatalogError) -> bool {
    use CatalogError as E;
    matches!(error, E::DuplicateTable(_) | E::DuplicateColumn(..) | E::DuplicateObject(..) | E::Duplicate(_))
}

/// Says whether a history makes any relation of the declared schema; one that makes none began elsewhere.
fn is_own(made: &Catalog, declared: &Catalog) -> bool {
    declared.relations().any(|relation| made.relation(&relation.name).is_some())
}
