//! ALTER of relations, but for the actions of ALTER TABLE.

use super::{Lowering, actions};
use crate::catalog::{CatalogError, Kind, Origin, Relation};
use crate::changes::{
    AttachPartition, DetachPartition, RenameColumn, RenameConstraint, RenameIndex, RenameRelation, SetSchema,
};
use crate::statement::relation::{AlterRelation, RelationChange};

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
        RelationChange::Actions(list) => actions::lower(lowering, relation, alter.relation.only, list),
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
            lowering.push(RenameColumn { table, from: from.clone(), to: to.clone() });
        }
        RelationChange::RenameConstraint { from, to } => {
            lowering.push(RenameConstraint { table, from: from.clone(), to: to.clone() });
        }
        RelationChange::SetSchema(schema) => {
            lowering.push(SetSchema { relation: table, kind, schema: schema.clone() });
        }
        RelationChange::DependsOnExtension { .. } => lowering.skip("ALTER … DEPENDS ON EXTENSION"),
    }
}
