//! Migrations that run in another order than a listing of their folder shows.

use crate::finding::{Finding, Severity};
use crate::migration::layouts::{Listing, Order};
use crate::migration::{History, Kind, Migration};
use crate::rules::{Rule, sample};
use crate::source::{SourceFile, Span};

/// The rule.
pub const RULE: Rule = Rule {
    id: "schema/history-order",
    severity: Severity::Warning,
    when: "the versions of two migrations order differently as numbers and as text: `9_x.sql` and `10_y.sql`",
    effect: "who lists the folder, or runs its files in that order, runs the migrations in another order than the history",
    remedy: "write every version with the same number of digits, or as a timestamp",
    sources: &[],
    bad: &[
        sample!("schema/history-order/bad/migrations/10_plan.sql"),
        sample!("schema/history-order/bad/migrations/9_accounts.sql"),
    ],
    good: &[
        sample!("schema/history-order/good/migrations/0009_accounts.sql"),
        sample!("schema/history-order/good/migrations/0010_plan.sql"),
    ],
};

/// Reports neighbours of a history whose versions order differently as numbers and as text.
pub fn check(history: &History, files: &[SourceFile]) -> Vec<Finding> {
    if history.layout.listing == Listing::Unpadded {
        return Vec::new();
    }
    let versioned = || history.migrations.iter().filter(|migration| migration.kind == Kind::Versioned);
    let pairs = versioned().zip(versioned().skip(1));
    pairs.filter(|(a, b)| differs(a, b, history.layout.order)).map(|(a, b)| finding(a, b, history, files)).collect()
}

fn differs(a: &Migration, b: &Migration, order: Order) -> bool {
    let (a, b) = (&a.id.version, &b.id.version);
    match order {
        Order::Numeric => a.as_str() > b.as_str(),
        Order::Text => a > b,
    }
}

fn finding(first: &Migration, second: &Migration, history: &History, files: &[SourceFile]) -> Finding {
    let file = second.up[0].file;
    let path = |migration: &Migration| files[migration.up[0].file.index()].path.clone();
    let evidence = match history.layout.order {
        Order::Numeric => "a listing of the folder shows them the other way round".to_owned(),
        Order::Text => format!("{} orders versions as text", history.layout.name),
    };
    RULE.finding(file, Span::new(0, 0), format!("`{}` runs before `{}`", path(first), path(second)))
        .label(Span::new(0, 0), evidence)
        .help("write every version with the same number of digits, or as a timestamp")
}
