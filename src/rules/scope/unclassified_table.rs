//! A table of which nobody said whose rows it holds.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/unclassified-table",
    severity: Severity::Error,
    when: "a table has no tenant column and the settings do not say that it is global, owned or the root",
    effect: "no statement on the table can be proved to stay within one tenant",
    remedy: "add the tenant column, or name the table under `tenancy.tables` as `global` or with `via`",
    sources: &[],
    bad: &[sample!("scope/unclassified-table/bad.sql")],
    good: &[sample!("scope/unclassified-table/good.sql")],
};
