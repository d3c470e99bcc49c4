//! `rollback`: what was done for a tenant, or in a run, is undone, the last first.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::{first, known};
use super::interpret::literal;
use super::inventory::{self, Inventory, Tenant};
use super::report::{Event, RunReport, State, TenantReport, phase_name};
use super::route::Site;
use super::session::{Found, Ledger, Session};
use super::standing::Closed;
use super::tenants::{Turn, each};
use super::trouble::{Class, Trouble};
use super::visit::{Hand, Proof, Task, is_conflict};
use super::{Context, RunError, frozen};
use crate::emit::Way;

/// What is undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo {
    /// What these tenants have beyond a version; what they share stays.
    Tenants {
        /// The tenants.
        ids: Vec<String>,
        /// The last version that stays; all zeros for none.
        to: String,
    },
    /// What a run did, for everybody.
    Run(String),
}

/// Undoes.
///
/// # Errors
///
/// What keeps the undoing from beginning. What goes wrong later is in the report.
pub fn rollback(
    context: &Context<'_>,
    undo: &Undo,
    jobs: usize,
    tell: &mut dyn FnMut(Event),
) -> Result<RunReport, RunError> {
    let mut undoing = Undoing::new(context, undo, jobs)?;
    for group in context.route.groups(&steps(context, undo)?).into_iter().rev() {
        if undoing.halted.is_some() || context.stop.is_asked() {
            break;
        }
        let steps: Vec<usize> = group.into_iter().rev().collect();
        match context.route.steps[steps[0]].site {
            Site::Shared => undoing.shared(&steps, tell)?,
            _ => undoing.tenants(&steps, tell),
        }
    }
    undoing.end()
}

/// Returns the steps that may have to be undone, in the order in which they were done.
pub(super) fn steps(context: &Context<'_>, undo: &Undo) -> Result<Vec<usize>, RunError> {
    let all = 0..context.route.steps.len();
    match undo {
        Undo::Run(_) => Ok(all.collect()),
        Undo::Tenants { to, .. } => {
            let kept: BTreeSet<usize> = context.route.up_to(Some(to))?.into_iter().collect();
            let own = |at: &usize| context.route.steps[*at].site != Site::Shared;
            Ok(all.filter(|at| !kept.contains(at) && own(at)).collect())
        }
    }
}

struct Undoing<'a> {
    context: &'a Context<'a>,
    undo: &'a Undo,
    jobs: usize,
    desk: Option<Session<'a>>,
    hand: Hand<'a>,
    tenants: Vec<Tenant>,
    /// Who had something to undo.
    undone: BTreeSet<String>,
    troubles: BTreeMap<String, Trouble>,
    is_found: bool,
    /// How many phases were undone.
    ran: usize,
    halted: Option<String>,
}

impl<'a> Undoing<'a> {
    fn new(context: &'a Context<'a>, undo: &'a Undo, jobs: usize) -> Result<Self, RunError> {
        let mut undoing = Undoing {
            context,
            undo,
            jobs,
            desk: None,
            hand: Hand::new(context),
            tenants: Vec::new(),
            undone: BTreeSet::new(),
            troubles: BTreeMap::new(),
            is_found: false,
            ran: 0,
            halted: None,
        };
        if context.is_shared() {
            let target = context.places.shared()?;
            let (mut session, found) = Session::open(context, &target, Ledger::Look).map_err(first)?;
            if found == Found::Absent {
                return Err(RunError::Usage("nothing was ever applied here".to_owned()));
            }
            session.ledger(Ledger::Install).map_err(first)?;
            context.refuse_poolers(&target)?;
            undoing.desk = Some(session);
        }
        undoing.ask()?;
        Ok(undoing)
    }

    /// Finds out whom the undoing is about.
    fn ask(&mut self) -> Result<(), RunError> {
        let connection = self.desk.as_mut().map(|desk| &mut desk.connection);
        let listed = match inventory::read(self.context.settings, &self.context.places, connection)? {
            Inventory::Known(tenants) => tenants,
            Inventory::NotYet => Vec::new(),
        };
        match self.undo {
            Undo::Tenants { ids, .. } => {
                known(&listed, ids)?;
                self.tenants = listed.into_iter().filter(|tenant| ids.contains(&tenant.id)).collect();
                self.is_found = true;
            }
            Undo::Run(run) => {
                let of_run = self.members(run)?;
                // Who left the inventory since has rows and a ledger all the same.
                let gone = of_run.iter().filter(|id| !listed.iter().any(|tenant| tenant.id == **id));
                let gone: Vec<Tenant> = gone.map(|id| Tenant { id: id.clone(), ..Tenant::default() }).collect();
                let apart = !self.context.places.is_schema() && self.context.route.uses(&[Site::Own, Site::OwnShared]);
                let is_of_run = |tenant: &Tenant| apart || of_run.contains(&tenant.id);
                self.tenants = listed.into_iter().filter(is_of_run).chain(gone).collect();
            }
        }
        Ok(())
    }

    /// Returns the tenants for whom a run did something in the shared database.
    fn members(&mut self, run: &str) -> Result<BTreeSet<String>, RunError> {
        let Some(desk) = &mut self.desk else { return Ok(BTreeSet::new()) };
        let query = format!(
            "SELECT tenant FROM tenet.event WHERE run = {run} AND action IN ('applied', 'intended')
             UNION SELECT tenant FROM tenet.batch WHERE {run} = ANY (runs)",
            run = literal(run)
        );
        let rows = desk.send(&query).map_err(first)?.into_iter().find_map(|found| found.rows).unwrap_or_default();
        self.is_found |= !rows.values.is_empty();
        Ok(rows.values.into_iter().flatten().flatten().collect())
    }

    fn task<'t>(&self, steps: &'t [usize], none: &'t Closed) -> Task<'t>
    where
        'a: 't,
    {
        let of_run = match self.undo {
            Undo::Run(run) => Some(run.as_str()),
            Undo::Tenants { .. } => None,
        };
        Task { steps, way: Way::Rollback, closed: none, of_run, proof: Proof::OfNobody }
    }

    fn tenants(&mut self, steps: &[usize], tell: &mut dyn FnMut(Event)) {
        let none = Closed::default();
        let task = self.task(steps, &none);
        let left: Vec<&Tenant> = self.tenants.iter().filter(|tenant| !self.troubles.contains_key(&tenant.id)).collect();
        let (mut undone, mut troubles) = (Vec::new(), Vec::new());
        let work = |hand: &mut Hand<'_>, tenant: &Tenant, tell: &mut dyn FnMut(Event)| {
            let ran = hand.visit(tenant, task, tell)?;
            Ok((ran, std::mem::take(&mut hand.has_met_run)))
        };
        let (mut is_found, mut count) = (false, 0);
        let mut turn = |turn: Turn<(usize, bool)>| {
            let id = left[turn.tenant].id.clone();
            match turn.result {
                Ok((ran, has_met_run)) => {
                    is_found |= has_met_run;
                    undone.extend((ran > 0).then_some(id));
                }
                Err(trouble) => troubles.push((id, trouble)),
            }
        };
        if !left.is_empty() {
            // Whoever fails may have come some way.
            let mut counting = |event: Event| {
                count += usize::from(matches!(event, Event::Ran { .. }));
                tell(event);
            };
            each(self.context, &left, self.jobs, &work, &mut counting, &mut turn);
        }
        self.is_found |= is_found;
        self.ran += count;
        self.undone.extend(undone);
        self.troubles.extend(troubles);
    }

    /// Undoes what is for everybody, once nobody has anything any more that was built on it.
    fn shared(&mut self, steps: &[usize], tell: &mut dyn FnMut(Event)) -> Result<(), RunError> {
        let Undo::Run(run) = self.undo else { return Ok(()) };
        let Some(desk) = &mut self.desk else { return Ok(()) };
        let of_run = desk.steps_of_run(super::standing::Chain::Shared, run).map_err(first)?;
        let route = self.context.route;
        let is = |at: &&usize| of_run.iter().any(|(version, phase)| route.is_step(**at, version, phase));
        let Some(last) = steps.iter().find(is) else { return Ok(()) };
        let name = phase_name(route, route.steps[*last]);
        if !self.troubles.is_empty() {
            let whom = match self.troubles.len() {
                1 => "1 tenant still has".to_owned(),
                count => format!("{count} tenants still have"),
            };
            self.halted = Some(format!("{name} stays: {whom} what was built on it"));
            return Ok(());
        }
        if let Some((tenant, run)) = self.built_on(*last)? {
            let first = run.map_or_else(String::new, |run| format!("\nhelp: `tenet rollback --run {run}` first"));
            self.halted = Some(format!("{name} stays: tenant `{tenant}` has what a later run built on it{first}"));
            return Ok(());
        }
        let none = Closed::default();
        let task = self.task(steps, &none);
        match self.hand.visit_shared(task, tell) {
            Ok(ran) => {
                self.ran += ran;
                Ok(())
            }
            Err(trouble) if trouble.class == Class::Stopped => Ok(()),
            Err(trouble) => {
                self.halted = Some(trouble.to_string());
                Ok(())
            }
        }
    }

    /// Returns a tenant that still has a step behind one that is for everybody, and the run that did it, if any.
    fn built_on(&mut self, shared: usize) -> Result<Option<(String, Option<String>)>, RunError> {
        let route = self.context.route;
        let later = (shared + 1..route.steps.len()).filter(|at| route.steps[*at].site == Site::Member).map(|at| {
            let step = route.steps[at];
            format!("({}, {})", literal(&route.migration(step).version), route.phase(step).number)
        });
        let later: Vec<String> = later.collect();
        if later.is_empty() {
            return Ok(None);
        }
        let query = format!(
            "SELECT m.tenant, (SELECT e.run FROM tenet.event AS e
                 WHERE (e.version, e.phase, e.tenant, e.action) = (m.version, m.phase, m.tenant, 'applied')
                 ORDER BY e.id DESC LIMIT 1)
             FROM tenet.migration AS m
             WHERE m.tenant IS NOT NULL AND m.rolled_back_at IS NULL AND (m.version, m.phase) IN ({}) LIMIT 1",
            later.join(", ")
        );
        let Some(desk) = &mut self.desk else { return Ok(None) };
        let row = super::session::one_row(desk.send(&query).map_err(first)?);
        let mut row = row.into_iter();
        Ok(row.next().flatten().map(|tenant| (tenant, row.next().flatten())))
    }

    fn end(mut self) -> Result<RunReport, RunError> {
        if self.ran > 0 {
            self.context.servers.look_again();
        }
        self.halted = self.halted.or_else(|| self.context.servers.promoted());
        let is_whole = self.troubles.is_empty() && self.halted.is_none() && !self.context.stop.is_asked();
        if let (Undo::Run(run), Some(desk), true) = (self.undo, &mut self.desk, is_whole) {
            // Nobody goes on with what was undone.
            frozen::end(desk, run).map_err(first)?;
        }
        if let (Undo::Run(run), false, true) = (self.undo, self.is_found, self.troubles.is_empty()) {
            return Err(RunError::Usage(format!("no run `{run}` is known here")));
        }
        let by_name = matches!(self.undo, Undo::Tenants { .. });
        let told =
            |tenant: &&Tenant| by_name || self.undone.contains(&tenant.id) || self.troubles.contains_key(&tenant.id);
        let is_interrupted = self.context.stop.is_asked();
        let report = |tenant: &Tenant| {
            let (state, error) = match self.troubles.get(&tenant.id) {
                Some(trouble) if trouble.class == Class::Stopped => (State::Pending, None),
                Some(trouble) if is_conflict(Way::Rollback, trouble) => (State::Conflict, Some(trouble.to_string())),
                Some(trouble) => (State::Failed, Some(trouble.to_string())),
                None if is_interrupted => (State::Pending, None),
                None => (State::RolledBack, None),
            };
            TenantReport { tenant: tenant.id.clone(), state, error }
        };
        let tenants = self.tenants.iter().filter(told).map(report).collect();
        Ok(RunReport { run: self.context.run.clone(), tenants, halted: self.halted, is_interrupted, ran: self.ran })
    }
}
