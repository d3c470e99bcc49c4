//! A statement that PostgreSQL refuses inside a transaction, in a migration with others.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "transaction/non-transactional-with-others",
    severity: Severity::Warning,
    when: "a migration holds a statement that cannot run inside a transaction block, and other statements beside it",
    effect: "the migration cannot be one transaction: when a statement fails, what ran before it stays, and a tool that wraps migrations refuses it",
    remedy: "give the statement a migration of its own",
    sources: &[
        "PostgreSQL manual, CREATE INDEX, \"Building Indexes Concurrently\"",
        "PostgreSQL source, PreventInTransactionBlock",
    ],
    bad: &[
        sample!("transaction/non-transactional-with-others/bad/migrations/0001_orders.sql"),
        sample!("transaction/non-transactional-with-others/bad/migrations/0002_status.sql"),
    ],
    good: &[
        sample!("transaction/non-transactional-with-others/good/migrations/0001_orders.sql"),
        sample!("transaction/non-transactional-with-others/good/migrations/0002_note.sql"),
        sample!("transaction/non-transactional-with-others/good/migrations/0003_status.sql"),
    ],
};
