//! Statements that PostgreSQL would refuse.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "schema/refused-statement",
    severity: Severity::Error,
    when: "the history before a statement leaves a schema in which PostgreSQL raises an error on it",
    effect: "the migration fails on every database that this history made",
    remedy: "write the statement for the schema that the migrations before it leave",
    sources: &[],
    bad: &[
        sample!("schema/refused-statement/bad/migrations/0001_orders.sql"),
        sample!("schema/refused-statement/bad/migrations/0002_total.sql"),
    ],
    good: &[
        sample!("schema/refused-statement/good/migrations/0001_orders.sql"),
        sample!("schema/refused-statement/good/migrations/0002_total.sql"),
    ],
};
