//! Differences between the declared schema and what the history makes.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "schema/drift",
    severity: Severity::Error,
    when: "the migrations, run from the first to the last, make another schema than the declared one",
    effect: "new databases and those that were migrated differ, and the next migration is written for a schema that nobody has",
    remedy: "write a migration that brings the difference, or declare what the migrations make",
    sources: &[],
    bad: &[sample!("schema/drift/bad/migrations/0001_orders.sql"), sample!("schema/drift/bad/schema/orders.sql")],
    good: &[sample!("schema/drift/good/migrations/0001_orders.sql"), sample!("schema/drift/good/schema/orders.sql")],
};
