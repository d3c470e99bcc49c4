//! Who stands in the way: watched from a connection of its own while another waits for a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::session::one_row;
use crate::db::{Connection, Target};

/// How often the waiting process is looked at.
const POLL: Duration = Duration::from_millis(40);

/// How much of a query is shown, in characters.
const SHOWN: usize = 120;

/// Watches a server's process until it is asked.
pub(super) struct Watcher {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<Option<String>>,
}

impl Watcher {
    /// Watches a process of the server.
    pub(super) fn start(target: &Target, backend: &str) -> Watcher {
        let is_over = Arc::new(AtomicBool::new(false));
        let (over, target, backend) = (Arc::clone(&is_over), target.clone(), backend.to_owned());
        let thread = thread::spawn(move || {
            let mut connection = Connection::open(&target).ok()?;
            let mut seen = None;
            while !over.load(Ordering::SeqCst) {
                seen = look(&mut connection, &backend).or(seen);
                thread::sleep(POLL);
            }
            seen
        });
        Watcher { is_over, thread }
    }

    /// Says who stood in the way last.
    pub(super) fn end(self) -> Option<String> {
        self.is_over.store(true, Ordering::SeqCst);
        self.thread.join().ok().flatten()
    }
}

fn look(connection: &mut Connection, backend: &str) -> Option<String> {
    let query = format!(
        "SELECT a.pid::text, a.state, a.query, extract(epoch FROM clock_timestamp() - a.xact_start)::bigint::text,
                a.application_name
         FROM unnest(pg_blocking_pids({backend})) AS b (pid) JOIN pg_stat_activity AS a ON a.pid = b.pid
         ORDER BY a.xact_start LIMIT 1"
    );
    let row = one_row(connection.send(&query).ok()?);
    let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    let (pid, state, query, age, application) = (text(0), text(1), text(2), text(3), text(4));
    if pid.is_empty() {
        return None;
    }
    let words: Vec<&str> = query.split_whitespace().collect();
    let mut query: String = words.join(" ").chars().take(SHOWN).collect();
    if state.starts_with("idle") {
        query = format!("{query} ({state})");
    }
    let by = if application.is_empty() { String::new() } else { format!(" of `{application}`") };
    Some(format!("process {pid}{by}, in a transaction for {age} s: {query}"))
}
