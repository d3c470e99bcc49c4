//! An UPDATE that can change rows of another tenant.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/unscoped-update",
    severity: Severity::Error,
    when: "an UPDATE of a tenant table is not restricted to one tenant in every state of the data",
    effect: "rows of other tenants are changed, or a tenant's rows are changed to what another tenant's rows say",
    remedy: "restrict the target and every source by the tenant column: `WHERE tenant_id = :'tenant_id'`",
    sources: &["PostgreSQL manual, UPDATE"],
    bad: &[sample!("scope/unscoped-update/bad.sql")],
    good: &[sample!("scope/unscoped-update/good.sql")],
};
