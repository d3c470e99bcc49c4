//! Histories that cannot be followed to their end.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "schema/uncertain-history",
    severity: Severity::Warning,
    when: "a statement may change the schema in a way that depends on more than the history: a loop over rows, a text put together from them",
    effect: "what later statements meet is not known for sure, so errors in them and differences from the declared schema are not found",
    remedy: "write the change as plain statements, or check the history with `tenet verify`",
    sources: &[],
    bad: &[
        sample!("schema/uncertain-history/bad/migrations/0001_orders.sql"),
        sample!("schema/uncertain-history/bad/migrations/0002_archive.sql"),
    ],
    good: &[
        sample!("schema/uncertain-history/good/migrations/0001_orders.sql"),
        sample!("schema/uncertain-history/good/migrations/0002_archive.sql"),
    ],
};
