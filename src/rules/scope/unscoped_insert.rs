//! An INSERT that can store rows of another tenant, or from another tenant's rows.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/unscoped-insert",
    severity: Severity::Error,
    when: "the tenant column of an inserted row, or a row that its values come from, is not proved to be the one tenant's",
    effect: "a tenant sees rows that are not its own",
    remedy: "give the tenant column the tenant itself, and restrict every source by it; let ON CONFLICT name a key that holds it",
    sources: &["PostgreSQL manual, INSERT"],
    bad: &[sample!("scope/unscoped-insert/bad.sql")],
    good: &[sample!("scope/unscoped-insert/good.sql")],
};
