//! A tenant table without row security, in a project that uses it.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/missing-row-security",
    severity: Severity::Error,
    when: "a table of tenants' rows has no row security, and other tables of the project have it",
    effect: "a query without a tenant test reads and writes every tenant's rows of it",
    remedy: "ENABLE ROW LEVEL SECURITY and create a policy that asks for the tenant; on in projects with row security, or where settings name the rule",
    sources: &["PostgreSQL manual, \"Row Security Policies\""],
    bad: &[sample!("scope/missing-row-security/bad.sql")],
    good: &[sample!("scope/missing-row-security/good.sql")],
};
