//! Whose the rows of a relation are, and whether that can be told.

use super::Context;
use super::classes::{Class, blurs, classify};
use super::effects::{Hook, Runs};
use super::judgement::Hole;
use crate::catalog::{Generated, Relation};
use crate::pg::{Ident, Name, system};
use crate::query::visit::{self, Node};
use crate::query::{FromItem, FromKind, Insert, Overriding};
use crate::rules::scope::unprovable;

/// Returns the column by which a relation's rows belong to a tenant: the tenant column or the key of their owner. `None` when its rows are the same for all.
///
/// # Errors
///
/// The hole when the relation's class does not say whose its rows are.
pub(super) fn tenant_of(context: &Context<'_>, name: &Name) -> Result<Option<Ident>, Hole> {
    let hole = |message: String, help: &str| Err(Hole::new(&unprovable::RULE, name.span, message).help(help));
    let Some(relation) = context.catalog.relation(name) else {
        if system::holds_definitions(name) {
            return Ok(None);
        }
        let help = "add the migration or schema file that creates it, so that its columns are known";
        return hole(format!("`{name}` is not known: nothing here creates it"), help);
    };
    if let Some(doubt) = doubt(context, name, relation) {
        return hole(doubt, "write what came before so that it can be followed");
    }
    let class = classify(relation, context.catalog, context.tenancy);
    let parts = context.catalog.descendants(&relation.name);
    let mut parts = parts.iter().filter_map(|part| context.catalog.relation(part));
    if let Some(part) = parts.find(|part| classify(part, context.catalog, context.tenancy) != class) {
        let message = format!("`{}` is a part of `{name}`, and its rows belong to others", part.name.last());
        return hole(message, "write the statement against the parts, or classify them alike");
    }
    match class {
        Class::Tenant(column) | Class::Root(column) if relation.column(&column).is_some() => {
            match blurs(relation, &column, context) {
                Some(message) => hole(message, "compare tenants in a column that keeps them apart"),
                None => Ok(Some(column)),
            }
        }
        Class::Tenant(column) | Class::Root(column) => {
            hole(format!("`{name}` has no column `{column}`"), "name its tenant column under `tenancy.tables`")
        }
        Class::Global => Ok(None),
        Class::Owned(via) => Ok(via.first().cloned()),
        Class::Derived if context.effects.provenance.of(context.catalog, name).is_some() => Ok(None),
        Class::Derived => {
            hole(format!("where the rows of `{name}` come from is not followed yet"), "use the tables themselves")
        }
        Class::View => hole(format!("`{name}` is a view, which is not looked through yet"), "use its tables"),
        Class::Unclassified => hole(
            format!("nobody said whose the rows of `{name}` are"),
            "add the tenant column to it, or classify it under `tenancy.tables`",
        ),
    }
}

/// Says why a relation may not be what the catalog holds under its name.
fn doubt(context: &Context<'_>, name: &Name, relation: &Relation) -> Option<String> {
    let Context { catalog, effects, .. } = context;
    let parts = catalog.descendants(&relation.name);
    let mut members = parts.iter().filter_map(|part| catalog.relation(part)).chain([relation]);
    let hooks = effects.hooks(relation);
    let is_view = hooks.iter().any(|hook| hook.runs == Runs::View);
    let view = is_view.then(|| format!("a rule makes a view of `{name}`, which is not looked through yet"));
    let reads = |hook: &&Hook| hook.runs == Runs::Policy && is_asked(context, relation) && reads(context, hook);
    let policy = hooks.iter().find(reads).map(|hook| format!("policy `{}` of `{name}` is not followed yet", hook.name));
    let named = effects.doubts.of_name(name);
    named.or(view).or(policy).or_else(|| members.find_map(|member| effects.doubts.of_relation(member)))
}

/// Says whether the policies of a relation choose its rows: without FORCE the owner, as whom migrations run, sees every row.
fn is_asked(context: &Context<'_>, relation: &Relation) -> bool {
    relation.force_row_security || relation.row_security && context.effects.doubts.is_other_role()
}

/// Says whether a policy reads more than the row at hand. What the policies of what it reads do in turn is not followed:
/// they may come back to this one.
fn reads(context: &Context<'_>, policy: &Hook) -> bool {
    let is_chosen = |relation: &Relation| {
        let is_policy = |hook: &Hook| hook.runs == Runs::Policy;
        is_asked(context, relation) && context.effects.hooks(relation).iter().any(is_policy)
    };
    let mut reads = false;
    for condition in &policy.conditions {
        visit::expr(condition, &mut |node| {
            if let Node::From(FromItem { kind: FromKind::Table { name, .. }, .. }) = node {
                reads |= context.catalog.relation(name).is_some_and(is_chosen);
            }
        });
    }
    reads || policy.reads(context)
}

/// Refuses a relation that may not be what the catalog holds under its name.
pub(super) fn undoubted(context: &Context<'_>, name: &Name) -> Result<(), Hole> {
    let Some(relation) = context.catalog.relation(name) else { return Ok(()) };
    match doubt(context, name, relation) {
        Some(doubt) => {
            let hole = Hole::new(&unprovable::RULE, name.span, doubt);
            Err(hole.help("write what came before so that it can be followed"))
        }
        None => Ok(()),
    }
}

/// The values of an INSERT must go to the columns that say whose a row is as they are written.
pub(super) fn stays_in_place(context: &Context<'_>, insert: &Insert, owners: &[Ident]) -> Result<(), Hole> {
    let name = &insert.target.name;
    let refused = |message: String| Err(Hole::new(&unprovable::RULE, name.span, message));
    if insert.columns.iter().any(|column| !column.steps.is_empty()) {
        return refused("a part of a column as the target of INSERT is not followed".into());
    }
    if insert.overriding != Some(Overriding::User) {
        return Ok(());
    }
    let relation = context.catalog.relation(name);
    let is_identity = |owner: &&Ident| {
        let column = relation.and_then(|relation| relation.column(owner));
        column.is_some_and(|column| matches!(column.generated, Some(Generated::Identity(_))))
    };
    match owners.iter().find(is_identity) {
        Some(owner) => refused(format!("OVERRIDING USER VALUE gives `{owner}` the next value of its sequence")),
        None => Ok(()),
    }
}
