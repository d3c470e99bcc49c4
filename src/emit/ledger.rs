//! The scripts of tenet's own tables.

use super::Output;

/// Returns both scripts.
pub(super) fn scripts() -> Vec<Output> {
    let output = |name: &str, text: &str| Output { name: name.to_owned(), text: text.to_owned() };
    vec![
        output("forward.sql", include_str!("ledger/forward.sql")),
        output("rollback.sql", include_str!("ledger/rollback.sql")),
    ]
}
