//! A tenant table that every role may use.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/grant-to-public",
    severity: Severity::Warning,
    when: "a privilege on a table of tenants' rows without row security is granted to PUBLIC",
    effect: "every role that can connect reads or writes every tenant's rows",
    remedy: "grant it to the role of the application",
    sources: &["PostgreSQL manual, GRANT"],
    bad: &[sample!("scope/grant-to-public/bad.sql")],
    good: &[sample!("scope/grant-to-public/good.sql")],
};
