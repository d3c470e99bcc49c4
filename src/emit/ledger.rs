//! The scripts of tenet's own tables: its own migrations, compiled as those of its users are.

use super::Output;
use crate::catalog::Origin;
use crate::changes::Inverse;
use crate::pg::Ident;
use crate::replay::Replay;
use crate::syntax::read;

/// tenet's own migrations in order: version and text.
const MIGRATIONS: &[(&str, &str)] = &[
    ("0001", include_str!("../../migrations/0001_ledger.sql")),
    ("0002", include_str!("../../migrations/0002_effect.sql")),
    ("0003", include_str!("../../migrations/0003_capture.sql")),
    ("0004", include_str!("../../migrations/0004_undo.sql")),
    ("0005", include_str!("../../migrations/0005_replaced.sql")),
    ("0006", include_str!("../../migrations/0006_batch.sql")),
    ("0007", include_str!("../../migrations/0007_run.sql")),
    ("0008", include_str!("../../migrations/0008_claim.sql")),
];

const SETTINGS: &str = "\\set ON_ERROR_STOP on
BEGIN;
SET LOCAL lock_timeout = '5s';
SET LOCAL client_min_messages = warning;
";

/// Returns both scripts.
pub(super) fn scripts() -> Vec<Output> {
    let output = |name: &str, text: String| Output { name: name.to_owned(), text };
    vec![output("forward.sql", forward()), output("rollback.sql", rollback())]
}

/// Returns the versions that there are, in order.
pub(super) fn versions() -> Vec<&'static str> {
    MIGRATIONS.iter().map(|(version, _)| *version).collect()
}

/// Brings the tables to their newest version from whichever is there.
fn forward() -> String {
    let mut text =
        "-- Installs tenet's own tables, or brings them up to date; it does nothing where they are.\n".to_owned();
    text.push_str(SETTINGS);
    for (at, (version, source)) in MIGRATIONS.iter().enumerate() {
        let missing = match at {
            0 => "to_regclass('tenet.ledger') IS NULL".to_owned(),
            _ => format!("NOT EXISTS (SELECT FROM tenet.ledger WHERE version = '{version}')"),
        };
        text.push_str(&format!("SELECT {missing} AS missing \\gset tenet_\n\\if :tenet_missing\n{source}"));
        text.push_str(&format!("INSERT INTO tenet.ledger (version) VALUES ('{version}');\n\\endif\n"));
    }
    text.push_str("COMMIT;\n");
    text
}

/// Takes the tables away, unless they say that something is still applied.
fn rollback() -> String {
    let mut text = "-- Takes tenet's own tables away, unless they say that something is still applied.\n".to_owned();
    text.push_str(SETTINGS);
    text.push_str(
        "SELECT tenet.require(
    NOT EXISTS (SELECT FROM tenet.migration WHERE rolled_back_at IS NULL),
    'migrations are still applied: roll them back first'
) AS required \\gset tenet_
",
    );
    for inverse in inverses().iter().rev() {
        inverse.changes().iter().for_each(|change| text.push_str(&format!("{change};\n")));
    }
    text.push_str("COMMIT;\n");
    text
}

/// Returns what undoes each statement of tenet's own migrations, in their order.
fn inverses() -> Vec<Inverse> {
    let mut replay = Replay::new(vec![Ident::exact("public")]);
    let mut inverses = Vec::new();
    for (_, source) in MIGRATIONS {
        for statement in read::script(source).statements {
            let parsed = statement.outcome.as_ref().expect("a test reads our own migrations");
            inverses.push(replay.step(parsed, Origin::default()).inverse);
        }
    }
    inverses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_of_our_own_can_be_undone() {
        for inverse in inverses() {
            assert!(matches!(inverse, Inverse::Exact(_)), "{inverse:?}");
        }
    }
}
