//! A key that is unique across all tenants.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/unique-key-without-tenant",
    severity: Severity::Warning,
    when: "a unique key of a tenant table, on what people choose themselves, lacks the tenant column, while other keys of the project have it",
    effect: "one tenant's value keeps all others from using it, and the error tells them that it is taken",
    remedy: "make it unique for each tenant; on in projects with such keys, or where settings name the rule",
    sources: &["PostgreSQL manual, \"Row Security Policies\": referential integrity checks bypass row security"],
    bad: &[sample!("scope/unique-key-without-tenant/bad.sql")],
    good: &[sample!("scope/unique-key-without-tenant/good.sql")],
};
