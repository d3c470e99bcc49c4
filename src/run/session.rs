//! A connection that belongs to a run: known to the ledger, holding the lock of whom it works for.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use super::Context;
use super::asking::{OWN, ending, greeting, key, locking, unlocking};
use super::frozen::Frozen;
use super::interpret::{Around, Sending, Variables, interpret, literal};
use super::inventory::is_not_there;
use super::route::{Site, Step};
use super::servers::server;
use super::standing::{Chain, Closed, Progress, Standing, read, steps_at};
use super::trouble::{Class, Trouble};
use crate::db::{Connection, DbError, Outcome, Rows, Target};
use crate::emit::{self, Way};

/// How long another session's lock is asked for again and again.
const PATIENCE: Duration = Duration::from_secs(60);

/// The lock under which a ledger is installed.
const LEDGER: &str = "tenet ledger";

/// What PostgreSQL says of a transaction that it never had.
const IN_THE_FUTURE: &str = "22023";

/// What PostgreSQL says of a table or schema that is not there.
const NO_LEDGER: [&str; 2] = ["42P01", "3F000"];

/// An open connection.
pub(super) struct Session<'a> {
    pub(super) connection: Connection,
    context: &'a Context<'a>,
    target: Target,
    /// The timeline that the server is on.
    pub(super) timeline: String,
    /// The server's process behind it.
    backend: String,
    /// Whose lock is held.
    held: Option<String>,
    /// Where the chain ends whose lock was taken when we connected.
    ahead: Option<Option<Standing>>,
    watched: Option<u64>,
}

/// What a session may do to a database without tenet's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ledger {
    /// Install them, or bring them up to date.
    Install,
    /// Leave everything as it is.
    Look,
}

/// What a ledger is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Current,
    Absent,
}

impl<'a> Session<'a> {
    /// Connects, and makes the database ready for a run.
    pub(super) fn open(
        context: &'a Context<'a>,
        target: &Target,
        ledger: Ledger,
    ) -> Result<(Session<'a>, Found), Trouble> {
        let mut session = Session::connect(context, target)?;
        session.greet()?;
        let found = session.ledger(ledger)?;
        Ok((session, found))
    }

    /// Connects to work on a chain. Where the ledger is there and current, all that is said and asked before any work is one
    /// message: who we are, which ledger it is, the chain's lock, and where the chain ends.
    pub(super) fn enter(context: &'a Context<'a>, target: &Target, chain: Chain<'_>) -> Result<Session<'a>, Trouble> {
        let mut session = Session::connect(context, target)?;
        let questions = [
            // What is read behind the lock must not be older than the lock.
            "SET TRANSACTION ISOLATION LEVEL READ COMMITTED".to_owned(),
            greeting(context),
            "SELECT tenet.version()".to_owned(),
            locking(chain.name()),
            ending(chain),
        ];
        match session.connection.send(&questions.join(";\n")) {
            Ok(outcomes) => session.entered(chain, outcomes)?,
            // There is no ledger, or an older tenet's; what was said went with the message, but not a lock.
            Err(DbError::Sql(error)) if is_not_there(&error.sqlstate) => {
                session.greet()?;
                session.send("SELECT pg_advisory_unlock_all()")?;
                session.ledger(Ledger::Install)?;
            }
            Err(error) => return Err(Trouble::of(error)),
        }
        Ok(session)
    }

    fn connect(context: &'a Context<'a>, target: &Target) -> Result<Session<'a>, Trouble> {
        let connection = Connection::open(target).map_err(Trouble::of)?;
        context.servers.is_up(&server(target));
        let watched = connection.canceller().map(|canceller| context.stop.watch(canceller));
        let (target, timeline, backend) = (target.clone(), String::new(), String::new());
        Ok(Session { connection, context, target, timeline, backend, held: None, ahead: None, watched })
    }

    /// Takes the answers of a database that is entered.
    fn entered(&mut self, chain: Chain<'_>, outcomes: Vec<Outcome>) -> Result<(), Trouble> {
        let mut answers = outcomes.into_iter().filter_map(|outcome| outcome.rows);
        let mut next = || answers.next().unwrap_or_default();
        let (greeted, version, lock, standing) = (next(), next(), next(), next());
        self.greeted(&first_row(greeted))?;
        if self.takes(chain.name(), &first_row(lock))? {
            self.ahead = Some(Standing::of_rows(&standing).next().map(|(_, standing)| standing));
        }
        let newest = emit::ledger_versions().last().copied();
        match first_row(version).into_iter().next().flatten() {
            found if found.as_deref() == newest => Ok(()),
            _ => self.ledger(Ledger::Install).map(drop),
        }
    }

    /// Says who we are, and finds out whom we speak to.
    fn greet(&mut self) -> Result<(), Trouble> {
        let row = one_row(self.send(&greeting(self.context))?);
        self.greeted(&row)
    }

    fn greeted(&mut self, row: &[Option<String>]) -> Result<(), Trouble> {
        self.backend = row.first().cloned().flatten().unwrap_or_default();
        if row.get(1).cloned().flatten().as_deref() == Some("true") {
            return Err(Trouble::refusal("the server is a standby: it takes no changes".to_owned()));
        }
        self.timeline = row.get(2).cloned().flatten().unwrap_or_default();
        self.context.servers.is_on(&self.target, &self.timeline);
        Ok(())
    }

    /// Installs tenet's tables, or brings them up to date.
    pub(super) fn ledger(&mut self, ledger: Ledger) -> Result<Found, Trouble> {
        let versions = self.versions()?;
        let known = emit::ledger_versions();
        if let Some(newer) = versions.iter().find(|version| !known.contains(&version.as_str())) {
            let message = format!("tenet's own tables are of a newer tenet (version {newer}): use that one");
            return Err(Trouble::refusal(message));
        }
        if versions.len() == known.len() {
            return Ok(Found::Current);
        }
        if ledger == Ledger::Look {
            return Ok(if versions.is_empty() { Found::Absent } else { Found::Current });
        }
        self.lock(LEDGER)?;
        let program = self.context.ledger.as_ref().map_err(|error| Trouble::refusal(error.to_string()))?;
        let how = (Sending::Batched, self.context.stop);
        let result = interpret(&mut self.connection, program, &Variables::new(), &Around::default(), how);
        self.unlock(LEDGER)?;
        result.map_err(|failure| Trouble::of_script(failure, "tenet's own tables"))?;
        Ok(Found::Current)
    }

    fn versions(&mut self) -> Result<Vec<String>, Trouble> {
        match self.connection.send("SELECT version FROM tenet.ledger ORDER BY version") {
            Ok(outcomes) => {
                let rows = outcomes.into_iter().find_map(|outcome| outcome.rows).unwrap_or_default();
                Ok(rows.values.into_iter().flatten().flatten().collect())
            }
            Err(DbError::Sql(error)) if NO_LEDGER.contains(&error.sqlstate.as_str()) => Ok(Vec::new()),
            Err(error) => Err(Trouble::of(error)),
        }
    }

    /// Sends our own statements.
    pub(super) fn send(&mut self, text: &str) -> Result<Vec<Outcome>, Trouble> {
        self.connection.send(text).map_err(Trouble::of)
    }

    /// Takes the lock of a chain and reads where the chain ends.
    pub(super) fn hold(&mut self, chain: Chain<'_>) -> Result<Option<Standing>, Trouble> {
        let ahead = self.ahead.take();
        match (self.held.as_deref() == Some(chain.name()), ahead) {
            (true, Some(standing)) => return Ok(standing),
            (true, None) => return self.standing(chain),
            (false, _) => {}
        }
        let rows = self.lock_and(chain.name(), Some(&ending(chain)))?;
        Ok(Standing::of_rows(&rows).next().map(|(_, standing)| standing))
    }

    /// Reads where a chain ends.
    pub(super) fn standing(&mut self, chain: Chain<'_>) -> Result<Option<Standing>, Trouble> {
        let outcomes = self.send(&ending(chain))?;
        let rows = outcomes.into_iter().find_map(|outcome| outcome.rows).unwrap_or_default();
        Ok(Standing::of_rows(&rows).next().map(|(_, standing)| standing))
    }

    /// Returns what a chain says of steps.
    pub(super) fn progress(
        &mut self,
        steps: &[usize],
        chain: Chain<'_>,
        standing: Option<&Standing>,
    ) -> Result<Progress, Trouble> {
        read(self.context.route, steps, chain, standing, &mut self.connection)
    }

    /// Returns the steps that tenants do not need who came after everybody had them.
    pub(super) fn closed(&mut self) -> Result<Closed, Trouble> {
        let route = self.context.route;
        let query = "SELECT version, phase::text, min(id)::text FROM tenet.event
             WHERE tenant IS NULL AND action = 'closed' GROUP BY version, phase";
        let rows = self.send(query)?.into_iter().find_map(|outcome| outcome.rows).unwrap_or_default();
        let steps = steps_at(route, &[Site::Member]);
        let event = |row: &Vec<Option<String>>| {
            let [Some(version), Some(phase), Some(event)] = &row[..] else { return None };
            Some((steps.iter().copied().find(|at| route.is_step(*at, version, phase))?, event.parse().ok()?))
        };
        let events: Vec<(usize, u64)> = rows.values.iter().filter_map(event).collect();
        let mut closed = Closed::of(&steps, &events);
        if !steps.is_empty() {
            closed.frozen = Frozen::read(route, self)?;
        }
        Ok(closed)
    }

    /// Returns the tenants that a session works on in this database.
    pub(super) fn running(&mut self) -> Result<BTreeSet<String>, Trouble> {
        let held = "SELECT (classid::bigint << 32 | objid::bigint) FROM pg_locks
             WHERE locktype = 'advisory' AND granted AND objsubid = 1
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        let query = format!(
            "SELECT tenant FROM (SELECT tenant FROM tenet.standing WHERE EXISTS ({held})) AS s
             WHERE hashtextextended('tenet:' || tenant, 0) IN ({held})"
        );
        let rows = self.send(&query)?.into_iter().find_map(|outcome| outcome.rows).unwrap_or_default();
        Ok(rows.values.into_iter().flatten().flatten().collect())
    }

    /// Returns the steps that were begun in batches and not ended, as version and phase: those that a run worked on, or all.
    pub(super) fn begun(&mut self, chain: Chain<'_>, of_run: Option<&str>) -> Result<Vec<(String, String)>, Trouble> {
        let of_run = of_run.map_or_else(String::new, |run| format!(" AND {} = ANY (runs)", literal(run)));
        let query = format!("SELECT version, phase::text FROM tenet.batch WHERE {}{of_run}", chain.rows());
        self.pairs(&query)
    }

    /// Returns the steps that a run applied, or came to the middle of, as version and phase.
    pub(super) fn steps_of_run(&mut self, chain: Chain<'_>, run: &str) -> Result<Vec<(String, String)>, Trouble> {
        let query = format!(
            "SELECT version, phase::text FROM tenet.event
             WHERE run = {run} AND action = 'applied' AND {rows}
             UNION SELECT version, phase::text FROM tenet.batch WHERE {run} = ANY (runs) AND {rows}",
            run = literal(run),
            rows = chain.rows()
        );
        self.pairs(&query)
    }

    fn pairs(&mut self, query: &str) -> Result<Vec<(String, String)>, Trouble> {
        let rows = self.send(query)?.into_iter().find_map(|outcome| outcome.rows).unwrap_or_default();
        let pair = |row: Vec<Option<String>>| Some((row.first()?.clone()?, row.get(1)?.clone()?));
        Ok(rows.values.into_iter().filter_map(pair).collect())
    }

    /// Returns what an undo that has just ended met that was changed since, and what became of it.
    pub(super) fn settled(&mut self, chain: Chain<'_>, step: Step) -> Result<Vec<String>, Trouble> {
        let (migration, phase) = (self.context.route.migration(step), self.context.route.phase(step));
        let what = match self.context.conflicts {
            super::Conflicts::Force => "was overwritten",
            super::Conflicts::Fail | super::Conflicts::Skip => "was left alone",
        };
        let query = format!(
            "SELECT format('%s (%s) %s: it {what}', f.relation, f.key, f.reason) FROM tenet.capture_conflict AS f
             WHERE f.capture IN (SELECT max(c.id) FROM tenet.capture AS c
                 WHERE (c.version, c.phase, c.way) = ({}, {}, 'rollback') AND c.{}
                 GROUP BY c.step) ORDER BY f.id",
            literal(&migration.version),
            phase.number,
            chain.rows()
        );
        let rows = self.send(&query)?.into_iter().find_map(|outcome| outcome.rows).unwrap_or_default();
        Ok(rows.values.into_iter().flatten().flatten().collect())
    }

    /// Returns until when the last migration that recorded rows can be brought back, for each tenant of this database.
    pub(super) fn undoable(&mut self) -> Result<BTreeMap<String, String>, Trouble> {
        let Some(kept) = self.context.settings.keep_undo else { return Ok(BTreeMap::new()) };
        let query = format!("SELECT tenant, until FROM tenet.undoable_until('{} s')", kept.as_secs());
        match self.pairs(&query) {
            // The ledger is of an older tenet.
            Err(trouble) if trouble.sqlstate.as_deref().is_some_and(is_not_there) => Ok(BTreeMap::new()),
            found => found.map(|pairs| pairs.into_iter().collect()),
        }
    }

    /// Takes away what was recorded in this database longer ago than it is kept; says how many recordings that were.
    pub(super) fn expire(&mut self) -> Result<u64, Trouble> {
        let Some(kept) = self.context.settings.keep_undo else { return Ok(0) };
        let row = one_row(self.send(&format!("SELECT tenet.capture_expire('{} s')::text", kept.as_secs()))?);
        Ok(row.into_iter().flatten().find_map(|text| text.parse().ok()).unwrap_or(0))
    }

    /// Writes an event that no script writes.
    pub(super) fn record(
        &mut self,
        chain: Chain<'_>,
        step: Step,
        action: &str,
        trouble: Option<(&Trouble, Way)>,
    ) -> Result<(), Trouble> {
        let (migration, phase) = (self.context.route.migration(step), self.context.route.phase(step));
        let text = |value: Option<&str>| value.map_or_else(|| "NULL".to_owned(), literal);
        let query = format!(
            "INSERT INTO tenet.event (tenant, version, phase, action, checksum, run, script, tool, actor, sqlstate, error)
             VALUES ({}, {}, {}, '{action}', {}, {}, {}, {}, {}, {}, {})",
            chain.literal(),
            literal(&migration.version),
            phase.number,
            literal(&migration.checksum),
            literal(&self.context.run),
            text(trouble.map(|(_, way)| phase.script(way).checksum.as_str())),
            literal(&self.context.tool),
            text(Some(self.context.actor.as_str()).filter(|actor| !actor.is_empty())),
            text(trouble.and_then(|(trouble, _)| trouble.sqlstate.as_deref())),
            text(trouble.map(|(trouble, _)| trouble.message.as_str())),
        );
        self.send(&query).map(drop)
    }

    /// Gives the lock back.
    pub(super) fn release(&mut self) -> Result<(), Trouble> {
        match self.held.take() {
            Some(held) => self.unlock(&held),
            None => Ok(()),
        }
    }

    /// Returns what gives the lock back, to be sent with what is done last under it.
    pub(super) fn releasing(&self) -> Option<String> {
        self.held.as_deref().map(unlocking)
    }

    /// Takes the answer to that.
    pub(super) fn released(&mut self, rows: Rows) -> Result<(), Trouble> {
        self.held = None;
        is_given_back(&first_row(rows))
    }

    /// Takes a lock of the session, asking until it is free. Who waits in the server holds a snapshot, and CREATE INDEX
    /// CONCURRENTLY would wait for that.
    pub(super) fn lock(&mut self, name: &str) -> Result<(), Trouble> {
        match self.held.as_deref() == Some(name) {
            true => Ok(()),
            false => self.lock_and(name, None).map(drop),
        }
    }

    /// Takes a lock, and returns what a query gives behind it.
    fn lock_and(&mut self, name: &str, then: Option<&str>) -> Result<Rows, Trouble> {
        let begin = Instant::now();
        let mut attempt = 0;
        let text = then.map_or_else(|| locking(name), |then| format!("{};\n{then}", locking(name)));
        loop {
            let mut answers = self.send(&text)?.into_iter().filter_map(|outcome| outcome.rows);
            if self.takes(name, &first_row(answers.next().unwrap_or_default()))? {
                return Ok(answers.next().unwrap_or_default());
            }
            let is_queue = name == LEDGER || name == super::OUTSIDE;
            if self.context.stop.is_asked() {
                return Err(Trouble::new(Class::Stopped, "stopped while another session works here".to_owned()));
            }
            if begin.elapsed() > PATIENCE && !is_queue {
                let holder = self.holder(name)?;
                return Err(Trouble::new(Class::Busy, format!("another session works here{holder}")));
            }
            thread::sleep(Trouble::pause(attempt, self.context.chance()).min(Duration::from_millis(500)));
            attempt += 1;
        }
    }

    /// Reads whether a lock was had, and whether it is ours and nobody else's.
    fn takes(&mut self, name: &str, row: &[Option<String>]) -> Result<bool, Trouble> {
        let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
        if text(1) != self.backend || text(2) != self.context.run {
            return Err(Trouble::refusal(POOLED.to_owned()));
        }
        let is_had = text(0) == "true";
        if is_had && name != LEDGER && name != super::OUTSIDE {
            self.held = Some(name.to_owned());
        }
        Ok(is_had)
    }

    /// Gives a lock of the session back.
    pub(super) fn unlock(&mut self, name: &str) -> Result<(), Trouble> {
        let row = one_row(self.send(&unlocking(name))?);
        is_given_back(&row)
    }

    /// Says who holds a lock.
    fn holder(&mut self, name: &str) -> Result<String, Trouble> {
        let query = format!(
            "SELECT a.pid::text, a.application_name FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
             WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
               AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND (l.classid::bigint << 32 | l.objid::bigint) = {}",
            key(name)
        );
        let row = one_row(self.send(&query)?);
        let text = |at: usize| row.get(at).cloned().flatten();
        Ok(text(0).zip(text(1)).map_or(String::new(), |(pid, name)| format!(": `{name}`, process {pid}")))
    }

    /// Takes limits off again: what ran outside transactions has put the role's own in their place.
    pub(super) fn unlimit(&mut self) -> Result<(), Trouble> {
        let calls = OWN.map(|(name, value)| format!("set_config('{name}', '{value}', false)"));
        self.send(&format!("SELECT {}", calls.join(", "))).map(drop)
    }

    /// Returns the number of the server's process.
    pub(super) fn backend(&self) -> &str {
        &self.backend
    }

    /// Says what became of a transaction whose COMMIT was never answered. It is said and nothing else: what is done, the
    /// ledger knows, also where another server has taken the place of the one that could have answered.
    pub(super) fn fate(&mut self, xid: &str) -> Result<String, Trouble> {
        match self.send(&format!("SELECT pg_xact_status('{xid}'::xid8)")) {
            Ok(outcomes) => {
                let fate = one_row(outcomes).into_iter().next().flatten();
                Ok(fate.unwrap_or_else(|| "too long ago to be known".to_owned()))
            }
            Err(trouble) if trouble.sqlstate.as_deref() == Some(IN_THE_FUTURE) => {
                Ok("of a server that is not this one".to_owned())
            }
            Err(trouble) => Err(trouble),
        }
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if let Some(watched) = self.watched {
            self.context.stop.forget(watched);
        }
    }
}

/// Why a connection cannot be used.
pub(super) const POOLED: &str = "the connection goes through a pooler that changes the session between transactions \
(PgBouncer in transaction mode): locks and settings do not hold; name the server itself";

/// A lock that is not ours any more was not ours while we worked, either.
fn is_given_back(row: &[Option<String>]) -> Result<(), Trouble> {
    match row.first().cloned().flatten().as_deref() {
        Some("true") => Ok(()),
        _ => Err(Trouble::refusal(POOLED.to_owned())),
    }
}

/// Returns the first row of the first result.
pub(super) fn one_row(outcomes: Vec<Outcome>) -> Vec<Option<String>> {
    first_row(outcomes.into_iter().find_map(|outcome| outcome.rows).unwrap_or_default())
}

fn first_row(rows: Rows) -> Vec<Option<String>> {
    rows.values.into_iter().next().unwrap_or_default()
}
