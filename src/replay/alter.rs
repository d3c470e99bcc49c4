//! ALTER of relations, but for the actions of ALTER TABLE.

use super::sequence::refused;
use super::{Lowering, actions};
use crate::catalog::{CatalogError, ConstraintKind, Kind, Origin, Relation};
use crate::changes::{
    AttachPartition, DetachPartition, Reach, RenameColumn, RenameConstraint, RenameIndex, RenameRelation, SetSchema,
};
use crate::pg::Ident;
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
            _ => lowering.skip("ALTER INDEX"),
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
        RelationChange::DetachPartition { partition, mode } => match lowering.catalog.existing(partition) {
            Ok(found) => {
                let partition = lowering.catalog.shown(&found.name);
                lowering.push(DetachPartition { parent: table, partition, mode: *mode });
            }
            Err(error) => lowering.fail(error),
        },
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
            lowering.push(RenameConstraint { table, from: from.clone(), to: to.clone() });
        }
        RelationChange::SetSchema(schema) => {
            lowering.push(SetSchema { relation: table, kind, schema: schema.clone() });
        }
        RelationChange::DependsOnExtension { .. } => lowering.skip("ALTER … DEPENDS ON EXTENSION"),
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
    if found.inherited {
        return Some(refused("42P16", format!("cannot rename inherited constraint `{name}`")));
    }
    let mut children = lowering.catalog.children(&relation.name);
    let is_check = found.kind == ConstraintKind::Check;
    let passed_on = is_check && !found.definition.attributes.has(ConstraintAttribute::NoInherit);
    let alone = alter.relation.only && passed_on && children.next().is_some();
    alone.then(|| refused("42P16", format!("inherited constraint `{name}` must be renamed in child tables too")))
}
