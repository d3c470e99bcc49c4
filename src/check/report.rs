//! What the stages found, as findings.

use crate::catalog::{Catalog, Kind, Origin};
use crate::finding::{FileId, Finding};
use crate::replay::Refusal;
use crate::replay::retire::is_shelved;
use crate::rules::parse::{directive, opaque, template_placeholder};
use crate::rules::schema::{refused_statement, uncertain_history};
use crate::rules::scope::unclassified_table;
use crate::scope::Hole;
use crate::scope::classes::{Class, classify};
use crate::settings::Tenancy;
use crate::source::Span;
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
    for (span, text) in hole.labels {
        finding = finding.label(span, text);
    }
    finding
}

/// The findings on tables that the history leaves unclassified, each where it was made.
pub(super) fn unclassified(catalog: &Catalog, tenancy: &Tenancy) -> impl Iterator<Item = Finding> {
    let tables = catalog.relations().filter(|relation| relation.kind != Kind::Temporary && !is_shelved(&relation.name));
    tables.filter(|relation| classify(relation, catalog, tenancy) == Class::Unclassified).map(|relation| {
        let rule = &unclassified_table::RULE;
        let shown = catalog.shown(&relation.name);
        let message = format!("nobody said whose the rows of `{shown}` are");
        let help = format!("{}:\ntables: {{ {shown}: global }}", rule.remedy);
        // The name alone where it still stands as it was written.
        let named = relation.name.span;
        let span = if relation.origin.span.contains(named) { named } else { relation.origin.span };
        let label = "no tenant column, and not in `tenancy.tables`";
        rule.finding(relation.origin.file, span, message).label(span, label).help(help)
    })
}

/// The finding on a statement that PostgreSQL would refuse.
pub(super) fn refused(origin: Origin, refusal: &Refusal) -> Finding {
    let rule = &refused_statement::RULE;
    let code = refusal.error.sqlstate();
    let message = format!("PostgreSQL would refuse this statement: {}", refusal.error);
    let finding = rule.finding(origin.file, origin.span, message);
    let finding = finding.label(origin.span, format!("SQLSTATE {code}")).help(rule.remedy);
    match &refusal.evidence {
        Some(evidence) => finding.label_in(evidence.origin.file, evidence.origin.span, evidence.shows),
        None => finding,
    }
}

/// The findings on histories that are not followed to their end, each at the first statement that is not.
pub(super) fn doubts<'a>(catalogs: impl Iterator<Item = &'a Catalog>) -> impl Iterator<Item = Finding> {
    let doubts = catalogs.filter_map(|catalog| catalog.doubt.as_ref()).filter(|doubt| doubt.reason != super::UNREAD);
    // Two catalogs may follow one history.
    let mut seen = Vec::new();
    let fresh = doubts.filter(move |doubt| {
        let is_fresh = !seen.contains(&doubt.origin);
        seen.push(doubt.origin);
        is_fresh
    });
    fresh.map(|doubt| {
        let rule = &uncertain_history::RULE;
        let (file, span) = (doubt.origin.file, doubt.origin.span);
        rule.finding(file, span, format!("the schema is uncertain from here on: {}", doubt.reason)).help(rule.remedy)
    })
}
