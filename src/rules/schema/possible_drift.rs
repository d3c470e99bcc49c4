//! Expressions that the declared schema and the history write differently.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "schema/possible-drift",
    severity: Severity::Warning,
    when: "an expression of the declared schema is written otherwise than in the migrations, and may or may not mean the same",
    effect: "if it does not mean the same, new databases and those that were migrated differ",
    remedy: "write both alike, or let `tenet verify` decide on a server",
    sources: &[],
    bad: &[
        sample!("schema/possible-drift/bad/migrations/0001_orders.sql"),
        sample!("schema/possible-drift/bad/schema/orders.sql"),
    ],
    good: &[
        sample!("schema/possible-drift/good/migrations/0001_orders.sql"),
        sample!("schema/possible-drift/good/schema/orders.sql"),
    ],
};
