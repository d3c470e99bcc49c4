//! A query whose result mixes tenants.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/unscoped-read",
    severity: Severity::Error,
    when: "a query that decides what a statement stores, prints or does reads a tenant table without restricting it to one tenant",
    effect: "what one tenant's rows say flows to another tenant, or decides what happens to it",
    remedy: "restrict every tenant table that the query reads by the tenant column",
    sources: &[],
    bad: &[sample!("scope/unscoped-read/bad.sql")],
    good: &[sample!("scope/unscoped-read/good.sql")],
};
