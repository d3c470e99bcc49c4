//! What a write sets off: triggers, rules and the actions of foreign keys.

use std::collections::{BTreeMap, BTreeSet};

use super::Context;
use super::classes::{Class, classify};
use crate::catalog::{Catalog, ConstraintKind, Relation};
use crate::pg::{Ident, Name};
use crate::statement::Statement;
use crate::statement::object::Statement as Object;
use crate::statement::object::reference::{Kind as ObjectKind, ObjectName};
use crate::statement::relation::{
    AlterRelation, References, ReferentialAction, RelationChange, Statement as RelationStatement,
};

/// Triggers, rules and functions that the history made.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// Triggers and rules by relation, with the function that a trigger calls.
    hooks: BTreeMap<Name, BTreeMap<Ident, Option<Ident>>>,
    /// Functions and procedures by their own name, and whether their bodies meet no rows but those at hand.
    routines: BTreeMap<Ident, BTreeMap<Name, bool>>,
    /// Whether something ran that may have made any trigger.
    lost: bool,
}

impl Effects {
    /// Takes note of what a statement makes, before it is applied to the catalog.
    pub fn observe(&mut self, statement: &Statement, catalog: &Catalog) {
        match statement {
            Statement::Object(object) => self.object(object, catalog),
            Statement::Relation(relation) => {
                if let RelationStatement::AlterRelation(alter) = &**relation {
                    self.moved(alter, catalog);
                }
            }
            Statement::Data(_) | Statement::Session(_) => {}
        }
    }

    fn object(&mut self, object: &Object, catalog: &Catalog) {
        let mut hook = |relation: &Name, name: &Ident, function: Option<&Ident>| {
            let relation = catalog.resolve(relation).unwrap_or_else(|| catalog.qualified(relation));
            self.hooks.entry(relation).or_default().insert(name.clone(), function.cloned());
        };
        match object {
            Object::CreateTrigger(trigger) => hook(&trigger.relation, &trigger.name, Some(trigger.function.last())),
            Object::CreateRule(rule) => hook(&rule.relation, &rule.name, None),
            Object::CreateFunction(function) => {
                let named = self.routines.entry(function.name.last().clone()).or_default();
                named.entry(function.name.clone()).or_insert(false);
            }
            Object::Drop(drop) if matches!(drop.kind, ObjectKind::Trigger | ObjectKind::Rule) => {
                for object in &drop.objects {
                    if let ObjectName::On(name, relation) = &object.name
                        && let Some(hooks) =
                            catalog.resolve(relation).and_then(|relation| self.hooks.get_mut(&relation))
                    {
                        hooks.remove(name);
                    }
                }
            }
            _ => {}
        }
    }

    /// Triggers and rules move with their relation.
    fn moved(&mut self, alter: &AlterRelation, catalog: &Catalog) {
        let Some(old) = catalog.resolve(&alter.relation.name) else { return };
        let (schema, name) = match &alter.change {
            RelationChange::Rename(to) => (old.schema(), to),
            RelationChange::SetSchema(to) => (Some(to), old.last()),
            _ => return,
        };
        let parts = schema.into_iter().chain([name]).cloned().collect();
        if let Some(hooks) = self.hooks.remove(&old) {
            self.hooks.insert(Name { parts, span: old.span }, hooks);
        }
    }

    /// Says whether the history makes a function of this name.
    pub fn is_routine(&self, name: &Ident) -> bool {
        self.routines.contains_key(name)
    }

    /// Takes note of what a routine without parameters, as triggers call it, does now.
    pub(super) fn routine(&mut self, name: &Name, harmless: bool) {
        self.routines.entry(name.last().clone()).or_default().insert(name.clone(), harmless);
    }

    /// Says whether every routine of this name meets no rows but those at hand.
    pub(super) fn is_harmless(&self, name: &Ident) -> bool {
        self.routines.get(name).is_some_and(|named| named.values().all(|harmless| *harmless))
    }

    /// From here on any table may have triggers that nobody saw.
    pub(super) fn lose_track(&mut self) {
        self.lost = true;
    }

    /// Returns a trigger or rule of the relation, of what it is a partition of, or of its partitions.
    fn hook(&self, relation: &Relation, catalog: &Catalog) -> Option<&Ident> {
        let harmful = |function: &Option<Ident>| function.as_ref().is_none_or(|function| !self.is_harmless(function));
        let family = catalog.family(relation);
        let mut hooks = family.into_iter().filter_map(|member| self.hooks.get(&member.name)).flatten();
        hooks.find(|(_, function)| harmful(function)).map(|(name, _)| name)
    }
}

/// How a write reaches further rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Write<'a> {
    /// Rows come.
    Insert,
    /// These columns change.
    Update(&'a [Ident]),
    /// Rows go.
    Delete,
}

/// Says why rows that the analysis does not follow may be touched when this relation is written.
pub(super) fn reach(context: &Context<'_>, relation: &Relation, write: Write<'_>) -> Option<String> {
    reach_from(context, relation, write, &mut BTreeSet::new())
}

fn reach_from(
    context: &Context<'_>,
    relation: &Relation,
    write: Write<'_>,
    seen: &mut BTreeSet<Name>,
) -> Option<String> {
    if !seen.insert(relation.name.clone()) {
        return None;
    }
    if context.effects.lost {
        return Some("text that a DO block put together before may have made triggers on it".into());
    }
    if let Some(hook) = context.effects.hook(relation, context.catalog) {
        return Some(format!("`{hook}` on `{}` runs with it and is not followed yet", relation.name.last()));
    }
    if write == Write::Insert {
        return None;
    }
    context.catalog.references_to(&relation.name).into_iter().find_map(|(child, constraint)| match &constraint.kind {
        ConstraintKind::ForeignKey { columns, references } => {
            action(context, relation, child, columns, references, write, seen)
        }
        _ => None,
    })
}

/// Follows the action of one foreign key; it stays within the tenant when the key carries the tenant.
fn action(
    context: &Context<'_>,
    parent: &Relation,
    child: &Relation,
    columns: &[Ident],
    references: &References,
    write: Write<'_>,
    seen: &mut BTreeSet<Name>,
) -> Option<String> {
    let primary = parent.primary_key().unwrap_or(&[]);
    let referenced = if references.columns.is_empty() { primary } else { &references.columns };
    let action = match write {
        Write::Delete => &references.on_delete,
        Write::Update(changed) if changed.iter().any(|column| referenced.contains(column)) => &references.on_update,
        Write::Update(_) | Write::Insert => return None,
    };
    let written: &[Ident] = match action {
        ReferentialAction::NoAction | ReferentialAction::Restrict => return None,
        ReferentialAction::Cascade => &[],
        ReferentialAction::SetNull(some) | ReferentialAction::SetDefault(some) if some.is_empty() => columns,
        ReferentialAction::SetNull(some) | ReferentialAction::SetDefault(some) => some,
    };
    let class = classify(child, context.catalog, context.tenancy);
    let parent_class = classify(parent, context.catalog, context.tenancy);
    let carries = match (&class, parent_class.tenant_column()) {
        (Class::Tenant(tenant), Some(key)) => {
            let paired = columns.iter().zip(referenced).any(|(own, other)| own == tenant && other == key);
            paired && !written.contains(tenant)
        }
        (Class::Owned(via), _) => via == columns && written.is_empty(),
        _ => false,
    };
    if !carries {
        return Some(format!(
            "the foreign key of `{}` acts on its rows and does not carry the tenant",
            child.name.last()
        ));
    }
    let next = if *action == ReferentialAction::Cascade && write == Write::Delete {
        Write::Delete
    } else {
        Write::Update(columns)
    };
    reach_from(context, child, next, seen)
}
