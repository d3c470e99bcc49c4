//! Queries on PostgreSQL's own relations.

use super::eval::{Row, Scope};
use super::system;
use super::value::{Constant, Value, holds};
use crate::pg::Ident;
use crate::query::{Body, Distinct, Expr, ExprKind, FromItem, FromKind, JoinCondition, JoinKind, Query, Select};

/// The values of a row of a result, with their names.
pub(super) type Output = Vec<(Ident, Value)>;

/// Says whether a query has rows; `None` when more than the catalog decides that.
pub(super) fn exists(scope: Scope<'_>, query: &Query) -> Option<bool> {
    let select = plain(query)?;
    if is_aggregate(select) {
        return Some(true);
    }
    let mut is_sure = true;
    let mut any = false;
    matches(scope, select, &mut |_, found| match found {
        Some(true) => any = true,
        Some(false) => {}
        None => is_sure = false,
    })?;
    if any { Some(true) } else { is_sure.then_some(false) }
}

/// Returns the value of a query that is one value.
pub(super) fn single(scope: Scope<'_>, query: &Query) -> Value {
    match rows(scope, query)?.as_slice() {
        [] => Some(Constant::Null),
        [row] => row.first().and_then(|(_, value)| value.clone()),
        _ => None,
    }
}

/// Returns the rows of a query; `None` when more than the catalog decides which they are.
pub(super) fn rows(scope: Scope<'_>, query: &Query) -> Option<Vec<Output>> {
    if let Body::Values(rows) = &query.body {
        let value = |(expr, number): (&Expr, usize)| (Ident::exact(&format!("column{number}")), scope.value(expr));
        return Some(rows.iter().map(|row| row.iter().zip(1..).map(value).collect()).collect());
    }
    let select = plain(query)?;
    let mut found: Vec<Output> = Vec::new();
    let mut is_sure = true;
    let mut count = 0;
    matches(scope, select, &mut |inner, holds| match holds {
        Some(true) => {
            count += 1;
            found.push(output(inner, select));
        }
        Some(false) => {}
        None => is_sure = false,
    })?;
    if !is_sure {
        return None;
    }
    if is_aggregate(select) {
        return aggregate(select, count);
    }
    if select.distinct == Distinct::All {
        let mut seen: Vec<Output> = Vec::new();
        found.retain(|row| {
            !seen.contains(row) && {
                seen.push(row.clone());
                true
            }
        });
    }
    // Which rows are left, only the order tells.
    if query.limit.is_some() && found.len() > 1 { None } else { Some(found) }
}

/// Returns the SELECT of a query without what decides by more than rows and conditions.
fn plain(query: &Query) -> Option<&Select> {
    match &query.body {
        Body::Select(select)
            if query.with.is_none()
                && query.offset.is_none()
                && select.group_by.items.is_empty()
                && select.having.is_none()
                && !matches!(select.distinct, Distinct::On(_)) =>
        {
            Some(select)
        }
        _ => None,
    }
}

fn is_aggregate(select: &Select) -> bool {
    select.items.iter().any(|item| match &item.expr.kind {
        ExprKind::Call(call) => call.over.is_none() && crate::pg::function::is_aggregate(call.name.last().as_str()),
        _ => false,
    })
}

/// Only rows are counted.
fn aggregate(select: &Select, count: i64) -> Option<Vec<Output>> {
    let [item] = select.items.as_slice() else { return None };
    let ExprKind::Call(call) = &item.expr.kind else { return None };
    let counts = call.name.last() == "count" && call.star && call.filter.is_none();
    counts.then(|| vec![vec![(Ident::exact("count"), Some(Constant::Number(count)))]])
}

fn output(scope: Scope<'_>, select: &Select) -> Output {
    let mut fields = Vec::new();
    for item in &select.items {
        match &item.expr.kind {
            ExprKind::Star(_) => {
                let rows = scope.rows.iter().flat_map(|(_, row)| row.iter());
                fields.extend(rows.map(|(name, value)| (name.clone(), Some(value.clone()))));
            }
            ExprKind::Column(parts) => {
                let name = item.alias.as_ref().or(parts.last()).cloned();
                fields.extend(name.map(|name| (name, scope.value(&item.expr))));
            }
            _ => {
                let name = item.alias.clone().unwrap_or_else(|| Ident::exact("?column?"));
                fields.push((name, scope.value(&item.expr)));
            }
        }
    }
    fields
}

/// Calls `meet` for every combination of rows of FROM, with what WHERE and ON say of it.
fn matches<'s>(scope: Scope<'s>, select: &Select, meet: &mut dyn FnMut(Scope<'_>, Option<bool>)) -> Option<()> {
    let mut sources: Vec<(Ident, Vec<Row>)> = Vec::new();
    let mut conditions: Vec<&Expr> = select.filter.iter().collect();
    for item in &select.from {
        source(scope, item, &mut sources, &mut conditions)?;
    }
    let conjuncts: Vec<&Expr> = conditions.iter().flat_map(|condition| condition.conjuncts()).collect();
    combine(scope, &sources, &conjuncts, meet);
    Some(())
}

fn combine(
    scope: Scope<'_>,
    sources: &[(Ident, Vec<Row>)],
    conjuncts: &[&Expr],
    meet: &mut dyn FnMut(Scope<'_>, Option<bool>),
) {
    let said: Vec<Option<bool>> = conjuncts.iter().map(|conjunct| holds(&scope.value(conjunct))).collect();
    if said.contains(&Some(false)) {
        return;
    }
    let Some(((alias, rows), rest)) = sources.split_first() else {
        let all = said.iter().all(|found| *found == Some(true));
        return meet(scope, all.then_some(true));
    };
    for row in rows {
        let mut inner = scope.rows.to_vec();
        inner.push((alias.clone(), row));
        combine(Scope { rows: &inner, ..scope }, rest, conjuncts, meet);
    }
}

fn source<'q>(
    scope: Scope<'_>,
    item: &'q FromItem,
    sources: &mut Vec<(Ident, Vec<Row>)>,
    conditions: &mut Vec<&'q Expr>,
) -> Option<()> {
    match &item.kind {
        FromKind::Table { name, alias, .. } => {
            // A relation of the history hides none of PostgreSQL's own, which come first.
            let rows = system::rows(scope.catalog, name)?;
            let alias = alias.as_ref().and_then(|alias| alias.name.clone()).unwrap_or_else(|| name.last().clone());
            sources.push((alias, rows));
            Some(())
        }
        FromKind::Join { natural: false, left, right, kind: JoinKind::Inner, condition, .. } => {
            source(scope, left, sources, conditions)?;
            source(scope, right, sources, conditions)?;
            match condition {
                JoinCondition::On(on) => conditions.push(on),
                JoinCondition::None => {}
                JoinCondition::Using(..) => return None,
            }
            Some(())
        }
        FromKind::Function { calls, alias, ordinality: false, .. } => {
            let [call] = calls.as_slice() else { return None };
            let (function, values) = series(scope, &call.call)?;
            let name = alias.as_ref().and_then(|alias| alias.name.clone()).unwrap_or(function);
            let column =
                alias.as_ref().and_then(|alias| alias.columns.first().cloned()).unwrap_or_else(|| name.clone());
            let rows = values.into_iter().map(|value| Row::from([(column.clone(), value)]));
            sources.push((name, rows.collect()));
            Some(())
        }
        _ => None,
    }
}

/// Returns the values of `unnest` and `generate_series`, and the function's name.
fn series(scope: Scope<'_>, call: &Expr) -> Option<(Ident, Vec<Constant>)> {
    let ExprKind::Call(call) = &call.kind else { return None };
    let arguments: Vec<Constant> =
        call.arguments.iter().map(|found| scope.value(&found.value)).collect::<Option<_>>()?;
    let values = match (call.name.last().as_str(), arguments.as_slice()) {
        ("unnest", [Constant::Array(items)]) => items.clone(),
        ("generate_series", [Constant::Number(low), Constant::Number(high)]) if high - low < LONGEST => {
            (*low..=*high).map(Constant::Number).collect()
        }
        _ => return None,
    };
    Some((call.name.last().clone(), values))
}

/// A longer series is not followed.
pub(super) const LONGEST: i64 = 10_000;
