//! What a run knows of the servers that it speaks to: whether they are poolers, answer, and are still the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::session::{POOLED, one_row};
use super::trouble::{Class, Trouble};
use crate::db::{Connection, DbError, Target};

/// The servers of a run, by what their connections have in common.
#[derive(Debug, Default)]
pub(super) struct Servers {
    /// Whether they are poolers, as far as they were met; whoever comes meanwhile waits for the answer.
    met: Mutex<BTreeMap<String, Arc<OnceLock<Met>>>>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// Those that did not answer however often they were asked.
    down: BTreeSet<String>,
    /// The database of each that was met first, and its timeline then. What one name leads to may be several servers, a
    /// database each.
    timelines: BTreeMap<String, (Target, String)>,
    /// One that is on another by now.
    promoted: Option<String>,
}

/// What asks for a timeline; NULL on a standby.
pub(super) const TIMELINE: &str =
    "CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END";

/// What meeting a server gave: whether it is known to be no pooler, or could not be found out yet.
type Met = Result<bool, Trouble>;

/// Returns what a target's connections have in common with those to other databases of its server.
pub(super) fn server(target: &Target) -> String {
    target.with_database("").to_string()
}

impl Servers {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses poolers, once for each server.
    pub(super) fn vet(&self, target: &Target) -> Result<(), Trouble> {
        let server = server(target);
        let met = || self.met.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = Arc::clone(met().entry(server.clone()).or_default());
        let answer = slot.get_or_init(|| meet(target)).clone();
        let mut known = met();
        // Who comes later asks again.
        if answer.as_ref().ok() != Some(&true) && known.get(&server).is_some_and(|found| Arc::ptr_eq(found, &slot)) {
            known.remove(&server);
        }
        answer.map(drop)
    }

    /// Takes down that a server answers.
    pub(super) fn is_up(&self, server: &str) {
        self.known().down.remove(server);
    }

    /// Takes down that a server did not answer however often it was asked.
    pub(super) fn is_down(&self, server: &str) {
        self.known().down.insert(server.to_owned());
    }

    /// Says whether nobody has to ask a server again and again, for others have.
    pub(super) fn is_given_up(&self, server: &str) -> bool {
        self.known().down.contains(server)
    }

    /// Takes down the timeline of a server that is met.
    pub(super) fn is_on(&self, target: &Target, timeline: &str) {
        let first = || (target.clone(), timeline.to_owned());
        self.known().timelines.entry(server(target)).or_insert_with(first);
    }

    /// Takes down that a database is on another timeline than before: a standby has taken its server's place, and what was
    /// committed and never reached that is lost.
    pub(super) fn is_promoted(&self, target: &Target) {
        self.known().promoted = Some(server(target));
    }

    /// Asks each server again for its timeline.
    pub(super) fn look_again(&self) {
        let timelines = self.known().timelines.clone();
        for (target, timeline) in timelines.values() {
            let found =
                Connection::open(target).and_then(|mut connection| connection.send(&format!("SELECT {TIMELINE}")));
            // One that does not answer now has answered before; nothing is known of it.
            let found = found.map(one_row).ok().and_then(|row| row.into_iter().next().flatten());
            if found.is_some_and(|found| found != *timeline) {
                self.is_promoted(target);
            }
        }
    }

    /// Says why what was reported of a server may not be so any more.
    pub(super) fn promoted(&self) -> Option<String> {
        let known = self.known();
        known.promoted.as_ref().map(|server| {
            format!(
                "another server has taken the place of {} meanwhile, and may lack what was done before: the same command \
                 does what is missing",
                server.trim_end_matches('/')
            )
        })
    }
}

/// Finds out whether two connections are one process of the server.
fn meet(target: &Target) -> Met {
    let mut one = Connection::open(target).map_err(Trouble::of)?;
    let mut other = match Connection::open(target).map_err(Trouble::of) {
        // Who may have one connection only is met without the other.
        Err(trouble) if trouble.class == Class::Throttle => return Ok(false),
        found => found?,
    };
    match backend(&mut one).map_err(Trouble::of)? == backend(&mut other).map_err(Trouble::of)? {
        true => Err(Trouble::refusal(POOLED.to_owned())),
        false => Ok(true),
    }
}

/// Returns the number of the server's process behind a connection.
fn backend(connection: &mut Connection) -> Result<Vec<Option<String>>, DbError> {
    connection.send("SELECT pg_backend_pid()::text").map(one_row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_answers_again_is_not_given_up() {
        let servers = Servers::default();
        servers.is_down("a");
        assert!(servers.is_given_up("a") && !servers.is_given_up("b"));
        servers.is_up("a");
        assert!(!servers.is_given_up("a"));
    }
}
