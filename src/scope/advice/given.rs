//! What is wrong with the tenant that new rows get.

use super::block::Block;
use super::reason::{Row, words};
use crate::pg::Ident;
use crate::query::{Assignment, Body, Expr, ExprKind, Insert, InsertSource, Literal, MergeAction};
use crate::scope::Designator;
use crate::scope::judgement::Hole;

/// Says what rows get for a tenant.
pub(super) fn say(row: &Row<'_>, block: Block<'_>, hole: &mut Hole) {
    let Some(column) = row.tenant_column() else { return };
    let shown = row.found.name;
    let values: Vec<&Expr> = match block {
        Block::Insert(insert) => match given(row, insert, column) {
            Some(values) => values,
            None => return omitted(row, column, hole),
        },
        Block::Update(update) => assigned(&update.set, column),
        Block::Merge(merge) => {
            let whens = merge.whens.iter();
            whens
                .flat_map(|when| match &when.action {
                    MergeAction::Update(set) => assigned(set, column),
                    MergeAction::Insert { columns, values: Some(values), .. } => {
                        let at = columns.iter().position(|found| found.name == *column);
                        at.and_then(|at| values.get(at)).into_iter().collect()
                    }
                    _ => Vec::new(),
                })
                .collect()
        }
        _ => return,
    };
    let is_assigned = matches!(block, Block::Update(_));
    let text = if is_assigned { "rows of" } else { "the new rows of" };
    if let (Some(known), Some(others)) = (&row.about.known, &row.about.others) {
        let (known, others) = (words(known), words(others));
        hole.message = format!("{text} `{shown}` become those of {known}, and the rest is that of {others}");
    } else if let [value] = values.as_slice() {
        let why = match &value.kind {
            ExprKind::Literal(Literal::Null) => "nobody's: it is NULL",
            ExprKind::Column(_) => "that of any row that is read",
            ExprKind::Subquery(_) => "what data says it is",
            _ => "not a fixed tenant",
        };
        hole.message = format!("the tenant of {text} `{shown}` is {why}");
        let is_column = matches!(value.kind, ExprKind::Column(_));
        let source = if is_column { ", and restrict what is read to it" } else { "" };
        hole.help = Some(format!("let `{column}` be the tenant itself, :'{}'{source}", row.context.tenancy.parameter));
    } else if values.len() > 1 {
        hole.message = format!("{text} `{shown}` are those of several tenants");
        hole.help = Some("write a statement for each tenant".to_owned());
    }
    for value in values.iter().filter(|value| is_wrong(row, value)).take(3) {
        hole.labels.push((value.span, format!("becomes `{column}`")));
    }
}

/// What is a tenant of its own is wrong only beside another.
fn is_wrong(row: &Row<'_>, value: &Expr) -> bool {
    row.about.known.is_none() || Designator::of(value, row.context.tenancy) == row.about.known
}

fn omitted(row: &Row<'_>, column: &Ident, hole: &mut Hole) {
    let default = row.relation.column(column).and_then(|found| found.default.as_ref());
    let name = row.found.name;
    hole.message = match default {
        Some(default) => format!("the new rows of `{name}` get `{default}` for `{column}`, which is no fixed tenant"),
        None => format!("the new rows of `{name}` get no `{column}`"),
    };
    let value = format!(":'{}'", row.context.tenancy.parameter);
    hole.help = Some(format!("name `{column}` among the columns, with the value {value}"));
}

/// The expressions that a column is given; `None` when it is not named.
fn given<'s>(row: &Row<'s>, insert: &'s Insert, column: &Ident) -> Option<Vec<&'s Expr>> {
    let at = match insert.columns.as_slice() {
        [] => row.relation.columns.iter().position(|found| found.name == *column)?,
        columns => columns.iter().position(|found| found.name == *column)?,
    };
    let InsertSource::Query(query) = &insert.source else { return None };
    Some(match &query.body {
        Body::Values(rows) => rows.iter().filter_map(|row| row.get(at)).collect(),
        Body::Select(select) => select.items.get(at).map(|item| &item.expr).into_iter().collect(),
        Body::SetOperation { .. } => Vec::new(),
    })
}

/// The expressions that are assigned to a column.
pub(super) fn assigned<'s>(set: &'s [Assignment], column: &Ident) -> Vec<&'s Expr> {
    let of = |assignment: &'s Assignment| match assignment {
        Assignment::Single(target, value) => (target.name == *column).then_some(value),
        Assignment::Multiple(targets, value) => {
            let at = targets.iter().position(|target| target.name == *column)?;
            match &value.kind {
                ExprKind::Row { fields, .. } => fields.get(at),
                _ => Some(value),
            }
        }
    };
    set.iter().filter_map(of).collect()
}
