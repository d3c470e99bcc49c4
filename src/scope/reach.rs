//! What runs beside a write and is not followed: computed columns, checks, indexes.

use super::Context;
use super::classes::owners;
use super::effects::{Hook, Runs};
use super::judgement::Hole;
use super::opaque;
use crate::catalog::{Generated, Kind, Relation};
use crate::query::Expr;
use crate::rules::scope::unprovable;
use crate::source::Span;
use crate::statement::relation::{CreateIndex, IndexElement, Key, TableConstraintKind};

/// What becomes of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Write {
    /// They come or change, and so are computed with.
    Computed,
    /// They go.
    Gone,
}

/// Refuses what runs beside a write to a relation and is not followed; triggers and foreign keys are.
pub(super) fn beside(context: &Context<'_>, relation: &Relation, write: &Write, span: Span) -> Result<(), Hole> {
    let family = context.catalog.family(relation);
    match family.iter().find_map(|member| of_one(context, member, write)) {
        Some(message) => Err(Hole::new(&unprovable::RULE, span, message)),
        None => Ok(()),
    }
}

/// What runs beside a write to this relation alone.
fn of_one(context: &Context<'_>, relation: &Relation, write: &Write) -> Option<String> {
    let Context { effects, .. } = context;
    let name = relation.name.last();
    let owners = owners(relation, context);
    if relation.kind == Kind::Foreign {
        return Some(format!("`{name}` lies on another server, and what a write sets off there is not known"));
    }
    if let Some(why) = effects.doubts.of_relation(relation) {
        return Some(why);
    }
    let mut hooks = effects.hooks(relation).iter().filter(|hook| !is_known(relation, hook));
    if let Some(hook) = hooks.find(|hook| effects.is_harmful(context, hook, &owners)) {
        return Some(format!("`{}` on `{name}` runs with it and is not followed yet", hook.name));
    }
    if *write == Write::Gone {
        return None;
    }
    let holes = stored(relation).find_map(|expr| opaque::expr(context, expr, &[]));
    holes.map(|hole| format!("`{name}` computes with each row: {}", hole.message))
}

/// Says whether the catalog holds a trigger or rule, so that what it does is followed.
fn is_known(relation: &Relation, hook: &Hook) -> bool {
    match &hook.runs {
        Runs::Function(function) => {
            let trigger = relation.triggers.get(&hook.name);
            trigger.is_some_and(|trigger| trigger.definition.function.last() == function)
        }
        Runs::Rule => relation.rules.contains_key(&hook.name),
        Runs::View | Runs::Policy => false,
    }
}

/// The expressions that are computed when a row is written: defaults, generated columns, checks and indexes.
fn stored(relation: &Relation) -> impl Iterator<Item = &Expr> {
    let columns = relation.columns.iter().flat_map(|column| {
        let generated = match &column.generated {
            Some(Generated::Expression(value, _)) => Some(&**value),
            _ => None,
        };
        column.default.iter().chain(generated)
    });
    let constraints = relation.constraints.iter().flat_map(|constraint| match &constraint.definition.kind {
        TableConstraintKind::Check(condition) => vec![condition],
        TableConstraintKind::Exclude(exclude) => {
            keys(exclude.elements.iter().map(|(element, _)| element)).chain(&exclude.predicate).collect()
        }
        _ => Vec::new(),
    });
    let indexes = relation.indexes.iter().flat_map(|index| indexed(&index.definition));
    let divided = relation.partition_by.iter().flat_map(|by| &by.elements).filter_map(|element| match &element.key {
        Key::Expression(expr) => Some(expr),
        Key::Column(_) => None,
    });
    columns.chain(constraints).chain(indexes).chain(divided)
}

/// The expressions of an index.
pub(super) fn indexed(index: &CreateIndex) -> impl Iterator<Item = &Expr> {
    keys(index.elements.iter()).chain(&index.predicate)
}

fn keys<'a>(elements: impl Iterator<Item = &'a IndexElement>) -> impl Iterator<Item = &'a Expr> {
    elements.filter_map(|element| match &element.key {
        Key::Expression(expr) => Some(expr),
        Key::Column(_) => None,
    })
}
