//! `apply`: everything that is pending, in the order of the histories.

use std::collections::BTreeMap;

use super::inventory::{self, Inventory, Tenant};
use super::report::{Event, RunReport, State, TenantReport, phase_name};
use super::route::{Route, Site};
use super::session::{Ledger, Session, one_row};
use super::standing::{COLUMNS, Chain, Closed, Done, Progress, Standing, at_a_glance, steps_at};
use super::tenants::{Turn, each};
use super::trouble::{Class, Trouble};
use super::visit::{Hand, Proof, Task};
use super::{Context, RunError, live};
use crate::db::Connection;

/// Which tenants are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All of the inventory.
    All,
    /// These.
    Tenants(Vec<String>),
}

/// What is asked of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The tenants.
    pub selection: Selection,
    /// The last version that is wanted; `None` for the newest.
    pub to: Option<String>,
    /// How many tenants at a time.
    pub jobs: usize,
    /// What is made for a new tenant.
    pub provision: Provision,
}

/// What is made for a new tenant before migrations run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provision {
    /// Nothing: it is there.
    Nothing,
    /// An empty database or schema.
    Empty,
    /// A copy of this database.
    CopyOf(String),
}

/// Applies what is pending.
///
/// # Errors
///
/// What keeps the run from beginning. What goes wrong later is in the report.
pub fn apply(context: &Context<'_>, asked: &Asked, tell: &mut dyn FnMut(Event)) -> Result<RunReport, RunError> {
    let steps = context.route.up_to(asked.to.as_deref())?;
    let mut conductor = Conductor::new(context, asked, &steps)?;
    let behind = conductor.closed.frozen.as_ref().map(|frozen| frozen.last);
    for group in context.route.groups_apart(&steps, behind) {
        if conductor.halted.is_some() || context.stop.is_asked() {
            break;
        }
        match context.route.steps[group[0]].site {
            Site::Shared => conductor.shared(group, tell)?,
            _ => conductor.tenants(group, tell)?,
        }
    }
    conductor.end(tell)
}

/// Makes what new tenants' own tables will lie in.
fn provision(context: &Context<'_>, asked: &Asked, tenants: &[&Tenant]) -> Result<(), RunError> {
    let template = match &asked.provision {
        Provision::Nothing => return Ok(()),
        Provision::Empty => None,
        Provision::CopyOf(template) => Some(template.as_str()),
    };
    tenants.iter().try_for_each(|tenant| live::provision(context, tenant, template))
}

/// Why nobody else begins.
const FULL: &str = "a server's disk is full";

const MAKE_ROOM: &str = "what was begun there is undone; make room, and the same command goes on";

/// Whether tenants that stand alike, and came when as much was closed, have something to do.
type Alike = BTreeMap<(Option<(usize, u64, usize)>, (usize, bool)), bool>;

/// Knows how far a run has come.
pub(super) struct Conductor<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) asked: &'a Asked,
    /// All that is wanted.
    pub(super) steps: &'a [usize],
    /// The connection that reads what is for everybody.
    pub(super) desk: Option<Session<'a>>,
    hand: Hand<'a>,
    /// `None` while the query cannot run yet.
    pub(super) inventory: Option<Vec<Tenant>>,
    pub(super) closed: Closed,
    /// Whether it is taken down whom the run is about.
    pub(super) is_frozen: bool,
    /// Who has rows and is not in the inventory.
    pub(super) absent: Vec<String>,
    /// Where the chains of the shared database end.
    pub(super) standings: BTreeMap<String, Standing>,
    troubles: BTreeMap<String, Trouble>,
    /// How many phases were run.
    ran: usize,
    /// Whether any tenant's database was reached.
    reached: bool,
    halted: Option<String>,
}

impl<'a> Conductor<'a> {
    fn new(context: &'a Context<'a>, asked: &'a Asked, steps: &'a [usize]) -> Result<Self, RunError> {
        let mut conductor = Conductor {
            context,
            asked,
            steps,
            desk: None,
            hand: Hand::new(context),
            inventory: None,
            closed: Closed::default(),
            is_frozen: false,
            absent: Vec::new(),
            standings: BTreeMap::new(),
            troubles: BTreeMap::new(),
            ran: 0,
            reached: false,
            halted: None,
        };
        if context.is_shared() {
            let target = context.places.shared()?;
            conductor.desk = Some(Session::open(context, &target, Ledger::Install).map_err(first)?.0);
            context.refuse_poolers(&target)?;
            conductor.closed = conductor.desk()?.closed().map_err(first)?;
            conductor.reached = true;
        }
        conductor.ask()?;
        Ok(conductor)
    }

    pub(super) fn desk(&mut self) -> Result<&mut Session<'a>, RunError> {
        self.desk.as_mut().ok_or_else(|| RunError::Halted("no shared database is open".to_owned()))
    }

    /// Asks who the tenants are, if that is not known yet; who is asked for and not among them is refused.
    fn ask(&mut self) -> Result<(), RunError> {
        if self.inventory.is_some() {
            return Ok(());
        }
        if !self.context.route.uses(&[Site::Member, Site::Own, Site::OwnShared])
            && self.asked.selection == Selection::All
        {
            // Nothing is for tenants, so nobody has to say who they are.
            let known = inventory::read(self.context.settings, &self.context.places, self.connection());
            self.inventory = Some(match known {
                Ok(Inventory::Known(tenants)) => tenants,
                _ => Vec::new(),
            });
            return self.read_standings();
        }
        match inventory::read(self.context.settings, &self.context.places, self.connection())? {
            Inventory::NotYet => return Ok(()),
            Inventory::Known(tenants) => {
                let mut tenants = tenants;
                match (&self.asked.selection, &self.asked.provision) {
                    (Selection::Tenants(wanted), Provision::Nothing) => known(&tenants, wanted)?,
                    // Who is made now may be listed later.
                    (Selection::Tenants(wanted), _) => {
                        let is_new = |id: &&String| !tenants.iter().any(|tenant| tenant.id == **id);
                        let new: Vec<&String> = wanted.iter().filter(is_new).collect();
                        let new = new.into_iter().map(|id| Tenant { id: id.clone(), ..Tenant::default() });
                        tenants.extend(new.collect::<Vec<_>>());
                    }
                    (Selection::All, _) => {}
                }
                self.inventory = Some(tenants);
            }
        }
        self.read_standings()
    }

    fn connection(&mut self) -> Option<&mut Connection> {
        self.desk.as_mut().map(|desk| &mut desk.connection)
    }

    /// Reads where the chains of all tenants end, so that nobody is visited who has everything.
    fn read_standings(&mut self) -> Result<(), RunError> {
        if self.desk.is_none() {
            return Ok(());
        }
        let outcomes = self.desk()?.send(&format!("SELECT {COLUMNS} FROM tenet.standing")).map_err(first)?;
        let rows = outcomes.into_iter().find_map(|outcome| outcome.rows).unwrap_or_default();
        self.standings = Standing::of_rows(&rows).collect();
        self.look_for_the_absent()
    }

    /// Runs what is for everybody.
    fn shared(&mut self, steps: Vec<usize>, tell: &mut dyn FnMut(Event)) -> Result<(), RunError> {
        let pending = self.pending_shared(&steps)?;
        let Some(first_pending) = pending.first() else { return Ok(()) };
        let name = phase_name(self.context.route, self.context.route.steps[*first_pending]);
        if let Selection::Tenants(_) = self.asked.selection {
            let why = refusal_for_some(self.context.route, *first_pending);
            if self.ran == 0 && self.troubles.is_empty() {
                return Err(RunError::Usage(why));
            }
            self.halted = Some(why);
            return Ok(());
        }
        if !self.troubles.is_empty() {
            self.halted = Some(format!("{name} is for everybody, and waits for {}", unready(&self.troubles)));
            return Ok(());
        }
        let task = Task::forward(&steps, &self.closed);
        let mut ran = 0;
        let result = self.hand.visit_shared(task, &mut |event| {
            ran += usize::from(matches!(event, Event::Ran { .. }));
            tell(event);
        });
        self.ran += ran;
        match result {
            Ok(_) => Ok(()),
            Err(trouble) if trouble.class == Class::Stopped => Ok(()),
            Err(trouble) => {
                self.halted = Some(trouble.to_string());
                Ok(())
            }
        }
    }

    fn pending_shared(&mut self, steps: &[usize]) -> Result<Vec<usize>, RunError> {
        let all = steps_at(self.context.route, &[Site::Shared]);
        let desk = self.desk()?;
        let standing = desk.standing(Chain::Shared).map_err(first)?;
        let progress = desk.progress(&all, Chain::Shared, standing.as_ref()).map_err(first)?;
        Ok(steps.iter().copied().filter(|at| progress.get(*at) != Done::Applied).collect())
    }

    /// Runs what is for each tenant.
    fn tenants(&mut self, steps: Vec<usize>, tell: &mut dyn FnMut(Event)) -> Result<(), RunError> {
        self.ask()?;
        if self.inventory.is_none() {
            self.nobody_yet()?;
        }
        let inventory = self.inventory.take().unwrap_or_default();
        let of_run = self.of_run(&inventory, &steps);
        let mut alike = BTreeMap::new();
        let all = of_run.as_ref().unwrap_or(&inventory).iter();
        let chosen: Vec<&Tenant> = all.filter(|tenant| self.is_next(tenant, &steps, &mut alike)).collect();
        if !chosen.is_empty() {
            self.freeze(&inventory, &steps, tell)?;
        }
        provision(self.context, self.asked, &chosen)?;
        let task = Task { proof: self.proof(), ..Task::forward(&steps, &self.closed) };
        let (mut ran, mut reached, mut troubles) = (0, self.reached, Vec::new());
        let mut turn = |turn: Turn<usize>| match turn.result {
            Ok(_) => reached = true,
            Err(trouble) => {
                reached |= trouble.sqlstate.is_some() || !trouble.is_lost;
                troubles.push((chosen[turn.tenant].id.clone(), trouble));
            }
        };
        if !chosen.is_empty() {
            let work =
                |hand: &mut Hand<'_>, tenant: &Tenant, tell: &mut dyn FnMut(Event)| hand.visit(tenant, task, tell);
            // Whoever fails may have come some way.
            let mut counting = |event: Event| {
                ran += usize::from(matches!(event, Event::Ran { .. }));
                tell(event);
            };
            each(self.context, &chosen, self.asked.jobs, &work, &mut counting, &mut turn);
        }
        self.ran += ran;
        self.reached = reached;
        let full = troubles.iter().find(|(_, trouble)| trouble.class == Class::Full);
        self.halted = full.map(|(tenant, _)| format!("{FULL}, as tenant `{tenant}` found: {MAKE_ROOM}"));
        self.troubles.extend(troubles);
        self.inventory = Some(inventory);
        self.forget_the_gone(tell);
        if self.inventory.is_some() && self.asked.selection == Selection::All && self.troubles.is_empty() {
            self.close(&steps)?;
        }
        Ok(())
    }

    /// A new tenant's database is looked at; at an older version, nobody knows what it should hold.
    fn proof(&self) -> Proof {
        match (&self.asked.selection, &self.asked.to) {
            (Selection::Tenants(_), None) => Proof::OfTheNew,
            _ => Proof::OfNobody,
        }
    }

    /// The query cannot run: that is fine as long as there is nobody.
    fn nobody_yet(&mut self) -> Result<(), RunError> {
        if let Selection::Tenants(wanted) = &self.asked.selection {
            return known(&[], wanted);
        }
        if let Some(root) = &self.context.settings.tenancy.root {
            let path: Vec<String> = self.context.settings.search_path.iter().map(ToString::to_string).collect();
            let query = format!(
                "BEGIN READ ONLY;\nSET LOCAL search_path = {};\nSELECT EXISTS (SELECT FROM {})::text;\nCOMMIT",
                path.join(", "),
                root.table
            );
            let desk = self.desk()?;
            let found = desk.send(&query).map(one_row);
            if found.is_err() {
                let _ = desk.send("ROLLBACK");
            }
            let is_there = found.is_ok_and(|row| row.first().cloned().flatten().as_deref() == Some("true"));
            if is_there {
                let why =
                    format!("`tenants.query` cannot run yet, and `{}` has rows: who are the tenants?", root.table);
                return Err(RunError::Usage(why));
            }
        }
        Ok(())
    }

    /// Says whether a tenant is asked for and may have something to do among steps.
    fn is_next(&self, tenant: &Tenant, steps: &[usize], alike: &mut Alike) -> bool {
        let is_asked = match &self.asked.selection {
            Selection::All => true,
            Selection::Tenants(wanted) => wanted.contains(&tenant.id),
        };
        if !is_asked || self.troubles.contains_key(&tenant.id) {
            return false;
        }
        let (route, standing) = (self.context.route, self.standings.get(&tenant.id));
        if self.desk.is_none() || steps.iter().any(|at| route.steps[*at].site != Site::Member) {
            return true;
        }
        let place = standing.map(|found| (found.applied, found.digest, found.events));
        *alike.entry((place, self.closed.before(&tenant.id, standing))).or_insert_with(|| {
            let progress: Option<Progress> = at_a_glance(route, &steps_at(route, &[Site::Member]), standing);
            let lacks = |progress: &Progress, at: &usize| {
                progress.get(*at) == Done::Never && !self.closed.excuses(*at, &tenant.id, standing)
            };
            progress.is_none_or(|progress| steps.iter().any(|at| lacks(&progress, at)))
        })
    }

    /// A tenant that was dropped while the run went on has not failed.
    fn forget_the_gone(&mut self, tell: &mut dyn FnMut(Event)) {
        let real = |trouble: &Trouble| matches!(trouble.class, Class::Lasting | Class::Missing | Class::Connection);
        if !self.troubles.values().any(real) {
            return;
        }
        if self.asked.provision != Provision::Nothing {
            return;
        }
        let Ok(Inventory::Known(now)) = inventory::read(self.context.settings, &self.context.places, self.connection())
        else {
            return;
        };
        let is_gone = |id: &str| !now.iter().any(|tenant| tenant.id == id);
        let gone: Vec<String> = self.troubles.keys().filter(|id| is_gone(id)).cloned().collect();
        for id in gone {
            self.troubles.remove(&id);
            if let Some(inventory) = &mut self.inventory {
                inventory.retain(|tenant| tenant.id != id);
            }
            tell(Event::Note(format!("{id}: no longer in the inventory, left out")));
        }
    }

    fn end(mut self, tell: &mut dyn FnMut(Event)) -> Result<RunReport, RunError> {
        let is_interrupted = self.context.stop.is_asked();
        if self.ran > 0 {
            self.context.servers.look_again();
        }
        self.halted = self.halted.or_else(|| self.context.servers.promoted());
        if self.inventory.is_none() && self.halted.is_none() && !is_interrupted {
            self.ask()?;
            if self.inventory.is_none() {
                self.nobody_yet()?;
                tell(Event::Note("the query of tenants cannot run yet: there are no tenants".to_owned()));
            }
        }
        if !self.reached
            && self.ran == 0
            && let Some(trouble) = self.troubles.values().next()
        {
            return Err(RunError::NoServer(trouble.message.clone()));
        }
        if self.troubles.is_empty() && self.halted.is_none() && !is_interrupted {
            self.end_frozen()?;
        }
        if self.halted.is_none() && !is_interrupted {
            let purged = if self.ran > 0 { self.purge()? } else { 0 };
            let told = [(purged, "of tenants that are gone"), (self.expire()?, "whose time is over")];
            for (count, which) in told.into_iter().filter(|(count, _)| *count > 0) {
                let (noun, verb) = if count == 1 { ("recording", "was") } else { ("recordings", "were") };
                tell(Event::Note(format!("{count} {noun} {which} {verb} taken away")));
            }
        }
        let asked = |tenant: &&Tenant| match &self.asked.selection {
            Selection::All => true,
            Selection::Tenants(wanted) => wanted.contains(&tenant.id),
        };
        let tenants = self.inventory.iter().flatten().filter(asked).map(|tenant| self.report(tenant));
        Ok(RunReport {
            run: self.context.run.clone(),
            tenants: tenants.collect(),
            halted: self.halted.clone(),
            is_interrupted,
            ran: self.ran,
        })
    }

    fn report(&self, tenant: &Tenant) -> TenantReport {
        let (state, error) = match self.troubles.get(&tenant.id) {
            Some(trouble) if trouble.class == Class::Stopped => (State::Pending, None),
            Some(trouble) => (State::Failed, Some(trouble.to_string())),
            None if self.halted.is_some() || self.context.stop.is_asked() => (State::Pending, None),
            None => (State::Applied, None),
        };
        TenantReport { tenant: tenant.id.clone(), state, error }
    }
}

/// Names the first of those who are not ready.
fn unready(troubles: &BTreeMap<String, Trouble>) -> String {
    let first: Vec<String> = troubles.keys().take(3).map(|id| format!("`{id}`")).collect();
    match troubles.len() {
        1 => format!("1 tenant that is not ready: {}", first.join(", ")),
        count if count == first.len() => format!("{count} tenants that are not ready: {}", first.join(", ")),
        count => format!("{count} tenants that are not ready: {} and {} more", first.join(", "), count - first.len()),
    }
}

/// Says why a phase that is for everybody cannot be run for some.
pub(super) fn refusal_for_some(route: &Route<'_>, at: usize) -> String {
    let name = phase_name(route, route.steps[at]);
    format!(
        "{name} changes what all tenants share, and tables that tenants share have one schema: it cannot be applied \
         for some of them\nhelp: `tenet apply --all` applies it for everybody"
    )
}

/// Reads trouble before anything has changed.
pub(super) fn first(trouble: Trouble) -> RunError {
    match trouble.class {
        _ if trouble.is_lost => RunError::NoServer(trouble.message),
        Class::Stopped => RunError::Interrupted,
        _ => RunError::Halted(trouble.message),
    }
}

/// A tenant that nobody has heard of is a mistake worth stopping for.
pub(super) fn known(tenants: &[Tenant], wanted: &[String]) -> Result<(), RunError> {
    let unknown = wanted.iter().find(|id| !tenants.iter().any(|tenant| tenant.id == **id));
    match unknown {
        Some(id) => Err(RunError::Usage(format!("no tenant `{id}`: the inventory of tenet.yaml does not list it"))),
        None => Ok(()),
    }
}
