//! A statement that means all columns of a table, one of which is out of sight.

use crate::finding::Severity;
use crate::rules::{Rule, sample};

/// The rule.
pub const RULE: Rule = Rule {
    id: "inverse/retired-column",
    severity: Severity::Error,
    when: "`INSERT` without a list of columns, or `SELECT *` whose result is kept, meets a table of which a dropped column is only out of sight",
    effect: "until it is purged the column still counts: values go to the wrong columns, and what is kept has one column more",
    remedy: "name the columns",
    sources: &["PostgreSQL manual, INSERT: without a list, values fill the columns in their order"],
    bad: &[
        sample!("inverse/retired-column/bad/migrations/0001_plans.sql"),
        sample!("inverse/retired-column/bad/migrations/0002_more_plans.sql"),
    ],
    good: &[
        sample!("inverse/retired-column/good/migrations/0001_plans.sql"),
        sample!("inverse/retired-column/good/migrations/0002_more_plans.sql"),
    ],
};
