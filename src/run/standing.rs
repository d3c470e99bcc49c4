//! What a chain of the ledger says is applied, worked out from its digest where that is possible.

use std::collections::{BTreeMap, BTreeSet};

use super::frozen::Frozen;
use super::route::{Route, Site, Step};
use super::trouble::Trouble;
use crate::db::{Connection, DbError, Rows};

/// The end of a chain, as `tenet.standing` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) applied: usize,
    pub(super) digest: u64,
    pub(super) state: String,
    pub(super) version: String,
    pub(super) error: Option<String>,
    pub(super) events: usize,
    /// The first event.
    pub(super) began: u64,
}

/// The columns that [`Standing::of_row`] reads, behind the tenant.
pub(super) const COLUMNS: &str = "tenant, applied, digest, state, version, error, events, began";

impl Standing {
    /// Reads a row of [`COLUMNS`]: the tenant, empty for what is shared, and its standing.
    pub(super) fn of_row(row: &[Option<String>]) -> Option<(String, Standing)> {
        let text = |at: usize| row.get(at).cloned().flatten();
        let digest: i64 = text(2)?.parse().ok()?;
        let standing = Standing {
            applied: text(1)?.parse().ok()?,
            digest: u64::from_be_bytes(digest.to_be_bytes()),
            state: text(3)?,
            version: text(4)?,
            error: text(5),
            events: text(6)?.parse().ok()?,
            began: text(7)?.parse().ok()?,
        };
        Some((text(0)?, standing))
    }

    /// Reads all rows of a result.
    pub(super) fn of_rows(rows: &Rows) -> impl Iterator<Item = (String, Standing)> {
        rows.values.iter().filter_map(|row| Standing::of_row(row))
    }
}

/// What a chain says of one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// Nothing.
    Never,
    /// It is applied.
    Applied,
    /// It was applied, and undone.
    RolledBack,
}

/// The steps that every tenant of some time has, and the event that says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Closed {
    /// For each step the first event that closes it.
    steps: BTreeMap<usize, u64>,
    /// These events, each once, in their order.
    events: Vec<u64>,
    /// The run that is to close more.
    pub(super) frozen: Option<Frozen>,
}

impl Closed {
    /// Reads the events that close steps; who has the last of some steps has those before it.
    pub(super) fn of(steps: &[usize], events: &[(usize, u64)]) -> Self {
        let first = |step: &usize| events.iter().filter(|(closed, _)| closed >= step).map(|(_, event)| *event).min();
        let steps: BTreeMap<usize, u64> = steps.iter().filter_map(|step| Some((*step, first(step)?))).collect();
        let events: BTreeSet<u64> = steps.values().copied().collect();
        Closed { steps, events: events.into_iter().collect(), frozen: None }
    }

    pub(super) fn contains(&self, step: usize) -> bool {
        self.steps.contains_key(&step)
    }

    /// Returns how much was closed before a tenant came, and whether it came behind the beginning of the run that goes on: who
    /// has the same is excused from the same.
    pub(super) fn before(&self, tenant: &str, standing: Option<&Standing>) -> (usize, bool) {
        let came = |standing: &Standing| self.events.partition_point(|event| *event < standing.began);
        (standing.map_or(self.events.len(), came), self.is_late(0, tenant, standing))
    }

    /// Says whether a tenant does not need a step that it never had: it came when all others had it, or were about to get it.
    pub(super) fn excuses(&self, step: usize, tenant: &str, standing: Option<&Standing>) -> bool {
        let is_closed = |event: &u64| standing.is_none_or(|standing| standing.began > *event);
        self.steps.get(&step).is_some_and(is_closed) || self.is_late(step, tenant, standing)
    }

    fn is_late(&self, step: usize, tenant: &str, standing: Option<&Standing>) -> bool {
        standing.is_none() && self.frozen.as_ref().is_some_and(|frozen| frozen.excuses(step, tenant))
    }
}

/// What a digest tells without reading events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// What each step of the chain is, in their order.
    Exactly(Vec<Done>),
    /// Events have to be read.
    Unclear,
}

/// Works out which steps of a chain are applied. Steps are applied in order, so they are a run of neighbours: from the
/// first, or from a later one for a tenant that is younger than the first.
pub(super) fn known(marks: &[u64], standing: Option<&Standing>) -> Known {
    let Some(standing) = standing else { return Known::Exactly(vec![Done::Never; marks.len()]) };
    let length = standing.applied;
    // What was undone, or failed and was done again, is known from events alone.
    let plain = standing.events == length;
    if length > marks.len() {
        return Known::Unclear;
    }
    let mut digest = marks.iter().take(length).fold(0, |digest, mark| digest ^ mark);
    for start in 0..=marks.len() - length {
        if digest == standing.digest && (plain || start == 0) {
            let done = |at: usize| (start..start + length).contains(&at);
            let state = |at| if done(at) { Done::Applied } else { Done::Never };
            let clear = plain || marks.len() == length;
            return if clear { Known::Exactly((0..marks.len()).map(state).collect()) } else { Known::Unclear };
        }
        let Some(next) = marks.get(start + length) else { break };
        digest ^= marks[start] ^ next;
    }
    Known::Unclear
}

/// Which chain of a database is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chain<'a> {
    /// What runs once.
    Shared,
    /// What runs for this tenant.
    Of(&'a str),
}

impl<'a> Chain<'a> {
    /// Returns the name that `tenet.standing` has for it.
    pub(super) fn name(self) -> &'a str {
        match self {
            Chain::Shared => "",
            Chain::Of(tenant) => tenant,
        }
    }

    /// Returns the tenant as an SQL literal.
    pub(super) fn literal(self) -> String {
        match self {
            Chain::Shared => "NULL".to_owned(),
            Chain::Of(tenant) => super::interpret::literal(tenant),
        }
    }

    /// Returns a condition that holds for the rows of this chain, in a form for which there are indexes.
    pub(super) fn rows(self) -> String {
        match self {
            Chain::Shared => "tenant IS NULL".to_owned(),
            Chain::Of(_) => format!("tenant = {}", self.literal()),
        }
    }
}

/// The steps of one chain and what is known of them; steps are indexes in the route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress(BTreeMap<usize, Done>);

impl Progress {
    pub(super) fn get(&self, step: usize) -> Done {
        self.0.get(&step).copied().unwrap_or(Done::Never)
    }

    /// Forgets all but the steps that one run applied, given as version and phase; returns one that is applied, comes
    /// behind them, and is not among them.
    pub(super) fn keep(&mut self, route: &Route<'_>, of_run: &[(String, String)]) -> Option<usize> {
        let is = |at: usize| of_run.iter().any(|(version, phase)| route.is_step(at, version, phase));
        let applied = |at: &usize| self.get(*at) == Done::Applied;
        let first = self.0.keys().copied().find(|at| is(*at) && applied(at));
        let later = self.0.keys().copied().find(|at| first.is_some_and(|first| *at > first) && !is(*at) && applied(at));
        self.0.retain(|at, _| is(*at));
        later
    }

    /// Counts steps that were only begun among those that are applied: there is something to undo.
    pub(super) fn begun(&mut self, route: &Route<'_>, begun: &[(String, String)]) {
        let is = |at: usize| begun.iter().any(|(version, phase)| route.is_step(at, version, phase));
        for (at, done) in &mut self.0 {
            if is(*at) {
                *done = Done::Applied;
            }
        }
    }

    pub(super) fn set(&mut self, step: usize, done: Done) {
        self.0.insert(step, done);
    }
}

/// Returns the steps at some sites, as indexes in the route.
pub(super) fn steps_at(route: &Route<'_>, sites: &[Site]) -> Vec<usize> {
    (0..route.steps.len()).filter(|at| sites.contains(&route.steps[*at].site)).collect()
}

/// Returns what a chain says without reading its events; `None` when they have to be read.
pub(super) fn at_a_glance(route: &Route<'_>, steps: &[usize], standing: Option<&Standing>) -> Option<Progress> {
    let marks: Vec<u64> = steps.iter().map(|at| route.steps[*at].mark).collect();
    match known(&marks, standing) {
        Known::Exactly(done) => Some(Progress(steps.iter().copied().zip(done).collect())),
        Known::Unclear => None,
    }
}

/// Reads what a chain says of steps. What is applied and not in the project, or from another text, is refused.
pub(super) fn read(
    route: &Route<'_>,
    steps: &[usize],
    chain: Chain<'_>,
    standing: Option<&Standing>,
    connection: &mut Connection,
) -> Result<Progress, Trouble> {
    match at_a_glance(route, steps, standing) {
        Some(progress) => Ok(progress),
        None => read_events(route, steps, chain, connection),
    }
}

/// Reads the same from events, which also say what was undone.
fn read_events(
    route: &Route<'_>,
    steps: &[usize],
    chain: Chain<'_>,
    connection: &mut Connection,
) -> Result<Progress, Trouble> {
    let query = format!(
        "SELECT version, phase::text, checksum, action FROM tenet.event
         WHERE {} AND action IN ('applied', 'rolled_back') ORDER BY id",
        chain.rows()
    );
    let outcomes = connection.send(&query).map_err(Trouble::of)?;
    let rows = outcomes.into_iter().find_map(|outcome| outcome.rows).unwrap_or_default();
    let mut last = BTreeMap::new();
    for row in rows.values {
        let found = row.len();
        let Ok([Some(version), Some(phase), Some(checksum), Some(action)]) = <[_; 4]>::try_from(row) else {
            return Err(Trouble::of(DbError::Statements { found }));
        };
        last.insert((version, phase), (checksum, action == "applied"));
    }
    let mut progress = Progress(steps.iter().map(|step| (*step, Done::Never)).collect());
    for ((version, phase), (checksum, is_applied)) in &last {
        let step = steps.iter().find(|step| route.is_step(**step, version, phase));
        match (step, is_applied) {
            (Some(step), true) => {
                same_text(route, route.steps[*step], checksum)?;
                progress.set(*step, Done::Applied);
            }
            (Some(step), false) => progress.set(*step, Done::RolledBack),
            (None, true) => {
                return Err(Trouble::refusal(format!(
                    "{version}, phase {phase}, is applied and not part of this project: is it older than the database?"
                )));
            }
            (None, false) => {}
        }
    }
    Ok(progress)
}

fn same_text(route: &Route<'_>, step: Step, checksum: &str) -> Result<(), Trouble> {
    let migration = route.migration(step);
    if migration.checksum == checksum {
        return Ok(());
    }
    Err(Trouble::refusal(format!(
        "migration {} has changed since it was applied: bring its text back, and write another migration",
        migration.id
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(applied: usize, digest: u64, events: usize) -> Standing {
        let (state, version) = ("applied".to_owned(), String::new());
        Standing { applied, digest, state, version, error: None, events, began: 1 }
    }

    fn shown(known: Known) -> String {
        match known {
            Known::Unclear => "?".to_owned(),
            Known::Exactly(done) => done.iter().map(|done| if *done == Done::Applied { 'x' } else { '.' }).collect(),
        }
    }

    #[test]
    fn a_digest_tells_what_is_applied() {
        let marks = [1, 2, 4, 8];
        assert_eq!(shown(known(&marks, None)), "....");
        assert_eq!(shown(known(&marks, Some(&standing(2, 3, 2)))), "xx..");
        assert_eq!(shown(known(&marks, Some(&standing(4, 15, 4)))), "xxxx");
        // A tenant that came when the first two were history.
        assert_eq!(shown(known(&marks, Some(&standing(1, 4, 1)))), "..x.");
        assert_eq!(shown(known(&marks, Some(&standing(0, 0, 0)))), "....");
    }

    #[test]
    fn who_was_there_when_a_step_was_closed_needs_it() {
        let closed = Closed::of(&[0, 2, 5], &[(2, 10), (5, 20)]);
        let began = |began| Standing { began, ..standing(0, 0, 1) };
        let needs = |standing: Option<&Standing>| [0, 2, 5, 7].map(|step| !closed.excuses(step, "acme", standing));
        assert_eq!(needs(None), [false, false, false, true]);
        assert_eq!(needs(Some(&began(9))), [true, true, true, true]);
        assert_eq!(needs(Some(&began(11))), [false, false, true, true]);
        assert_eq!(needs(Some(&began(21))), [false, false, false, true]);
    }

    #[test]
    fn a_digest_that_fits_nothing_tells_nothing() {
        let marks = [1, 2, 4, 8];
        // Another text, more than there is, a gap.
        assert_eq!(shown(known(&marks, Some(&standing(2, 7, 2)))), "?");
        assert_eq!(shown(known(&marks, Some(&standing(5, 31, 5)))), "?");
        assert_eq!(shown(known(&marks, Some(&standing(2, 5, 2)))), "?");
        // Something failed or was undone: what was, events say.
        assert_eq!(shown(known(&marks, Some(&standing(2, 3, 4)))), "?");
        assert_eq!(shown(known(&marks, Some(&standing(4, 15, 9)))), "xxxx");
    }
}
