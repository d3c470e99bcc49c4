//! A DROP or type change that throws rows or values away.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "inverse/lossy-drop",
    severity: Severity::Error,
    when: "a column, a table or a value that rows can hold is dropped while the settings say `drops: drop`",
    effect: "what the rows held is lost; a rollback brings back the shape only",
    remedy: "copy what must not be lost first, then accept the loss with `-- tenet: allow inverse/lossy-drop because <reason>`",
    sources: &["PostgreSQL manual, ALTER TABLE, \"DROP COLUMN\""],
    bad: &[
        sample!("inverse/lossy-drop/bad/migrations/0001_orders.sql"),
        sample!("inverse/lossy-drop/bad/migrations/0002_drop_status.sql"),
    ],
    good: &[
        sample!("inverse/lossy-drop/good/migrations/0001_orders.sql"),
        sample!("inverse/lossy-drop/good/migrations/0002_drop_status.sql"),
    ],
};
