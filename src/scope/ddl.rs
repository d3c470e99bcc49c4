//! Changes of definitions that compute something for the rows that are there.

use super::judgement::{Hole, Judgement};
use super::owner::tenant_of;
use super::{Context, opaque, reach};
use crate::catalog::Relation;
use crate::pg::Ident;
use crate::query::{Expr, ExprKind};
use crate::rules::scope::unprovable;
use crate::statement::relation::{
    ActionKind, AlterColumn, AlterRelation, ColumnChange, ColumnChoice, ColumnConstraintKind, ColumnDefinition,
    CreateIndex, CreateStatistics, Key, RelationChange, TableConstraintKind,
};

/// Judges ALTER TABLE.
///
/// # Errors
///
/// The hole when it may give rows to other tenants, or runs code that is not followed.
pub(super) fn alter(context: &Context<'_>, alter: &AlterRelation) -> Result<Judgement, Hole> {
    let actions = match &alter.change {
        RelationChange::Actions(actions) => actions,
        RelationChange::AttachPartition { .. } => return attached(context, alter),
        _ => return Ok(Judgement::not_applicable()),
    };
    let relation = context.catalog.relation(&alter.relation.name);
    for action in actions {
        if let ActionKind::AlterColumn(column) = &action.kind
            && gives_away(context, alter, column)
        {
            let message = format!("USING computes the tenant of every row of `{}` anew", alter.relation.name);
            return Err(Hole::new(&unprovable::RULE, action.span, message));
        }
        computed(context, &computes(relation, &action.kind))?;
    }
    Ok(Judgement::not_applicable())
}

/// Judges CREATE INDEX.
///
/// # Errors
///
/// The hole when it runs code that is not followed.
pub(super) fn index(context: &Context<'_>, index: &CreateIndex) -> Result<Judgement, Hole> {
    computed(context, &reach::indexed(index).collect::<Vec<_>>())?;
    Ok(Judgement::not_applicable())
}

/// Judges CREATE STATISTICS, whose expressions ANALYZE computes for rows of every tenant.
///
/// # Errors
///
/// The hole when it runs code that is not followed.
pub(super) fn statistics(context: &Context<'_>, statistics: &CreateStatistics) -> Result<Judgement, Hole> {
    let exprs = statistics.elements.iter().filter_map(|element| match element {
        Key::Expression(expr) => Some(expr),
        Key::Column(_) => None,
    });
    computed(context, &exprs.collect::<Vec<_>>())?;
    Ok(Judgement::not_applicable())
}

/// A table that becomes a partition is searched for rows that do not belong there.
fn attached(context: &Context<'_>, alter: &AlterRelation) -> Result<Judgement, Hole> {
    let parent = context.catalog.relation(&alter.relation.name);
    let elements = parent.and_then(|parent| parent.partition_by.as_ref()).map(|by| by.elements.as_slice());
    let exprs = elements.unwrap_or_default().iter().filter_map(|element| match &element.key {
        Key::Expression(expr) => Some(expr),
        Key::Column(_) => None,
    });
    computed(context, &exprs.collect::<Vec<_>>())?;
    Ok(Judgement::not_applicable())
}

fn computed(context: &Context<'_>, exprs: &[&Expr]) -> Result<(), Hole> {
    exprs.iter().find_map(|expr| opaque::expr(context, expr, &[])).map_or(Ok(()), Err)
}

/// The expressions that an action computes for every row.
fn computes<'a>(relation: Option<&'a Relation>, kind: &'a ActionKind) -> Vec<&'a Expr> {
    match kind {
        ActionKind::AddColumn { column, .. } => column_computes(column),
        ActionKind::AlterColumn(change) => match &change.change {
            ColumnChange::SetType { using, .. } => using.iter().collect(),
            ColumnChange::SetExpression(expr) => vec![expr],
            _ => Vec::new(),
        },
        ActionKind::AddConstraint(added) => checked(&added.kind),
        ActionKind::ValidateConstraint(name) => {
            let known = relation.and_then(|relation| relation.constraint(name));
            known.map(|constraint| checked(&constraint.definition.kind)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

fn column_computes(column: &ColumnDefinition) -> Vec<&Expr> {
    let found = column.constraints.iter().filter_map(|constraint| match &constraint.kind {
        ColumnConstraintKind::Default(expr) | ColumnConstraintKind::Check(expr) => Some(expr),
        ColumnConstraintKind::Generated { value, .. } => Some(value),
        _ => None,
    });
    found.collect()
}

fn checked(kind: &TableConstraintKind) -> Vec<&Expr> {
    match kind {
        TableConstraintKind::Check(condition) => vec![condition],
        _ => Vec::new(),
    }
}

/// Says whether a new type of the tenant column comes with a value that is not the old one, cast.
fn gives_away(context: &Context<'_>, alter: &AlterRelation, change: &AlterColumn) -> bool {
    let (ColumnChoice::Name(column), ColumnChange::SetType { using: Some(using), .. }) =
        (&change.column, &change.change)
    else {
        return false;
    };
    let is_tenant = tenant_of(context, &alter.relation.name).is_ok_and(|tenant| tenant.as_ref() == Some(column));
    is_tenant && !is_cast_of(using, column)
}

fn is_cast_of(expr: &Expr, column: &Ident) -> bool {
    match &expr.kind {
        ExprKind::Cast(operand, to) => to.modifiers.is_empty() && is_cast_of(operand, column),
        ExprKind::Column(parts) => parts.last() == Some(column),
        _ => false,
    }
}
