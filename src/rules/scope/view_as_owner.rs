//! A view that sees past row security.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/view-as-owner",
    severity: Severity::Warning,
    when: "a view reads a table with row security as the view's owner, or a materialized view stores its rows",
    effect: "whoever may read the view reads every tenant's rows where row security does not hold for the owner",
    remedy: "create the view WITH (security_invoker = true), or let its query ask for the tenant",
    sources: &["PostgreSQL manual, CREATE VIEW, security_invoker"],
    bad: &[sample!("scope/view-as-owner/bad.sql")],
    good: &[sample!("scope/view-as-owner/good.sql")],
};
