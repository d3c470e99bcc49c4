//! A statement that tenet cannot read.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "parse/opaque",
    severity: Severity::Error,
    when: "a statement is not PostgreSQL, or is PostgreSQL that tenet does not read",
    effect: "nobody has judged the statement: it may touch every tenant, and nothing can undo it",
    remedy: "correct the statement at the place shown, or write it in a form that PostgreSQL's manual describes",
    sources: &["PostgreSQL manual, \"SQL Commands\""],
    bad: &[sample!("parse/opaque/bad.sql")],
    good: &[sample!("parse/opaque/good.sql")],
};
