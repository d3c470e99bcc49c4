//! A MERGE that can change, remove or store rows of another tenant.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/unscoped-merge",
    severity: Severity::Error,
    when: "the source or an action of a MERGE is not restricted to one tenant; a test in ON does not restrict WHEN NOT MATCHED",
    effect: "rows of other tenants are changed, lost or copied",
    remedy: "restrict the source by the tenant column, and compare that column in ON",
    sources: &["PostgreSQL manual, MERGE"],
    bad: &[sample!("scope/unscoped-merge/bad.sql")],
    good: &[sample!("scope/unscoped-merge/good.sql")],
};
