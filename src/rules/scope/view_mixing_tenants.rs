//! A view whose rows may show several tenants.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/view-mixing-tenants",
    severity: Severity::Warning,
    when: "a view joins tables of tenants and does not tie their tenants, in a project whose foreign keys carry the tenant",
    effect: "a row of the view shows one tenant what is another's",
    remedy: "join the tables on their tenant columns as well",
    sources: &[],
    bad: &[sample!("scope/view-mixing-tenants/bad.sql")],
    good: &[sample!("scope/view-mixing-tenants/good.sql")],
};
