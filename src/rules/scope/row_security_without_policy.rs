//! Row security without a policy.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/row-security-without-policy",
    severity: Severity::Warning,
    when: "row security of a table of tenants' rows is enabled, and no policy is there",
    effect: "every role but the owner finds the table empty and cannot write to it",
    remedy: "create a policy that asks for the tenant",
    sources: &["PostgreSQL manual, \"Row Security Policies\""],
    bad: &[sample!("scope/row-security-without-policy/bad.sql")],
    good: &[sample!("scope/row-security-without-policy/good.sql")],
};
