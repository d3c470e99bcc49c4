//! A MERGE that can change rows of another tenant.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/unscoped-merge",
    severity: Severity::Error,
    when: "a MERGE into a tenant table is not restricted to one tenant in every state of the data",
    effect: "rows of other tenants are changed or made, or a tenant's rows are changed to what another tenant's rows say",
    remedy: "restrict the source by the tenant column, and tie target and source by it in ON",
    sources: &["PostgreSQL manual, MERGE"],
    bad: &[sample!("scope/unscoped-merge/bad.sql")],
    good: &[sample!("scope/unscoped-merge/good.sql")],
};
