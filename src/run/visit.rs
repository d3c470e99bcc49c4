//! One tenant: its pending phases, one after another on one connection, tried again where that helps.

use std::thread;
use std::time::{Duration, Instant};

use super::blocker::Watcher;
use super::interpret::{Around, CANCELED, Sending, Variables, interpret, literal};
use super::inventory::Tenant;
use super::live::compare_live;
use super::reading::Read;
use super::report::{Event, phase_name, shell_word};
use super::route::{Site, Step};
use super::servers::server;
use super::session::Session;
use super::standing::{Chain, Closed};
use super::trouble::{Class, Trouble};
use super::{Conflicts, Context, OUTSIDE, RunError};
use crate::db::{Rows, Target};
use crate::emit::Way;
use crate::plan::Sharing;
use crate::verdict::Audience;

/// How many rows are told of that were not as a migration left them.
const TOLD: usize = 20;

/// What is to be done for a tenant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task<'t> {
    /// Steps of the route in the order in which they run.
    pub(super) steps: &'t [usize],
    pub(super) way: Way,
    /// Steps that a tenant does not need that never had them: every tenant of their time has them.
    pub(super) closed: &'t Closed,
    /// The run whose work is undone; `None` when all is.
    pub(super) of_run: Option<&'t str>,
    /// Whose database is compared with what the migrations make.
    pub(super) proof: Proof,
}

/// Whose database is compared with what the migrations make, once they have run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    OfNobody,
    /// That of a tenant whose ledger was empty.
    OfTheNew,
}

impl<'t> Task<'t> {
    /// Applies steps.
    pub(super) fn forward(steps: &'t [usize], closed: &'t Closed) -> Self {
        Task { steps, way: Way::Forward, closed, of_run: None, proof: Proof::OfNobody }
    }
}

/// The connections of one thread.
pub(super) struct Hand<'a> {
    context: &'a Context<'a>,
    /// To the database that tenants share.
    shared: Option<(Target, Session<'a>)>,
    /// To the database of the tenant that is worked on.
    own: Option<(Target, Session<'a>)>,
    /// The database that was entered last, and its timeline then.
    last: Option<(String, String)>,
    /// Whether any chain knew the run whose work is undone.
    pub(super) has_met_run: bool,
}

/// Which of a hand's connections is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    Shared,
    Own,
}

/// What a tenant's phases have met so far.
#[derive(Default)]
struct Course {
    /// How many phases were run.
    ran: usize,
    /// How often the same phase has failed.
    attempt: u32,
    /// The phase that runs or failed.
    at: Option<usize>,
    /// Who stood in the way.
    blocker: Option<String>,
    in_doubt: Option<String>,
    /// Whether the tenant had nothing when it was first looked at.
    is_new: bool,
    sending: Option<Sending>,
    last: Option<Class>,
}

impl<'a> Hand<'a> {
    pub(super) fn new(context: &'a Context<'a>) -> Self {
        Hand { context, shared: None, own: None, last: None, has_met_run: false }
    }

    /// Does what is to be done for a tenant; says how many phases were run.
    pub(super) fn visit(
        &mut self,
        tenant: &Tenant,
        task: Task<'_>,
        tell: &mut dyn FnMut(Event),
    ) -> Result<usize, Trouble> {
        self.run(Chain::Of(&tenant.id), Some(tenant), task, tell)
    }

    /// Does what is for everybody.
    pub(super) fn visit_shared(&mut self, task: Task<'_>, tell: &mut dyn FnMut(Event)) -> Result<usize, Trouble> {
        self.run(Chain::Shared, None, task, tell)
    }

    fn run(
        &mut self,
        chain: Chain<'_>,
        tenant: Option<&Tenant>,
        task: Task<'_>,
        tell: &mut dyn FnMut(Event),
    ) -> Result<usize, Trouble> {
        let mut course = Course::default();
        loop {
            let ran = course.ran;
            let Err(mut trouble) = self.attempt(chain, tenant, task, &mut course, tell) else {
                self.own = None;
                return Ok(course.ran);
            };
            if course.ran > ran {
                course.attempt = 0;
            }
            self.reckon(chain, &mut trouble, &mut course);
            let attempts = if self.is_given_up(tenant, &trouble) { 0 } else { trouble.attempts() };
            let again = course.attempt < attempts || self.can_be_placed(&trouble, &mut course, task);
            if !again || self.context.stop.is_asked() {
                if self.context.stop.is_asked() && trouble.sqlstate.as_deref() == Some(CANCELED) {
                    trouble.class = Class::Stopped;
                }
                self.give_up(chain, task, &course, &mut trouble);
                if trouble.class == Class::Connection
                    && let Some(server) = tenant.and_then(|tenant| self.server(tenant))
                {
                    self.context.servers.is_down(&server);
                }
                return Err(trouble);
            }
            if self.is_soiled(&course) {
                self.hang_up();
            }
            // Who blocks is known from the second time on.
            let tells = if trouble.class == Class::Lock { 1 } else { 0 };
            if course.attempt == tells && trouble.class != Class::Lasting {
                let whom = tenant.map_or("shared", |tenant| tenant.id.as_str());
                tell(Event::Note(format!("{whom}: {trouble}; trying again")));
            }
            if trouble.class != Class::Lasting {
                self.wait(Trouble::pause(course.attempt, self.context.chance()));
                course.attempt += 1;
            }
        }
    }

    /// A server that others have asked again and again is asked once; who asks in vain tells the others.
    fn is_given_up(&self, tenant: Option<&Tenant>, trouble: &Trouble) -> bool {
        tenant
            .and_then(|tenant| self.server(tenant))
            .is_some_and(|server| trouble.class == Class::Connection && self.context.servers.is_given_up(&server))
    }

    /// Returns the server of a tenant's rows.
    fn server(&self, tenant: &Tenant) -> Option<String> {
        let places = &self.context.places;
        places.own(tenant).or_else(|_| places.shared()).ok().map(|target| server(&target))
    }

    fn hang_up(&mut self) {
        self.shared = None;
        self.own = None;
    }

    /// Says whether a script that ran outside a transaction failed: its settings are still there.
    fn is_soiled(&self, course: &Course) -> bool {
        course.at.is_some_and(|at| self.is_outside(at))
    }

    /// A message with several statements failed: sent one by one, they show which it was.
    fn can_be_placed(&self, trouble: &Trouble, course: &mut Course, task: Task<'_>) -> bool {
        let can = trouble.is_placeless
            && trouble.class == Class::Lasting
            && course.sending.is_none()
            && !self.is_soiled(course);
        if can {
            course.sending = Some(Sending::Single);
        }
        can && !task.steps.is_empty()
    }

    fn is_outside(&self, at: usize) -> bool {
        let route = self.context.route;
        matches!(route.phase(route.steps[at]).sharing, Sharing::Outside | Sharing::Batched)
    }

    /// Takes down what trouble means for the next attempt.
    fn reckon(&mut self, _chain: Chain<'_>, trouble: &mut Trouble, course: &mut Course) {
        course.last = Some(trouble.class);
        course.in_doubt = trouble.in_doubt.take();
        if trouble.class == Class::Lock
            && let Some(blocker) = &course.blocker
        {
            trouble.message = format!("{}\n  blocked by {blocker}", trouble.message);
        }
        if trouble.is_lost {
            self.hang_up();
        }
    }

    /// Sleeps, unless we are asked to stop.
    fn wait(&self, pause: Duration) {
        let end = Instant::now() + pause;
        while Instant::now() < end && !self.context.stop.is_asked() {
            thread::sleep(Duration::from_millis(20).min(pause));
        }
    }

    /// Records that a phase failed, where that can be recorded, and gives the lock back.
    fn give_up(&mut self, chain: Chain<'_>, task: Task<'_>, course: &Course, trouble: &mut Trouble) {
        let is_ours = matches!(trouble.class, Class::Busy | Class::Stopped);
        if let (Some(at), false) = (course.at, is_ours) {
            let (step, door) = (self.context.route.steps[at], self.door(at));
            let of = if matches!(step.site, Site::Shared | Site::OwnShared) { Chain::Shared } else { chain };
            if let Some((_, session)) = self.connection(door)
                && let Err(other) = record_failure(session, of, step, task.way, trouble)
            {
                trouble.message.push_str(&format!("\n  and the ledger could not take that down: {other}"));
            }
        }
        if self.is_soiled(course) {
            self.hang_up();
        }
        if let Some((_, session)) = &mut self.shared
            && session.release().is_err()
        {
            self.shared = None;
        }
        self.own = None;
    }

    fn door(&self, at: usize) -> Door {
        match self.context.route.steps[at].site {
            Site::Shared | Site::Member => Door::Shared,
            Site::Own | Site::OwnShared if self.context.places.is_schema() => Door::Shared,
            Site::Own | Site::OwnShared => Door::Own,
        }
    }

    fn connection(&mut self, door: Door) -> Option<&mut (Target, Session<'a>)> {
        match door {
            Door::Shared => self.shared.as_mut(),
            Door::Own => self.own.as_mut(),
        }
    }

    /// Returns an open connection.
    fn open(
        &mut self,
        door: Door,
        chain: Chain<'_>,
        tenant: Option<&Tenant>,
    ) -> Result<&mut (Target, Session<'a>), Trouble> {
        if self.connection(door).is_none() {
            let places = self.context.places;
            let usage = |error: RunError| Trouble::refusal(error.to_string());
            let target = match (door, tenant) {
                (Door::Own, Some(tenant)) => places.own(tenant).map_err(usage)?,
                _ => places.shared().map_err(usage)?,
            };
            if door == Door::Own {
                self.context.servers.vet(&target)?;
            }
            let session = Session::enter(self.context, &target, chain)?;
            let place = (target.to_string(), session.timeline.clone());
            if self.last.as_ref().is_some_and(|last| last.0 == place.0 && last.1 != place.1) {
                self.context.servers.is_promoted(&target);
            }
            self.last = Some(place);
            match door {
                Door::Shared => self.shared = Some((target, session)),
                Door::Own => self.own = Some((target, session)),
            }
        }
        self.connection(door).ok_or_else(|| Trouble::refusal("no connection".to_owned()))
    }

    fn attempt(
        &mut self,
        chain: Chain<'_>,
        tenant: Option<&Tenant>,
        task: Task<'_>,
        course: &mut Course,
        tell: &mut dyn FnMut(Event),
    ) -> Result<(), Trouble> {
        let mut rest = task.steps;
        while let Some(first) = rest.first() {
            let door = self.door(*first);
            let length = rest.iter().take_while(|at| self.door(**at) == door).count();
            let (part, behind) = rest.split_at(length);
            self.part(door, chain, tenant, Task { steps: part, ..task }, course, tell)?;
            rest = behind;
        }
        Ok(())
    }

    /// Runs steps of one database.
    fn part(
        &mut self,
        door: Door,
        chain: Chain<'_>,
        tenant: Option<&Tenant>,
        task: Task<'_>,
        course: &mut Course,
        tell: &mut dyn FnMut(Event),
    ) -> Result<(), Trouble> {
        let context = self.context;
        let schema = tenant.filter(|_| context.places.is_schema()).and_then(|found| context.places.schema(&found.id));
        course.at = None;
        let (target, session) = self.open(door, chain, tenant).map_err(|trouble| helped(trouble, task.way, tenant))?;
        let mut ledger = Read::new(context, session, chain, task)?;
        course.is_new |= ledger.standing.is_none();
        let has_met_run = ledger.has_met_run;
        if let Some(xid) = course.in_doubt.take() {
            let fate = session.fate(&xid)?;
            tell(Event::Note(format!("the connection was lost during COMMIT: transaction {xid} was {fate}")));
        }
        let owns = task.steps.iter().any(|at| context.route.steps[*at].site == Site::Own);
        if let Some(schema) = schema.as_deref().filter(|_| owns) {
            require_schema(session, schema).map_err(|trouble| helped(trouble, task.way, tenant))?;
        }
        let wanted: Vec<usize> = task.steps.iter().copied().filter(|at| ledger.wants(*at)).collect();
        let proves = owns && course.is_new && task.proof == Proof::OfTheNew;
        let settles = task.way == Way::Rollback && context.conflicts != Conflicts::Fail;
        for at in &wanted {
            if context.stop.is_asked() {
                return Err(Trouble::new(Class::Stopped, "stopped before it was done".to_owned()));
            }
            course.at = Some(*at);
            // Nothing is done under the lock behind the last step, so giving it back goes with that.
            let release = Some(at) == wanted.last() && !proves && !settles;
            let given = step(context, (&*target, &mut *session), chain, *at, (task.way, release), course)?;
            course.at = None;
            course.ran += 1;
            course.attempt = 0;
            let (tenant, step) = (tenant.map(|tenant| tenant.id.clone()), context.route.steps[*at]);
            if settles {
                settled(session, chain, step)?.into_iter().for_each(|line| tell(Event::Note(line)));
            }
            tell(Event::Ran { tenant, step, way: task.way });
            ledger.done(*at, task.way);
            given.map_or(Ok(()), |given| session.released(given))?;
        }
        if proves && ledger.is_whole(context) {
            compare_live(context, session, schema.as_deref())?;
        }
        if door == Door::Own && task.way == Way::Forward {
            session.expire()?;
        }
        session.release()?;
        self.has_met_run |= has_met_run;
        Ok(())
    }
}

/// Says how what is not there is made.
fn helped(mut trouble: Trouble, way: Way, tenant: Option<&Tenant>) -> Trouble {
    if let (Class::Missing, Way::Forward, Some(tenant)) = (trouble.class, way, tenant) {
        let id = shell_word(&tenant.id);
        trouble.message.push_str(&format!("\nhelp: `tenet apply --tenant {id} --provision` makes it"));
    }
    trouble
}

/// Without the schema, the search path leads to temporary tables, and everything would seem to be done.
fn require_schema(session: &mut Session<'_>, schema: &str) -> Result<(), Trouble> {
    let query = format!("SELECT count(*)::text FROM pg_namespace WHERE nspname = {}", literal(schema));
    let row = super::session::one_row(session.send(&query)?);
    match row.first().cloned().flatten().as_deref() {
        Some("1") => Ok(()),
        _ => Err(Trouble::new(Class::Missing, format!("there is no schema `{schema}`"))),
    }
}

/// Runs a phase, and with `release` gives the lock back where that can go with its last statement: then returns the answer.
fn step(
    context: &Context<'_>,
    (target, session): (&Target, &mut Session<'_>),
    chain: Chain<'_>,
    at: usize,
    (way, release): (Way, bool),
    course: &mut Course,
) -> Result<Option<Rows>, Trouble> {
    let step = context.route.steps[at];
    let phase = context.route.phase(step);
    let script = phase.script(way);
    let name = phase_name(context.route, step);
    let program =
        script.program.as_ref().map_err(|error| Trouble::refusal(format!("{name}: {}: {error}", script.file)))?;
    let mut variables = Variables::new();
    if let (Audience::Tenant, Chain::Of(tenant)) = (phase.audience, chain) {
        variables.insert(context.settings.tenancy.parameter.clone(), tenant.to_owned());
    }
    let around = Around {
        before: vec![format!("SELECT set_config('tenet.script', {}, false)", literal(&script.checksum))],
        after: session.releasing().filter(|_| release && phase.sharing == Sharing::Shared),
    };
    let outside = phase.sharing == Sharing::Outside;
    if outside {
        session.lock(OUTSIDE)?;
    }
    let watcher = (course.last == Some(Class::Lock)).then(|| Watcher::start(target, session.backend()));
    let sending = course.sending.take().unwrap_or(Sending::Batched);
    let result = interpret(&mut session.connection, program, &variables, &around, (sending, context.stop));
    if let Some(blocker) = watcher.and_then(Watcher::end) {
        course.blocker = Some(blocker);
    }
    if phase.sharing != Sharing::Shared && result.is_ok() {
        session.unlimit()?;
    }
    if outside && result.is_ok() {
        session.unlock(OUTSIDE)?;
    }
    result.map_err(|failure| Trouble::of_script(failure, &script.file))
}

/// Tells which rows were not as the migration left them, and what became of them.
fn settled(session: &mut Session<'_>, chain: Chain<'_>, step: Step) -> Result<Vec<String>, Trouble> {
    let whom = if chain.name().is_empty() { "shared" } else { chain.name() };
    let rows = session.settled(chain, step)?;
    let mut lines: Vec<String> = rows.iter().take(TOLD).map(|row| format!("{whom}: {row}")).collect();
    if rows.len() > TOLD {
        lines.push(format!("{whom}: and {} rows more, which tenet.capture_conflict lists", rows.len() - TOLD));
    }
    Ok(lines)
}

/// Writes a failure into the ledger, behind the transaction that it ended.
fn record_failure(
    session: &mut Session<'_>,
    chain: Chain<'_>,
    step: Step,
    way: Way,
    trouble: &Trouble,
) -> Result<(), Trouble> {
    let action = if is_conflict(way, trouble) { "conflict" } else { "failed" };
    session.record(chain, step, action, Some((trouble, way)))
}

/// Says whether an undo met rows that were changed since.
pub(super) fn is_conflict(way: Way, trouble: &Trouble) -> bool {
    // Source: PostgreSQL manual, "PostgreSQL Error Codes", class 23 and 27.
    let code = trouble.sqlstate.as_deref().unwrap_or("");
    way == Way::Rollback && (code.starts_with("23") || code.starts_with("27"))
}
