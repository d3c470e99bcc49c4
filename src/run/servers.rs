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
    /// The timeline that each was on when it was first met.
    timelines: BTreeMap<String, String>,
    /// One that is on another by now.
    promoted: Option<String>,
}

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

    /// Takes down the timeline of a server. Another than before means that a standby has taken its place: what was committed
    /// and never reached that is lost.
    pub(super) fn is_of(&self, server: &str, timeline: &str) {
        let mut known = self.known();
        let first = known.timelines.entry(server.to_owned()).or_insert_with(|| timeline.to_owned());
        if first != timeline {
            known.promoted = Some(server.to_owned());
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
    fn a_server_on_another_timeline_is_another_server() {
        let servers = Servers::default();
        for (server, timeline) in [("a", "00000001"), ("b", "00000002"), ("a", "00000001")] {
            servers.is_of(server, timeline);
        }
        assert_eq!(servers.promoted(), None);
        servers.is_of("a", "00000002");
        assert!(servers.promoted().is_some_and(|text| text.contains("the place of a meanwhile")));
    }

    #[test]
    fn a_server_that_answers_again_is_not_given_up() {
        let servers = Servers::default();
        servers.is_down("a");
        assert!(servers.is_given_up("a") && !servers.is_given_up("b"));
        servers.is_up("a");
        assert!(!servers.is_given_up("a"));
    }
}
