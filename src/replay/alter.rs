//! ALTER of relations, but for the actions of ALTER TABLE.

use super::sequence::{beside, refused};
use super::{Lowering, actions, detached, property, setting};
use crate::catalog::{Address, CatalogError, ConstraintKind, Kind, Origin, Relation};
use crate::changes::property::{Dependence, Property};
use crate::changes::{
    AttachIndex, AttachPartition, Reach, RenameColumn, RenameConstraint, RenameIndex, RenameRelation, SetSchema,
};
use crate::pg::{Ident, Name};
use crate::statement::relation::{AlterRelation, ConstraintAttribute, RelationChange};

/// Lowers ALTER TABLE, ALTER INDEX, ALTER VIEW and their kin.
pub(super) fn relation(lowering: &mut Lowering<'_>, alter: &AlterRelation) {
    let catalog = lowering.catalog;
    if let Some(relation) = catalog.relation(&alter.relation.name) {
        return change(lowering, alter, relation);
    }
    // ALTER TABLE may name an index, too.
    if let Some(owner) = catalog.owner_of_index(&alter.relation.name) {
        return match &alter.change {
            RelationChange::Rename(to) => lowering.push(RenameIndex {
                table: catalog.shown(&owner.name),
                from: alter.relation.name.last().clone(),
                to: to.clone(),
            }),
            other => index(lowering, owner, alter.relation.name.last(), other),
        };
    }
    if !alter.if_exists {
        lowering.fail(CatalogError::UndefinedTable(alter.relation.name.clone()));
        // What is added can be undone without knowing what was there.
        let name = catalog.qualified(&alter.relation.name);
        change(lowering, alter, &Relation::new(name, Kind::TableAs, Origin::default()));
    }
}

fn change(lowering: &mut Lowering<'_>, alter: &AlterRelation, relation: &Relation) {
    let table = lowering.catalog.shown(&relation.name);
    let kind = relation.kind;
    match &alter.change {
        RelationChange::Actions(list) => {
            let reach = if alter.relation.only { Reach::Only } else { Reach::Tree };
            actions::lower(lowering, relation, reach, list);
        }
        RelationChange::AttachPartition { partition, bound: Some(bound) } => {
            match lowering.catalog.existing(partition) {
                Ok(found) => {
                    let partition = lowering.catalog.shown(&found.name);
                    lowering.push(AttachPartition { parent: table, partition, bound: bound.clone() });
                }
                Err(error) => lowering.fail(error),
            }
        }
        RelationChange::AttachPartition { bound: None, .. } => lowering.skip("ALTER INDEX … ATTACH PARTITION"),
        RelationChange::DetachPartition { partition, mode } => {
            detached::detach(lowering, relation, partition, *mode);
        }
        RelationChange::Rename(to) => lowering.push(RenameRelation { relation: table, kind, to: to.clone() }),
        RelationChange::RenameColumn { from, to } => {
            if let Some(error) = kept_name(lowering, alter, relation, from) {
                return lowering.fail(error);
            }
            lowering.push(RenameColumn { table, from: from.clone(), to: to.clone() });
        }
        RelationChange::RenameConstraint { from, to } => {
            if let Some(error) = kept_constraint_name(lowering, alter, relation, from) {
                return lowering.fail(error);
            }
            let has_index = relation.constraint(from).is_some_and(|found| found.kind.has_index());
            if has_index && from != to && !lowering.is_free(&beside(&relation.name, to.clone()), false) {
                return;
            }
            lowering.push(RenameConstraint { table, from: from.clone(), to: to.clone() });
        }
        RelationChange::SetSchema(_)
            if relation.sequence.as_ref().is_some_and(|sequence| sequence.owned_by.is_some()) =>
        {
            lowering.fail(refused("0A000", "cannot move an owned sequence into another schema"));
        }
        RelationChange::SetSchema(schema) => {
            lowering.push(SetSchema { relation: table, kind, schema: schema.clone() });
        }
        RelationChange::DependsOnExtension { extension, no } => {
            let dependence = if *no { Dependence::Independent } else { Dependence::Dependent };
            let of = Address::Relation(relation.name.clone());
            property::push(lowering, of, Property::DependsOn { extension: extension.clone(), dependence });
        }
    }
}

/// Lowers ALTER INDEX … ATTACH PARTITION.
fn attach(lowering: &mut Lowering<'_>, owner: &Relation, name: &Ident, partition: &Name) {
    let catalog = lowering.catalog;
    let Some(child) = catalog.owner_of_index(partition) else {
        return lowering.fail(CatalogError::UndefinedTable(partition.clone()));
    };
    if !child.parents.contains(&owner.name) {
        let message = format!("cannot attach index `{partition}` as a partition of index `{name}`");
        return lowering.fail(refused("42P17", message));
    }
    let (table, partition, part) = (catalog.shown(&owner.name), catalog.shown(&child.name), partition.last().clone());
    let attached = child.index(&part).map(|index| index.inherited);
    let attached = attached.or_else(|| child.constraint(&part).map(|key| key.inherited));
    // Attaching what is a part already does nothing.
    if attached != Some(true) {
        lowering.push(AttachIndex { table, name: name.clone(), partition, part });
    }
}

/// Lowers the changes of an index that do not rename it.
fn index(lowering: &mut Lowering<'_>, owner: &Relation, name: &Ident, change: &RelationChange) {
    match change {
        RelationChange::Actions(list) => {
            list.iter().for_each(|action| setting::of_index(lowering, owner, name, &action.kind));
        }
        RelationChange::DependsOnExtension { extension, no } => {
            let dependence = if *no { Dependence::Independent } else { Dependence::Dependent };
            let of = Address::Index(owner.name.clone(), name.clone());
            property::push(lowering, of, Property::DependsOn { extension: extension.clone(), dependence });
        }
        RelationChange::AttachPartition { partition, bound: None } => attach(lowering, owner, name, partition),
        RelationChange::SetSchema(_) => {
            lowering.fail(refused("42809", format!("`{name}` is an index: it moves with its table")));
        }
        _ => lowering.skip("ALTER INDEX"),
    }
}

/// Says why a column keeps its name: it goes by that of a parent or of children.
fn kept_name(
    lowering: &Lowering<'_>,
    alter: &AlterRelation,
    relation: &Relation,
    column: &Ident,
) -> Option<CatalogError> {
    let mut parents = relation.parents.iter().filter_map(|parent| lowering.catalog.relation(parent));
    if parents.any(|parent| parent.column(column).is_some()) {
        return Some(refused("42P16", format!("cannot rename inherited column `{column}`")));
    }
    let mut children = lowering.catalog.children(&relation.name);
    let alone = alter.relation.only && children.next().is_some() && relation.column(column).is_some();
    alone.then(|| refused("42P16", format!("inherited column `{column}` must be renamed in child tables too")))
}

fn kept_constraint_name(
    lowering: &Lowering<'_>,
    alter: &AlterRelation,
    relation: &Relation,
    name: &Ident,
) -> Option<CatalogError> {
    let found = relation.constraint(name)?;
    // Source: `rename_constraint_internal` of PostgreSQL 15: what an index stands behind has a name of its own everywhere.
    let is_shared = matches!(found.kind, ConstraintKind::Check | ConstraintKind::NotNull(_));
    if found.inherited && is_shared {
        return Some(refused("42P16", format!("cannot rename inherited constraint `{name}`")));
    }
    let mut children = lowering.catalog.children(&relation.name);
    let is_check = found.kind == ConstraintKind::Check;
    let passed_on = is_check && !found.definition.attributes.has(ConstraintAttribute::NoInherit);
    let alone = alter.relation.only && passed_on && children.next().is_some();
    alone.then(|| refused("42P16", format!("inherited constraint `{name}` must be renamed in child tables too")))
}
