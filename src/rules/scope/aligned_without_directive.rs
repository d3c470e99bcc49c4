//! A statement that touches every tenant, without its author saying so.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "scope/aligned-without-directive",
    severity: Severity::Error,
    when: "a statement touches the rows of every tenant and is proved never to mix them",
    effect: "a migration that was meant for one tenant changes all of them",
    remedy: "restrict it to the tenant, or write `-- tenet: all-tenants because <reason>` above it",
    sources: &[],
    bad: &[sample!("scope/aligned-without-directive/bad.sql")],
    good: &[sample!("scope/aligned-without-directive/good.sql")],
};
