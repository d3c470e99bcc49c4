//! What the stages found, as findings.

use crate::catalog::{Catalog, Kind};
use crate::finding::{FileId, Finding};
use crate::rules::parse::{directive, opaque, template_placeholder};
use crate::rules::scope::unclassified_table;
use crate::scope::Hole;
use crate::scope::classes::{Class, classify};
use crate::settings::Tenancy;
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::relation::Statement as Relation;
use crate::syntax::directive::Problem;
use crate::syntax::read::Unread;

/// The finding on a statement or command that is not understood.
pub(super) fn unread(file: FileId, unread: &Unread) -> Finding {
    match unread {
        Unread::Opaque(error) => {
            let label = "tenet stopped reading here; the rest of the file is read";
            opaque::RULE
                .finding(file, error.span, error.message.clone())
                .label(error.span, label)
                .help(opaque::RULE.remedy)
        }
        Unread::Template(span) => {
            let message = "a template placeholder stands where SQL is expected";
            let rule = &template_placeholder::RULE;
            rule.finding(file, *span, message).label(*span, "another program replaces this").help(rule.remedy)
        }
    }
}

/// The finding on a directive that is none.
pub(super) fn problem(file: FileId, problem: &Problem) -> Finding {
    let rule = &directive::RULE;
    let help = problem.nearest.map_or(rule.remedy.to_string(), |nearest| format!("did you mean `{nearest}`?"));
    rule.finding(file, problem.span, problem.message.clone()).help(help)
}

/// The finding on an obligation that is not met.
pub(super) fn hole(file: FileId, statement: Span, hole: Hole) -> Finding {
    let span = if hole.span == Span::default() { statement } else { hole.span };
    let mut finding = hole.rule.finding(file, span, hole.message);
    finding.help = hole.help.or_else(|| Some(hole.rule.remedy.to_string()));
    finding.fix = hole.fix;
    finding
}

/// The finding on a table that was just made and that nobody classified.
pub(super) fn unclassified(
    catalog: &Catalog,
    tenancy: &Tenancy,
    file: FileId,
    statement: &Statement,
) -> Option<Finding> {
    let Statement::Relation(relation) = statement else { return None };
    let name = match &**relation {
        Relation::CreateTable(table) => &table.name,
        Relation::CreateForeignTable(table) => &table.name,
        _ => return None,
    };
    let relation = catalog.relation(name)?;
    if relation.kind == Kind::Temporary || classify(relation, catalog, tenancy) != Class::Unclassified {
        return None;
    }
    let rule = &unclassified_table::RULE;
    let message = format!("nobody said whose the rows of `{name}` are");
    let help = format!("{}: tables: {{ {name}: global }}", rule.remedy);
    Some(
        rule.finding(file, name.span, message)
            .label(name.span, "no tenant column, and not in `tenancy.tables`")
            .help(help),
    )
}
