//! A TRUNCATE of a table that tenants share.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/unscoped-truncate",
    severity: Severity::Error,
    when: "TRUNCATE names a table that holds rows of several tenants, or reaches one by CASCADE",
    effect: "the rows of every tenant are lost",
    remedy: "delete one tenant's rows instead: `DELETE FROM … WHERE tenant_id = :'tenant_id'`",
    sources: &["PostgreSQL manual, TRUNCATE"],
    bad: &[sample!("scope/unscoped-truncate/bad.sql")],
    good: &[sample!("scope/unscoped-truncate/good.sql")],
};
