//! A change that nothing in the project tells how to undo.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "inverse/underivable",
    severity: Severity::Error,
    when: "a statement changes something, and what was there before cannot be worked out from the statement and the catalog before it",
    effect: "the rollback stops here: every later migration can be undone, this one and the earlier ones cannot",
    remedy: "write the inverse between `-- tenet: rollback` and `-- tenet: end`, or accept the loss with `-- tenet: irreversible because <reason>`",
    sources: &["PostgreSQL manual, ALTER TYPE: there is no DROP VALUE"],
    bad: &[sample!("inverse/underivable/bad.sql")],
    good: &[sample!("inverse/underivable/good.sql")],
};
