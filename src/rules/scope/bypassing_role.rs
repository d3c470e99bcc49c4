//! A role that row security does not hold for.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/bypassing-role",
    severity: Severity::Warning,
    when: "a role has BYPASSRLS, in a project that keeps tenants apart by row security",
    effect: "whoever is this role sees and writes every tenant's rows",
    remedy: "create it NOBYPASSRLS; where a back office needs it, allow it with the reason",
    sources: &["PostgreSQL manual, CREATE ROLE, BYPASSRLS"],
    bad: &[sample!("scope/bypassing-role/bad.sql")],
    good: &[sample!("scope/bypassing-role/good.sql")],
};
