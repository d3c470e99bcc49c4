//! A foreign key between tenants' tables that does not carry the tenant.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/foreign-key-without-tenant",
    severity: Severity::Warning,
    when: "a foreign key from one table of tenants to another lacks the tenant column, while others of the project have it",
    effect: "a row may refer to another tenant's row, joins on the key mix tenants, and ON DELETE CASCADE reaches across",
    remedy: "let the key begin with the tenant column on both sides; on in projects with such keys, or where settings name the rule",
    sources: &["PostgreSQL manual, \"Constraints\", \"Foreign Keys\""],
    bad: &[sample!("scope/foreign-key-without-tenant/bad.sql")],
    good: &[sample!("scope/foreign-key-without-tenant/good.sql")],
};
