//! Row security that does not hold for the table's owner.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/unforced-row-security",
    severity: Severity::Warning,
    when: "row security of a table is not forced on its owner, and that of other tables of the project is",
    effect: "an application that connects as the owner sees every tenant's rows",
    remedy: "FORCE ROW LEVEL SECURITY; on in projects that force it, or where settings name the rule",
    sources: &["PostgreSQL manual, ALTER TABLE, FORCE ROW LEVEL SECURITY"],
    bad: &[sample!("scope/unforced-row-security/bad.sql")],
    good: &[sample!("scope/unforced-row-security/good.sql")],
};
