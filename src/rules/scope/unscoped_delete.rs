//! A DELETE that can remove rows of another tenant.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/unscoped-delete",
    severity: Severity::Error,
    when: "a DELETE from a tenant table, or what it cascades to, is not restricted to one tenant in every state of the data",
    effect: "rows of other tenants are lost",
    remedy: "restrict the target and every source by the tenant column: `WHERE tenant_id = :'tenant_id'`",
    sources: &["PostgreSQL manual, DELETE", "PostgreSQL manual, \"Constraints\", \"Foreign Keys\""],
    bad: &[sample!("scope/unscoped-delete/bad.sql")],
    good: &[sample!("scope/unscoped-delete/good.sql")],
};
