//! A tenant that psql pastes into the statement as raw text.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/raw-parameter",
    severity: Severity::Warning,
    when: "the tenant is written `:tenant_id`",
    effect: "psql replaces it by the bare text of the variable: a tenant named `0 OR true` reaches every tenant's rows",
    remedy: "quote it: `:'tenant_id'`",
    sources: &["PostgreSQL manual, psql, \"SQL Interpolation\""],
    bad: &[sample!("scope/raw-parameter/bad.sql")],
    good: &[sample!("scope/raw-parameter/good.sql")],
};
