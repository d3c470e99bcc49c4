//! A connection that belongs to a run: known to the ledger, holding the lock of whom it works for.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use super::Context;
use super::frozen::Frozen;
use super::interpret::{Sending, Variables, interpret, literal};
use super::inventory::is_not_there;
use super::route::{Site, Step};
use super::standing::{COLUMNS, Chain, Closed, Progress, Standing, read, steps_at};
use super::trouble::{Class, Trouble};
use crate::db::{Connection, DbError, Outcome, Target};
use crate::emit::{self, Way};

/// How long another session's lock is asked for again and again.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a role or a database may have set for the application and must not reach our own statements: scripts set their own.
const OWN: [(&str, &str); 4] = [
    ("statement_timeout", "0"),
    ("lock_timeout", "10s"),
    ("idle_in_transaction_session_timeout", "0"),
    ("default_transaction_isolation", "read committed"),
];

/// The lock under which a ledger is installed.
const LEDGER: &str = "tenet ledger";

/// What PostgreSQL says of a table or schema that is not there.
const NO_LEDGER: [&str; 2] = ["42P01", "3F000"];

/// An open connection.
pub(super) struct Session<'a> {
    pub(super) connection: Connection,
    context: &'a Context<'a>,
    /// The server's process behind it.
    backend: String,
    /// Whose lock is held.
    held: Option<String>,
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
        let connection = Connection::open(target).map_err(Trouble::of)?;
        let watched = connection.canceller().map(|canceller| context.stop.watch(canceller));
        let mut session = Session { connection, context, backend: String::new(), held: None, watched };
        session.greet()?;
        let found = session.ledger(ledger)?;
        Ok((session, found))
    }

    /// Says who we are, and finds out whom we speak to.
    fn greet(&mut self) -> Result<(), Trouble> {
        let context = self.context;
        let settings = [
            ("application_name", format!("tenet {}", context.run)),
            ("tenet.run", context.run.clone()),
            ("tenet.tool", context.tool.clone()),
            ("tenet.actor", context.actor.clone()),
            ("tenet.lock_timeout", super::LOCK_TIMEOUT.to_owned()),
            ("tenet.conflicts", context.conflicts.word().to_owned()),
            ("tenet.rows_per_second", context.rows_per_second.map_or_else(String::new, |rows| rows.to_string())),
        ];
        let limits = OWN.map(|(name, value)| (name, value.to_owned()));
        let calls: Vec<String> = settings
            .iter()
            .chain(&limits)
            .map(|(name, value)| format!("set_config('{name}', {}, false)", literal(value)))
            .collect();
        let query = format!(
            "SELECT pg_backend_pid()::text, pg_is_in_recovery()::text, current_setting('server_version_num'), {}",
            calls.join(", ")
        );
        let row = one_row(self.send(&query)?);
        self.backend = row.first().cloned().flatten().unwrap_or_default();
        if row.get(1).cloned().flatten().as_deref() == Some("true") {
            return Err(Trouble::refusal("the server is a standby: it takes no changes".to_owned()));
        }
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
        let result =
            interpret(&mut self.connection, program, &Variables::new(), &[], (Sending::Batched, self.context.stop));
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
        self.lock(chain.name())?;
        self.standing(chain)
    }

    /// Reads where a chain ends.
    pub(super) fn standing(&mut self, chain: Chain<'_>) -> Result<Option<Standing>, Trouble> {
        let query = format!("SELECT {COLUMNS} FROM tenet.standing WHERE tenant = {}", literal(chain.name()));
        let outcomes = self.send(&query)?;
        let rows = outcomes.into_iter().find_map(|outcome| outcome.rows).unwrap_or_default();
        let found = Standing::of_rows(&rows).next().map(|(_, standing)| standing);
        Ok(found)
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
        let query = format!(
            "SELECT version, phase::text FROM tenet.batch WHERE tenant IS NOT DISTINCT FROM {}{of_run}",
            chain.literal()
        );
        self.pairs(&query)
    }

    /// Returns the steps that a run applied, or came to the middle of, as version and phase.
    pub(super) fn steps_of_run(&mut self, chain: Chain<'_>, run: &str) -> Result<Vec<(String, String)>, Trouble> {
        let query = format!(
            "SELECT version, phase::text FROM tenet.event
             WHERE run = {run} AND action = 'applied' AND tenant IS NOT DISTINCT FROM {tenant}
             UNION SELECT version, phase::text FROM tenet.batch
             WHERE {run} = ANY (runs) AND tenant IS NOT DISTINCT FROM {tenant}",
            run = literal(run),
            tenant = chain.literal()
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
                 WHERE (c.version, c.phase, c.way) = ({}, {}, 'rollback') AND c.tenant IS NOT DISTINCT FROM {}
                 GROUP BY c.step) ORDER BY f.id",
            literal(&migration.version),
            phase.number,
            chain.literal()
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

    /// Takes a lock of the session, asking until it is free. Who waits in the server holds a snapshot, and CREATE INDEX
    /// CONCURRENTLY would wait for that.
    pub(super) fn lock(&mut self, name: &str) -> Result<(), Trouble> {
        if self.held.as_deref() == Some(name) {
            return Ok(());
        }
        let begin = Instant::now();
        let mut attempt = 0;
        let query = format!(
            "SELECT pg_try_advisory_lock({})::text, pg_backend_pid()::text, current_setting('tenet.run', true)",
            key(name)
        );
        loop {
            let row = one_row(self.send(&query)?);
            let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
            if text(1) != self.backend || text(2) != self.context.run {
                return Err(Trouble::refusal(POOLED.to_owned()));
            }
            if text(0) == "true" {
                if name != LEDGER && name != super::OUTSIDE {
                    self.held = Some(name.to_owned());
                }
                return Ok(());
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

    /// Gives a lock of the session back.
    pub(super) fn unlock(&mut self, name: &str) -> Result<(), Trouble> {
        let row = one_row(self.send(&format!("SELECT pg_advisory_unlock({})::text", key(name)))?);
        match row.first().cloned().flatten().as_deref() {
            Some("true") => Ok(()),
            // A lock that is not ours any more was not ours while we worked, either.
            _ => Err(Trouble::refusal(POOLED.to_owned())),
        }
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

    /// Says what became of a transaction whose COMMIT was never answered.
    pub(super) fn fate(&mut self, xid: &str) -> Result<String, Trouble> {
        let row = one_row(self.send(&format!("SELECT pg_xact_status('{xid}'::xid8)"))?);
        Ok(row.first().cloned().flatten().unwrap_or_else(|| "too long ago to be known".to_owned()))
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

fn key(name: &str) -> String {
    format!("hashtextextended('tenet:' || {}, 0)", literal(name))
}

/// Returns the first row of the first result.
pub(super) fn one_row(outcomes: Vec<Outcome>) -> Vec<Option<String>> {
    let rows = outcomes.into_iter().find_map(|outcome| outcome.rows).unwrap_or_default();
    rows.values.into_iter().next().unwrap_or_default()
}
