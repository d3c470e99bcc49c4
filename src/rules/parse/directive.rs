//! A `-- tenet:` comment that says nothing tenet can follow.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "parse/directive",
    severity: Severity::Error,
    when: "a directive is unknown, lacks its reason, or stands where nothing matches it",
    effect: "what the author meant to accept or to promise is not recorded, and the next reader believes that it is",
    remedy: "write the directive as `-- tenet: allow <rule> because <reason>` above the statement it is about, or remove it",
    sources: &[],
    bad: &[sample!("parse/directive/bad.sql")],
    good: &[sample!("parse/directive/good.sql")],
};
