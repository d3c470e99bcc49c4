//! The phases of a project in the order in which they run, and where each runs.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::RunError;
use super::compile::{Compiled, CompiledPhase};
use crate::migration::Version;
use crate::project::HistoryRole;
use crate::settings::Isolation;
use crate::syntax::directive::History;
use crate::verdict::Audience;

/// Where a phase runs, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Site {
    /// Once, in the database that tenants share.
    Shared,
    /// For each tenant, in that database.
    Member,
    /// For each tenant, in its own database or schema.
    Own,
    /// Once in each tenant's own database.
    OwnShared,
}

/// A phase of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The migration, as an index.
    pub migration: usize,
    /// The phase, as an index.
    pub phase: usize,
    /// Where it runs.
    pub site: Site,
    /// What a ledger's digest has for it.
    pub mark: u64,
}

/// The steps of a project.
#[derive(Debug)]
pub struct Route<'a> {
    /// The migrations.
    pub compiled: &'a [Compiled],
    /// All steps, each behind what it needs.
    pub steps: Vec<Step>,
}

impl<'a> Route<'a> {
    /// Orders the phases of a project.
    ///
    /// # Errors
    ///
    /// The two histories of a hybrid project wait for each other.
    pub fn new(compiled: &'a [Compiled], isolation: Isolation) -> Result<Route<'a>, RunError> {
        for (history, version) in compiled.iter().flat_map(|found| &found.after) {
            let wait = (*history, version.clone());
            if !compiled.iter().any(|found| is_waited(found, &wait) && found.id.version == *version) {
                return Err(RunError::Usage(format!("a migration waits for version `{version}`, which there is not")));
            }
        }
        let mut steps = Vec::new();
        for migration in order(compiled)? {
            for (phase, found) in compiled[migration].phases.iter().enumerate() {
                let site = site(isolation, compiled[migration].role, found.audience);
                steps.push(Step { migration, phase, site, mark: mark(&compiled[migration], found) });
            }
        }
        Ok(Route { compiled, steps })
    }

    /// Returns the migration of a step.
    pub fn migration(&self, step: Step) -> &'a Compiled {
        &self.compiled[step.migration]
    }

    /// Returns the phase of a step.
    pub fn phase(&self, step: Step) -> &'a CompiledPhase {
        &self.compiled[step.migration].phases[step.phase]
    }

    /// Says whether any step runs at one of these sites.
    pub(super) fn uses(&self, sites: &[Site]) -> bool {
        self.steps.iter().any(|step| sites.contains(&step.site))
    }

    /// Says whether a step is of that version and phase.
    pub(super) fn is_step(&self, at: usize, version: &str, phase: &str) -> bool {
        let step = self.steps[at];
        self.migration(step).version == version && self.phase(step).number.to_string() == phase
    }

    /// Returns the steps up to a version, or all; the steps of a migration stay together. Where two histories are
    /// meant, the other goes as far as it has versions up to that one, and as what is wanted waits for.
    ///
    /// # Errors
    ///
    /// No migration has the version.
    pub(super) fn up_to(&self, version: Option<&str>) -> Result<Vec<usize>, RunError> {
        let all = 0..self.steps.len();
        let Some(version) = version else { return Ok(all.collect()) };
        if version.bytes().all(|byte| byte == b'0') {
            return Ok(Vec::new());
        }
        let wanted = Version::new(version);
        let is = |found: &Compiled| found.id.version == wanted || found.id.to_string() == version;
        if !self.compiled.iter().any(is) {
            return Err(RunError::Usage(format!("no migration has version `{version}`")));
        }
        let last = |role: HistoryRole| self.compiled.iter().rposition(|found| found.role == role && is(found));
        let before = |at: usize, found: &Compiled| match last(found.role) {
            Some(last) => at <= last,
            None => found.id.version <= wanted,
        };
        let mut kept: BTreeSet<usize> =
            self.compiled.iter().enumerate().filter(|(at, found)| before(*at, found)).map(|(at, _)| at).collect();
        loop {
            let waited: Vec<&(History, Version)> = kept.iter().flat_map(|at| &self.compiled[*at].after).collect();
            let needed =
                (0..self.compiled.len()).filter(|at| waited.iter().any(|wait| is_waited(&self.compiled[*at], wait)));
            let more: BTreeSet<usize> = needed.filter(|at| !kept.contains(at)).collect();
            if more.is_empty() {
                return Ok(all.filter(|at| kept.contains(&self.steps[*at].migration)).collect());
            }
            kept.extend(more);
        }
    }

    /// Splits steps into runs of those for everybody and those for each tenant.
    pub(super) fn groups(&self, steps: &[usize]) -> Vec<Vec<usize>> {
        self.groups_apart(steps, None)
    }

    /// Splits them, and behind a step besides.
    pub(super) fn groups_apart(&self, steps: &[usize], behind: Option<usize>) -> Vec<Vec<usize>> {
        let is_shared = |at: usize| self.steps[at].site == Site::Shared;
        let is_one = |one: &usize, other: &usize| is_shared(*one) == is_shared(*other) && Some(*one) != behind;
        steps.chunk_by(is_one).map(<[usize]>::to_vec).collect()
    }
}

/// Says whether a migration is among those that an author waits for.
fn is_waited(found: &Compiled, (history, version): &(History, Version)) -> bool {
    let role = match history {
        History::Shared => HistoryRole::Shared,
        History::Tenant => HistoryRole::Tenant,
    };
    found.role == role && found.id.version <= *version
}

fn site(isolation: Isolation, role: HistoryRole, audience: Audience) -> Site {
    match (isolation, role, audience) {
        (Isolation::Row, _, Audience::Shared) | (Isolation::Hybrid, HistoryRole::Shared, Audience::Shared) => {
            Site::Shared
        }
        (Isolation::Row, _, Audience::Tenant) | (Isolation::Hybrid, HistoryRole::Shared, Audience::Tenant) => {
            Site::Member
        }
        (Isolation::Schema, _, Audience::Shared) => Site::Shared,
        (_, _, Audience::Tenant) => Site::Own,
        (_, _, Audience::Shared) => Site::OwnShared,
    }
}

/// Returns the migrations in an order that keeps both histories and what waits for what; the shared one goes first.
fn order(compiled: &[Compiled]) -> Result<Vec<usize>, RunError> {
    let is_tenant = |at: &usize| compiled[*at].role == HistoryRole::Tenant;
    let (mut tenant, mut shared): (Vec<usize>, Vec<usize>) = (0..compiled.len()).rev().partition(is_tenant);
    let mut done = BTreeSet::new();
    let mut order = Vec::new();
    while order.len() < compiled.len() {
        let ready = |queue: &Vec<usize>| {
            queue.last().copied().filter(|at| compiled[*at].after.iter().all(|wait| is_met(compiled, &done, wait)))
        };
        let queue = if ready(&shared).is_some() { &mut shared } else { &mut tenant };
        let Some(next) = ready(queue) else {
            return Err(RunError::Usage("the shared and the tenant history wait for each other".to_owned()));
        };
        queue.pop();
        done.insert(next);
        order.push(next);
    }
    Ok(order)
}

fn is_met(compiled: &[Compiled], done: &BTreeSet<usize>, wait: &(History, Version)) -> bool {
    let mut wanted = compiled.iter().enumerate().filter(|(_, found)| is_waited(found, wait));
    wanted.all(|(at, _)| done.contains(&at))
}

/// Computes what `tenet.mark` computes in the database.
fn mark(migration: &Compiled, phase: &CompiledPhase) -> u64 {
    let text = format!("{}:{}:{}", migration.version, phase.number, migration.checksum);
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(8).fold(0, |mark, byte| mark << 8 | u64::from(*byte))
}
