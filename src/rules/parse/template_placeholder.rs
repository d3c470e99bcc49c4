//! Text that another program replaces before PostgreSQL sees it.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "parse/template-placeholder",
    severity: Severity::Error,
    when: "a statement holds a placeholder of a template engine: `${name}`, `{{ name }}` or `<% name %>`",
    effect: "what runs is not what was checked: the replacement may add or remove the test that keeps a statement within its tenant",
    remedy: "use a psql variable, `:'name'` or `:\"name\"`, which can stand for one value or one name and nothing else",
    sources: &["PostgreSQL manual, psql, \"SQL Interpolation\""],
    bad: &[sample!("parse/template-placeholder/bad.sql")],
    good: &[sample!("parse/template-placeholder/good.sql")],
};
