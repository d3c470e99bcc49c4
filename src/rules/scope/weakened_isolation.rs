//! A migration that takes away what keeps tenants apart.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/weakened-isolation",
    severity: Severity::Error,
    when: "a migration switches row security off or no longer forces it, lets the tenant column be NULL, or drops the foreign key to a row's owner, and nothing puts it back",
    effect: "rows that were kept apart so far may meet from then on",
    remedy: "leave it in place; where it has to go, put it back in the same history, or allow it with the reason",
    sources: &[],
    bad: &[sample!("scope/weakened-isolation/bad.sql")],
    good: &[sample!("scope/weakened-isolation/good.sql")],
};
