//! A statement whose effect depends on what tenet is not given.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/unprovable",
    severity: Severity::Error,
    when: "a statement uses dynamic SQL, or a function, trigger or table whose definition is not in the project",
    effect: "nobody knows whether it stays within one tenant",
    remedy: "write the statement out, or add the definition that the finding names to the project",
    sources: &[],
    bad: &[sample!("scope/unprovable/bad.sql")],
    good: &[sample!("scope/unprovable/good.sql")],
};
