//! What a write sets off: triggers, rules, computed columns, checks, and the actions of foreign keys.

use std::collections::BTreeSet;

use super::Context;
use super::classes::{Class, classify, owners};
use super::effects::{Hook, Runs};
use super::judgement::Hole;
use super::opaque;
use crate::catalog::{ConstraintKind, Generated, Kind, Relation};
use crate::pg::{Ident, Name};
use crate::query::Expr;
use crate::rules::scope::unprovable;
use crate::source::Span;
use crate::statement::relation::{CreateIndex, IndexElement, Key, References, ReferentialAction, TableConstraintKind};

/// How a write reaches further rows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Write {
    /// Rows come.
    Insert,
    /// These columns change.
    Update(Vec<Ident>),
    /// Rows go.
    Delete,
    /// All rows go.
    Truncate,
}

/// Says why rows that the analysis does not follow may be touched when this relation is written.
fn reach(context: &Context<'_>, relation: &Relation, write: Write) -> Option<String> {
    Reach { context, seen: BTreeSet::new(), followed: false }.of(relation, write)
}

/// Refuses writes that set off what is not followed.
pub(super) fn refuse(context: &Context<'_>, name: &Name, write: Write) -> Result<(), Hole> {
    let Some(relation) = context.catalog.relation(name) else {
        let message = format!("`{name}` is PostgreSQL's own, and what a write to it changes is not followed");
        return Err(Hole::new(&unprovable::RULE, name.span, message));
    };
    match reach(context, relation, write) {
        Some(message) => Err(Hole::new(&unprovable::RULE, name.span, message)),
        None => Ok(()),
    }
}

/// Refuses what runs beside a write to a relation and is not followed; triggers and foreign keys are.
pub(super) fn beside(context: &Context<'_>, relation: &Relation, write: &Write, span: Span) -> Result<(), Hole> {
    let reach = Reach { context, seen: BTreeSet::new(), followed: true };
    let family = context.catalog.family(relation);
    match family.iter().find_map(|member| reach.beside(member, write)) {
        Some(message) => Err(Hole::new(&unprovable::RULE, span, message)),
        None => Ok(()),
    }
}

struct Reach<'c> {
    /// Whether triggers are followed elsewhere.
    followed: bool,
    context: &'c Context<'c>,
    /// The same relation may be reached by a DELETE and by an UPDATE.
    seen: BTreeSet<(Name, Write)>,
}

impl Reach<'_> {
    fn of(&mut self, relation: &Relation, write: Write) -> Option<String> {
        if !self.seen.insert((relation.name.clone(), write.clone())) {
            return None;
        }
        let family = self.context.catalog.family(relation);
        if let Some(found) = family.iter().find_map(|member| self.beside(member, &write)) {
            return Some(found);
        }
        let write = match write {
            Write::Insert | Write::Truncate => return None,
            Write::Update(columns) => Write::Update(self.changed(relation, &family, columns)),
            Write::Delete => Write::Delete,
        };
        family.iter().find_map(|member| self.actions(member, &write))
    }

    /// What runs beside a write to this relation alone.
    fn beside(&self, relation: &Relation, write: &Write) -> Option<String> {
        let Context { effects, .. } = self.context;
        let name = relation.name.last();
        let owners = owners(relation, self.context);
        if relation.kind == Kind::Foreign {
            return Some(format!("`{name}` lies on another server, and what a write sets off there is not known"));
        }
        if let Some(why) = effects.doubts.of_relation(relation) {
            return Some(why);
        }
        let is_open = |hook: &&Hook| !(self.followed && is_known(relation, hook));
        let mut hooks = effects.hooks(relation).iter().filter(is_open);
        if let Some(hook) = hooks.find(|hook| effects.is_harmful(self.context, hook, &owners)) {
            return Some(format!("`{}` on `{name}` runs with it and is not followed yet", hook.name));
        }
        if !matches!(write, Write::Insert | Write::Update(_)) {
            return None;
        }
        let holes = stored(relation).find_map(|expr| opaque::expr(self.context, expr, &[]));
        holes.map(|hole| format!("`{name}` computes with each row: {}", hole.message))
    }

    /// The columns that an UPDATE of these may change: computed ones follow, and a trigger may change any.
    fn changed(&self, relation: &Relation, family: &[&Relation], mut columns: Vec<Ident>) -> Vec<Ident> {
        let hooks =
            |member: &&Relation| self.context.effects.hooks(member).iter().any(|hook| hook.runs != Runs::Policy);
        let has_hooks = family.iter().any(hooks);
        let follows = |found: &&crate::catalog::Column| {
            has_hooks || found.computed_from().iter().any(|source| columns.contains(source))
        };
        let more: Vec<Ident> = relation.columns.iter().filter(follows).map(|found| found.name.clone()).collect();
        columns.extend(more);
        columns.sort();
        columns.dedup();
        columns
    }

    /// Follows the foreign keys that refer to a relation.
    fn actions(&mut self, parent: &Relation, write: &Write) -> Option<String> {
        let references = self.context.catalog.references_to(&parent.name);
        references.into_iter().find_map(|(child, constraint)| match &constraint.kind {
            ConstraintKind::ForeignKey { columns, references } => {
                self.action(parent, child, columns, references, write)
            }
            _ => None,
        })
    }

    /// Follows the action of one foreign key; it stays within the tenant when the key carries the tenant.
    fn action(
        &mut self,
        parent: &Relation,
        child: &Relation,
        columns: &[Ident],
        references: &References,
        write: &Write,
    ) -> Option<String> {
        let primary = parent.primary_key().unwrap_or(&[]);
        let referenced = if references.columns.is_empty() { primary } else { &references.columns };
        let action = match write {
            Write::Delete => &references.on_delete,
            Write::Update(changed) if changed.iter().any(|column| referenced.contains(column)) => &references.on_update,
            _ => return None,
        };
        let written: &[Ident] = match action {
            ReferentialAction::NoAction | ReferentialAction::Restrict => return None,
            ReferentialAction::Cascade => &[],
            ReferentialAction::SetNull(some) | ReferentialAction::SetDefault(some) if some.is_empty() => columns,
            ReferentialAction::SetNull(some) | ReferentialAction::SetDefault(some) => some,
        };
        if !self.carries(parent, child, (columns, referenced), written) {
            let name = child.name.last();
            return Some(format!("the foreign key of `{name}` acts on its rows and does not carry the tenant"));
        }
        let goes = *action == ReferentialAction::Cascade && *write == Write::Delete;
        self.of(child, if goes { Write::Delete } else { Write::Update(columns.to_vec()) })
    }

    fn carries(&self, parent: &Relation, child: &Relation, key: (&[Ident], &[Ident]), written: &[Ident]) -> bool {
        let Context { catalog, tenancy, .. } = self.context;
        let (columns, referenced) = key;
        match (classify(child, catalog, tenancy), classify(parent, catalog, tenancy).tenant_column()) {
            (Class::Tenant(tenant), Some(other)) => {
                let paired = columns.iter().zip(referenced).any(|(own, theirs)| *own == tenant && theirs == other);
                paired && !written.contains(&tenant)
            }
            (Class::Owned(via), _) => via == columns && written.is_empty(),
            _ => false,
        }
    }
}

/// Says whether the catalog holds a trigger, so that what it does is followed.
fn is_known(relation: &Relation, hook: &Hook) -> bool {
    let trigger = relation.triggers.get(&hook.name);
    matches!((&hook.runs, trigger), (Runs::Function(function), Some(trigger)) if trigger.definition.function.last() == function)
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
