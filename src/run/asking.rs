//! What is said and asked before any work, as texts that can be sent together.

use super::Context;
use super::interpret::literal;
use super::servers::TIMELINE;
use super::standing::{COLUMNS, Chain};

/// What a role or a database may have set for the application and must not reach our own statements: scripts set their own.
pub(super) const OWN: [(&str, &str); 4] = [
    ("statement_timeout", "0"),
    ("lock_timeout", "10s"),
    ("idle_in_transaction_session_timeout", "0"),
    ("default_transaction_isolation", "read committed"),
];

/// Returns what says who we are and asks whom we speak to.
pub(super) fn greeting(context: &Context<'_>) -> String {
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
    format!("SELECT pg_backend_pid()::text, pg_is_in_recovery()::text, {TIMELINE}, {}", calls.join(", "))
}

/// Returns what tries a lock, and asks whose session it is.
pub(super) fn locking(name: &str) -> String {
    format!(
        "SELECT pg_try_advisory_lock({})::text, pg_backend_pid()::text, current_setting('tenet.run', true)",
        key(name)
    )
}

/// Returns what gives a lock back.
pub(super) fn unlocking(name: &str) -> String {
    format!("SELECT pg_advisory_unlock({})::text", key(name))
}

/// Returns what asks where a chain ends.
pub(super) fn ending(chain: Chain<'_>) -> String {
    format!("SELECT {COLUMNS} FROM tenet.standing WHERE tenant = {}", literal(chain.name()))
}

/// Returns the number of a lock as SQL.
pub(super) fn key(name: &str) -> String {
    format!("hashtextextended('tenet:' || {}, 0)", literal(name))
}
