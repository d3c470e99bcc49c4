//! `status`: where each tenant stands, without locks and without changing anything.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;

use super::apply::{first, known};
use super::inventory::{self, Inventory, Tenant};
use super::report::{Event, State};
use super::route::{Route, Site};
use super::session::{Found, Ledger, Session};
use super::standing::{COLUMNS, Chain, Closed, Done, Progress, Standing, at_a_glance, steps_at};
use super::tenants::{Turn, each};
use super::trouble::Trouble;
use super::{Context, RunError, Selection};
use crate::project::HistoryRole;

/// Where a tenant stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TenantStatus {
    /// The tenant.
    pub tenant: String,
    /// The last version up to which it has everything.
    pub version: Option<String>,
    /// What became of it last.
    pub state: State,
    /// The versions that it lacks, or has in part.
    pub pending: Vec<String>,
    /// What went wrong last, where that is not past.
    pub failed: Option<String>,
    /// Until when its rows can be brought back; `None` when nobody takes that away.
    pub undoable_until: Option<String>,
}

/// What a chain of one tenant says.
#[derive(Clone, Debug, Default)]
pub(super) struct Stand {
    /// Tenants that stand alike share it.
    pub(super) progress: Vec<Arc<Progress>>,
    standing: Option<Arc<Standing>>,
    /// The same in the database that tenants share.
    member: Option<Arc<Standing>>,
    is_running: bool,
    undoable_until: Option<String>,
}

impl Stand {
    /// Says whether a step was run for the tenant, and not undone.
    pub(super) fn has(&self, at: usize) -> bool {
        self.progress.iter().any(|progress| progress.get(at) == Done::Applied)
    }
}

/// The last version up to which everything is done, and those that are not.
type Reach = (Option<String>, Vec<String>);

/// What was worked out for tenants that stand alike, by the address of what they share, which is kept so that it stays theirs,
/// and by how much was closed before they came.
type Alike = BTreeMap<(usize, (usize, bool)), (Arc<Progress>, Reach)>;

/// Says where tenants stand, in the order of the inventory.
///
/// # Errors
///
/// The inventory cannot be read, or the shared database.
pub fn status(
    context: &Context<'_>,
    selection: &Selection,
    jobs: usize,
    tell: &mut dyn FnMut(Event),
) -> Result<Vec<TenantStatus>, RunError> {
    let survey = Survey::new(context, selection)?;
    let mut found = Vec::new();
    let mut alike = BTreeMap::new();
    survey.each(jobs, tell, &mut |tenant, stand| {
        found.push(match stand {
            Ok(stand) => survey.status(tenant, &stand, &mut alike),
            Err(trouble) => TenantStatus {
                tenant: tenant.id.clone(),
                version: None,
                state: State::Failed,
                pending: Vec::new(),
                failed: Some(trouble.to_string()),
                undoable_until: None,
            },
        });
    });
    let is_in_order = found.iter().zip(&survey.tenants).all(|(status, tenant)| status.tenant == tenant.id);
    if !is_in_order {
        let place: BTreeMap<&str, usize> = survey.tenants.iter().map(|tenant| tenant.id.as_str()).zip(0..).collect();
        found.sort_by_key(|status| place.get(status.tenant.as_str()).copied());
    }
    Ok(found)
}

/// Knows what the shared database says of everybody.
pub(super) struct Survey<'a> {
    context: &'a Context<'a>,
    pub(super) tenants: Vec<Tenant>,
    /// What is for everybody.
    pub(super) shared: Progress,
    pub(super) closed: Closed,
    members: BTreeMap<String, Stand>,
}

impl<'a> Survey<'a> {
    pub(super) fn new(context: &'a Context<'a>, selection: &Selection) -> Result<Self, RunError> {
        let mut survey = Survey {
            context,
            tenants: Vec::new(),
            shared: Progress::default(),
            closed: Closed::default(),
            members: BTreeMap::new(),
        };
        let mut desk = None;
        if context.is_shared() {
            let (session, found) = Session::open(context, &context.places.shared()?, Ledger::Look).map_err(first)?;
            desk = Some((session, found));
        }
        let connection = desk.as_mut().map(|(session, _)| &mut session.connection);
        let everybody = match inventory::read(context.settings, &context.places, connection)? {
            Inventory::Known(tenants) => tenants,
            Inventory::NotYet => Vec::new(),
        };
        survey.tenants = match selection {
            Selection::All => everybody,
            Selection::Tenants(wanted) => {
                known(&everybody, wanted)?;
                everybody.into_iter().filter(|tenant| wanted.contains(&tenant.id)).collect()
            }
        };
        if let Some((mut session, Found::Current)) = desk {
            survey.read(&mut session).map_err(first)?;
        }
        Ok(survey)
    }

    /// Reads everything that the shared database says.
    fn read(&mut self, desk: &mut Session<'_>) -> Result<(), Trouble> {
        let route = self.context.route;
        let standing = desk.standing(Chain::Shared)?;
        self.shared = desk.progress(&steps_at(route, &[Site::Shared]), Chain::Shared, standing.as_ref())?;
        self.closed = desk.closed()?;
        let own: &[Site] = if self.context.places.is_schema() { &[Site::Member, Site::Own] } else { &[Site::Member] };
        let steps = steps_at(route, own);
        let outcomes = desk.send(&format!("SELECT {COLUMNS} FROM tenet.standing"))?;
        let rows = outcomes.into_iter().find_map(|outcome| outcome.rows).unwrap_or_default();
        let mut standings: BTreeMap<String, Standing> = Standing::of_rows(&rows).collect();
        let running = desk.running()?;
        let mut undoable = desk.undoable()?;
        // Many tenants, few places to stand.
        let mut glances: BTreeMap<_, Option<Arc<Progress>>> = BTreeMap::new();
        for tenant in &self.tenants {
            let standing = standings.remove(&tenant.id).map(Arc::new);
            let place = standing.as_ref().map(|found| (found.applied, found.digest, found.events));
            let glance = glances.entry(place);
            let glance = glance.or_insert_with(|| at_a_glance(route, &steps, standing.as_deref()).map(Arc::new));
            let progress = match glance {
                Some(progress) => progress.clone(),
                None => Arc::new(desk.progress(&steps, Chain::Of(&tenant.id), standing.as_deref())?),
            };
            let is_running = running.contains(&tenant.id);
            let undoable_until = undoable.remove(&tenant.id);
            let member = standing.clone();
            let stand = Stand { progress: vec![progress], member, standing, is_running, undoable_until };
            self.members.insert(tenant.id.clone(), stand);
        }
        Ok(())
    }

    /// Tells where each tenant stands, in any order.
    pub(super) fn each(
        &self,
        jobs: usize,
        tell: &mut dyn FnMut(Event),
        found: &mut dyn FnMut(&Tenant, Result<Stand, Trouble>),
    ) {
        let empty = Stand::default();
        let of_shared = |tenant: &Tenant| self.members.get(&tenant.id).cloned().unwrap_or_else(|| empty.clone());
        let apart = !self.context.places.is_schema() && self.context.route.uses(&[Site::Own, Site::OwnShared]);
        if !apart {
            self.tenants.iter().for_each(|tenant| found(tenant, Ok(of_shared(tenant))));
            return;
        }
        let tenants: Vec<&Tenant> = self.tenants.iter().collect();
        let work = |_: &mut super::visit::Hand<'_>, tenant: &Tenant, _: &mut dyn FnMut(Event)| self.look(tenant);
        each(self.context, &tenants, jobs, &work, tell, &mut |turn: Turn<Stand>| {
            let tenant = tenants[turn.tenant];
            let whole = turn.result.map(|mut stand| {
                let shared = of_shared(tenant);
                stand.progress.extend(shared.progress);
                stand.member = shared.member;
                // What ends first can be brought back no longer.
                stand.undoable_until = stand.undoable_until.into_iter().chain(shared.undoable_until).min();
                stand
            });
            found(tenant, whole);
        });
    }

    /// Looks into a tenant's own database.
    fn look(&self, tenant: &Tenant) -> Result<Stand, Trouble> {
        let context = self.context;
        let target = context.places.own(tenant).map_err(|error| Trouble::refusal(error.to_string()))?;
        let (mut session, found) = Session::open(context, &target, Ledger::Look)?;
        if found == Found::Absent {
            return Ok(Stand::default());
        }
        let chain = Chain::Of(&tenant.id);
        let standing = session.standing(chain)?;
        let shared = session.standing(Chain::Shared)?;
        let own = session.progress(&steps_at(context.route, &[Site::Own]), chain, standing.as_ref())?;
        let once = session.progress(&steps_at(context.route, &[Site::OwnShared]), Chain::Shared, shared.as_ref())?;
        let is_running = session.running()?.contains(&tenant.id);
        let progress = vec![Arc::new(own), Arc::new(once)];
        let undoable_until = session.undoable()?.remove(&tenant.id);
        Ok(Stand { progress, standing: standing.map(Arc::new), member: None, is_running, undoable_until })
    }

    /// Says whether a step that is for everybody is done.
    pub(super) fn is_shared_done(&self, at: usize) -> bool {
        self.shared.get(at) == Done::Applied
    }

    /// Says what is done of a step for a tenant.
    pub(super) fn is_done(&self, tenant: &str, stand: &Stand, at: usize) -> bool {
        let of_tenant = || stand.progress.iter().map(|progress| progress.get(at)).find(|done| *done != Done::Never);
        match self.context.route.steps[at].site {
            Site::Shared => self.shared.get(at) == Done::Applied,
            _ => match of_tenant() {
                Some(done) => done == Done::Applied,
                None => self.closed.excuses(at, tenant, stand.member.as_deref()),
            },
        }
    }

    fn status(&self, tenant: &Tenant, stand: &Stand, alike: &mut Alike) -> TenantStatus {
        let (version, pending) = match &stand.progress[..] {
            [one] => {
                let key = (Arc::as_ptr(one) as usize, self.closed.before(&tenant.id, stand.member.as_deref()));
                let (_, reach) = alike.entry(key).or_insert_with(|| (one.clone(), self.reach(&tenant.id, stand)));
                reach.clone()
            }
            _ => self.reach(&tenant.id, stand),
        };
        let last = stand.standing.as_ref();
        let state_of = |word: &str| last.is_some_and(|standing| standing.state == word);
        let state = match () {
            () if stand.is_running => State::Running,
            () if state_of("failed") => State::Failed,
            () if state_of("conflict") => State::Conflict,
            () if state_of("rolled_back") => State::RolledBack,
            () if pending.is_empty() => State::Applied,
            () => State::Pending,
        };
        let failed = last.filter(|_| matches!(state, State::Failed | State::Conflict)).map(|standing| {
            format!("{}: {}", standing.version, standing.error.as_deref().unwrap_or("no reason is recorded"))
        });
        TenantStatus {
            tenant: tenant.id.clone(),
            version,
            state,
            pending,
            failed,
            undoable_until: stand.undoable_until.clone(),
        }
    }

    /// Returns the last version up to which everything is done, and the versions that are not.
    fn reach(&self, tenant: &str, stand: &Stand) -> Reach {
        let route = self.context.route;
        let open: Vec<usize> = (0..route.steps.len()).filter(|at| !self.is_done(tenant, stand, *at)).collect();
        let mut pending: Vec<String> = open.iter().map(|at| version(route, *at)).collect();
        pending.dedup();
        (self.version(&open), pending)
    }

    /// Returns the last version before the first that is not done; of two histories, that of the tenant's own.
    fn version(&self, open: &[usize]) -> Option<String> {
        let route = self.context.route;
        let is_own = |at: &usize| route.migration(route.steps[*at]).role != HistoryRole::Shared;
        let first_open = open.iter().find(|at| is_own(at)).map(|at| route.steps[*at].migration);
        let mut done = (0..route.steps.len()).filter(is_own).map(|at| route.steps[at].migration);
        let last = match first_open {
            Some(first) => done.take_while(|migration| *migration != first).last(),
            None => done.next_back(),
        };
        last.map(|migration| route.compiled[migration].version.clone())
    }
}

/// Returns the version of a step's migration; that of a shared history beside another says so.
fn version(route: &Route<'_>, at: usize) -> String {
    let migration = route.migration(route.steps[at]);
    match migration.role {
        HistoryRole::Shared if migration.version.starts_with("shared/") => migration.version.clone(),
        HistoryRole::Shared => format!("shared/{}", migration.version),
        HistoryRole::Only | HistoryRole::Tenant => migration.version.clone(),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    version: u8,
    tenants: &'a [TenantStatus],
}

/// Writes where tenants stand as one JSON document.
///
/// # Errors
///
/// The writer's.
pub fn json(tenants: &[TenantStatus], out: &mut dyn io::Write) -> io::Result<()> {
    // Many small pieces: each is written without asking what it is written to.
    let mut whole = io::BufWriter::with_capacity(1 << 16, &mut *out);
    serde_json::to_writer_pretty(&mut whole, &Document { version: 1, tenants })?;
    writeln!(whole)?;
    whole.flush()
}

/// Writes where tenants stand as a table.
///
/// # Errors
///
/// The writer's.
pub fn table(tenants: &[TenantStatus], out: &mut dyn io::Write) -> io::Result<()> {
    if tenants.is_empty() {
        return writeln!(out, "no tenants");
    }
    let rows = tenants.iter().map(|tenant| {
        let failed = tenant.failed.as_deref().and_then(|failed| failed.lines().next()).map(str::to_owned);
        let version = tenant.version.clone().unwrap_or_else(|| "-".to_owned());
        [
            tenant.tenant.clone(),
            version,
            tenant.state.word().to_owned(),
            few(&tenant.pending),
            failed.unwrap_or_default(),
        ]
    });
    let head = ["TENANT", "VERSION", "STATE", "PENDING", "FAILED"].map(str::to_owned);
    let rows: Vec<[String; 5]> = std::iter::once(head).chain(rows).collect();
    let widths: Vec<usize> =
        (0..5).map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0)).collect();
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    if tenants.len() > SCREEN { writeln!(out, "{} tenants: {}", tenants.len(), sums(tenants)) } else { Ok(()) }
}

/// Counts those in each state; those that somebody has to look at come last, where they are seen.
fn sums(tenants: &[TenantStatus]) -> String {
    let states = [State::Applied, State::RolledBack, State::Pending, State::Running, State::Conflict, State::Failed];
    let counts = states.map(|state| (tenants.iter().filter(|tenant| tenant.state == state).count(), state));
    let some = counts.iter().filter(|(count, _)| *count > 0).map(|(count, state)| format!("{count} {}", state.word()));
    some.collect::<Vec<_>>().join(", ")
}

/// How many tenants are seen at a glance.
const SCREEN: usize = 20;

/// Shows the first versions of many.
fn few(pending: &[String]) -> String {
    match pending {
        [first, second, third, rest @ ..] if rest.len() > 1 => {
            format!("{first}, {second}, {third} and {} more", rest.len())
        }
        _ => pending.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_tenants_are_summed_up() {
        let of = |count: usize| {
            let tenant = |at: usize| TenantStatus {
                tenant: format!("t{at}"),
                version: None,
                state: if at == 0 { State::Failed } else { State::Applied },
                pending: Vec::new(),
                failed: None,
                undoable_until: None,
            };
            let mut out = Vec::new();
            table(&(0..count).map(tenant).collect::<Vec<_>>(), &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert!(of(SCREEN).ends_with("applied\n"));
        assert!(of(30).ends_with("30 tenants: 29 applied, 1 failed\n"));
    }

    #[test]
    fn many_pending_versions_are_counted() {
        let versions = |count: usize| (1..=count).map(|version| format!("{version:04}")).collect::<Vec<_>>();
        assert_eq!(few(&versions(2)), "0001, 0002");
        assert_eq!(few(&versions(4)), "0001, 0002, 0003, 0004");
        assert_eq!(few(&versions(9)), "0001, 0002, 0003 and 6 more");
    }
}
