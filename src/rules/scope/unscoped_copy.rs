//! A COPY whose rows are not proved to be one tenant's.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/unscoped-copy",
    severity: Severity::Error,
    when: "COPY FROM loads a tenant table without a WHERE that fixes the tenant, or COPY TO writes rows of several tenants",
    effect: "whatever the file says is stored for whatever tenant it names, or a file of one tenant holds rows of another",
    remedy: "load with `WHERE tenant_id = :'tenant_id'`, and write from a query that is restricted to the tenant",
    sources: &["PostgreSQL manual, COPY"],
    bad: &[sample!("scope/unscoped-copy/bad.sql")],
    good: &[sample!("scope/unscoped-copy/good.sql")],
};
