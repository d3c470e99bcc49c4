//! What the declared schema and the histories make, each by itself.
//!
//! Statements are judged against a catalog in which the declared schema stands in for what no history makes. Whether
//! PostgreSQL would refuse a statement, and whether both agree, only the history itself can tell.

use std::collections::BTreeMap;

use super::order::{Job, Rows};
use super::{UNREAD, drift};
use crate::catalog::{Catalog, CatalogError, Origin};
use crate::finding::Finding;
use crate::project::Project;
use crate::replay::{Refusal, Replay, Step};
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
    search_path: Vec<crate::pg::Ident>,
}

impl Histories {
    /// Says whether the histories are followed apart from the declared schema.
    pub(super) fn are_apart(&self) -> bool {
        self.apart.is_some()
    }

    /// Keeps what the declared schema makes, and follows the histories without it from now on.
    pub(super) fn part(&mut self, declared: &BTreeMap<Rows, Replay>) {
        let search_path = declared.values().next().map(|replay| replay.catalog().search_path.clone());
        let search_path = search_path.unwrap_or_default();
        self.apart = Some(Apart { declared: declared.clone(), made: BTreeMap::new(), search_path });
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
            apart.made(job.rows).doubt(UNREAD, origin);
        }
    }

    /// Ends the session of a file.
    pub(super) fn end_session(&mut self, job: &Job) {
        if let (Some(apart), true) = (&mut self.apart, job.is_history()) {
            apart.made(job.rows).end_session();
        }
    }

    /// Returns where the declared schema and a history that makes everything itself disagree.
    pub(super) fn drift(&self, project: &Project) -> Vec<Finding> {
        let Some(apart) = &self.apart else { return Vec::new() };
        let mut findings = Vec::new();
        for (rows, declared) in &apart.declared {
            if let Some(made) = apart.made.get(rows)
                && made.is_whole()
                && declared.catalog().doubt.is_none()
                && is_own(made.catalog(), declared.catalog())
            {
                findings.extend(drift::findings(project, declared.catalog(), made.catalog()));
            }
        }
        findings
    }
}

impl Apart {
    fn made(&mut self, rows: Rows) -> &mut Replay {
        self.made.entry(rows).or_insert_with(|| Replay::new(self.search_path.clone()).reading(READER).proving())
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
