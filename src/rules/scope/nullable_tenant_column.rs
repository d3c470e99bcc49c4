//! A tenant column that may be NULL.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/nullable-tenant-column",
    severity: Severity::Warning,
    when: "the tenant column of a table may be NULL",
    effect: "a row without a tenant is nobody's: no statement for one tenant reaches it, and keys that hold the tenant do not hold for it",
    remedy: "fill the column and SET NOT NULL; rows that are the same for all belong into a table of their own",
    sources: &["PostgreSQL manual, \"Constraints\", \"Unique Constraints\""],
    bad: &[sample!("scope/nullable-tenant-column/bad.sql")],
    good: &[sample!("scope/nullable-tenant-column/good.sql")],
};
