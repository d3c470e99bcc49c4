//! Statements that mean all columns of a table, one of which is out of sight.

use crate::catalog::Catalog;
use crate::finding::{FileId, Finding};
use crate::pg::{Ident, Name};
use crate::query::{Body, DataStatement, ExprKind, FromItem, FromKind, Insert, InsertSource, Query, Select};
use crate::replay::retire::is_retired;
use crate::rules::inverse::retired_column::RULE;
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::relation;

/// Returns what is found of a statement, from the catalog before it.
pub fn meets_retired(statement: &Statement, catalog: &Catalog, file: FileId) -> Vec<Finding> {
    let mut found: Vec<(Span, Name, Ident)> = Vec::new();
    match statement {
        Statement::Data(data) => match &**data {
            DataStatement::Insert(insert) => inserted(insert, catalog, &mut found),
            DataStatement::Query(query) => match &query.body {
                Body::Select(select) if select.into.is_some() => kept(query, catalog, &mut found),
                _ => {}
            },
            _ => {}
        },
        Statement::Relation(made) => match &**made {
            relation::Statement::CreateView(view) => kept(&view.query, catalog, &mut found),
            relation::Statement::CreateMaterializedView(view) => kept(&view.query, catalog, &mut found),
            _ => {}
        },
        Statement::Object(_) | Statement::Session(_) => {}
    }
    let finding = |(span, table, column): (Span, Name, Ident)| {
        let message = format!("this means every column of `{table}`, and `{column}` is still one of them");
        RULE.finding(file, span, message).help(RULE.remedy)
    };
    found.into_iter().map(finding).collect()
}

fn inserted(insert: &Insert, catalog: &Catalog, found: &mut Vec<(Span, Name, Ident)>) {
    let InsertSource::Query(query) = &insert.source else { return };
    if insert.columns.is_empty()
        && let Some(column) = retired(&insert.target.name, catalog)
    {
        found.push((insert.target.name.span, insert.target.name.clone(), column));
    }
    kept(query, catalog, found);
}

/// Looks at the columns of a query whose rows are kept.
fn kept(query: &Query, catalog: &Catalog, found: &mut Vec<(Span, Name, Ident)>) {
    match &query.body {
        Body::Select(select) => starred(select, catalog, found),
        Body::SetOperation { left, right, .. } => {
            kept(left, catalog, found);
            kept(right, catalog, found);
        }
        Body::Values(_) => {}
    }
}

fn starred(select: &Select, catalog: &Catalog, found: &mut Vec<(Span, Name, Ident)>) {
    for item in &select.items {
        let ExprKind::Star(qualifier) = &item.expr.kind else { continue };
        for (name, called) in select.from.iter().flat_map(tables) {
            let is_meant = qualifier.last().is_none_or(|wanted| wanted == called);
            if let Some(column) = retired(name, catalog).filter(|_| is_meant) {
                found.push((item.expr.span, name.clone(), column));
            }
        }
    }
}

/// Returns the tables of an item with what they are called there.
fn tables(item: &FromItem) -> Vec<(&Name, &Ident)> {
    match &item.kind {
        FromKind::Table { name, alias, .. } => {
            vec![(name, alias.as_ref().and_then(|alias| alias.name.as_ref()).unwrap_or_else(|| name.last()))]
        }
        FromKind::Join { left, right, .. } => [tables(left), tables(right)].concat(),
        _ => Vec::new(),
    }
}

fn retired(table: &Name, catalog: &Catalog) -> Option<Ident> {
    let relation = catalog.relation(table)?;
    relation.columns.iter().map(|column| &column.name).find(|name| is_retired(name)).cloned()
}
