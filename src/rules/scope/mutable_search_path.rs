//! A function that runs as its owner and trusts the caller's search_path.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/mutable-search-path",
    severity: Severity::Warning,
    when: "a SECURITY DEFINER function or procedure does not set its search_path",
    effect: "a caller who can create a table or function of the right name makes it run with the owner's rights",
    remedy: "SET search_path in its definition, pg_temp last",
    sources: &["PostgreSQL manual, CREATE FUNCTION, \"Writing SECURITY DEFINER Functions Safely\""],
    bad: &[sample!("scope/mutable-search-path/bad.sql")],
    good: &[sample!("scope/mutable-search-path/good.sql")],
};
