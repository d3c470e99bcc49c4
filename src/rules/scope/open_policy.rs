//! A policy that does not ask for the tenant.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/open-policy",
    severity: Severity::Error,
    when: "a permissive policy for everybody is always true, or asks for nothing that tells tenants apart, and no restrictive one narrows it",
    effect: "every role sees or writes every tenant's rows of the table",
    remedy: "let the policy compare the tenant column with the session's tenant",
    sources: &["PostgreSQL manual, CREATE POLICY"],
    bad: &[sample!("scope/open-policy/bad.sql")],
    good: &[sample!("scope/open-policy/good.sql")],
};
