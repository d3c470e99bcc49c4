//! Rows that are changed and cannot be recorded.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "inverse/unrecorded-rows",
    severity: Severity::Error,
    when: "a statement changes rows that cannot be recorded: those of a table without a key, of a view, or of a table that nothing creates",
    effect: "the rollback stops here: what the rows were is not known, for no tenant",
    remedy: "give a table without a key a primary key in an earlier migration, write the inverse between `-- tenet: rollback` and `-- tenet: end`, or accept the loss with `-- tenet: irreversible because <reason>`",
    sources: &["PostgreSQL manual, ALTER TABLE, REPLICA IDENTITY: a key is what identifies a row"],
    bad: &[
        sample!("inverse/unrecorded-rows/bad/migrations/0001_countries.sql"),
        sample!("inverse/unrecorded-rows/bad/migrations/0002_names.sql"),
    ],
    good: &[
        sample!("inverse/unrecorded-rows/good/migrations/0001_countries.sql"),
        sample!("inverse/unrecorded-rows/good/migrations/0002_names.sql"),
    ],
};
