//! What brings a table back as it was.

use super::sequence::split;
use super::{
    AttachPartition, Change, CreateIndex, CreateTable, IndexBuild, SetRowSecurity, column, overrides, property,
};
use crate::catalog::names::{joined, plain_choice};
use crate::catalog::{Address, Catalog, Constraint, ConstraintKind, Index, Relation};
use crate::statement::relation::RowSecurity;

impl CreateTable {
    /// Makes the changes that bring a table back as it was: the table, its indexes, its row security.
    pub(crate) fn anew(relation: &Relation, catalog: &Catalog) -> Vec<Change> {
        let table = catalog.shown(&relation.name);
        let is_attached = relation.bound.is_some() && !has_chosen_names(relation, catalog);
        let mut bare = property::bare(relation);
        bare.columns = bare.columns.iter().map(|held| column::shown(held, catalog)).collect();
        if is_attached {
            release(&mut bare);
        }
        // A partition gets its parts of its parent's indexes by itself.
        let (parts, indexes): (Vec<Index>, Vec<Index>) =
            bare.indexes.iter().cloned().partition(|index| index.inherited);
        bare.indexes = parts.into();
        (bare.row_security, bare.force_row_security) = (false, false);
        let split = split(relation, |_| true, catalog);
        let mut changes = split.creations(catalog);
        let ownerships = split.ownerships(catalog);
        let parents = bare.parents.iter().map(|parent| catalog.shown(parent)).collect();
        let differing = overrides::overrides(&bare, catalog);
        let (made, sequences) = (Box::new(bare), split.implied);
        changes.push(CreateTable { table: table.clone(), parents, relation: made, sequences }.into());
        changes.extend(differing);
        changes.extend(ownerships);
        for index in indexes {
            changes.push(CreateIndex { table: table.clone(), index, build: IndexBuild::Blocking }.into());
        }
        if let (true, Some(parent), Some(bound)) = (is_attached, relation.parents.first(), &relation.bound) {
            let (parent, bound) = (catalog.shown(parent), bound.clone());
            changes.push(AttachPartition { parent, partition: table.clone(), bound }.into());
        }
        let flags = [(relation.row_security, RowSecurity::Enable), (relation.force_row_security, RowSecurity::Force)];
        for (_, change) in flags.into_iter().filter(|(on, _)| *on) {
            changes.push(SetRowSecurity { table: table.clone(), change }.into());
        }
        changes.extend(property::restore(catalog, &Address::Relation(relation.name.clone())));
        changes
    }
}

/// Makes a partition a table that stands for itself.
fn release(relation: &mut Relation) {
    relation.parents.clear();
    relation.bound = None;
    relation.columns.iter_mut().for_each(|column| column.inherited = false);
    relation.constraints.iter_mut().for_each(|constraint| constraint.inherited = false);
    relation.indexes.iter_mut().for_each(|index| index.inherited = false);
}

/// Says whether what a partition has of its parent goes by the names that PostgreSQL gives to a new one.
fn has_chosen_names(relation: &Relation, catalog: &Catalog) -> bool {
    let table = relation.name.last();
    let parents: Vec<&Relation> = relation.parents.iter().filter_map(|parent| catalog.relation(parent)).collect();
    let index = |index: &Index| index.name == plain_choice(table, Some(&joined(&index.labels())), "idx");
    let constraint = |own: &Constraint| match &own.kind {
        ConstraintKind::PrimaryKey(_) => own.name == plain_choice(table, None, "pkey"),
        ConstraintKind::Unique(_) => own.name == plain_choice(table, Some(&joined(&own.labels())), "key"),
        ConstraintKind::Exclude => false,
        _ => parents.iter().any(|parent| parent.constraint(&own.name).is_some()),
    };
    relation.indexes.iter().filter(|found| found.inherited).all(index)
        && relation.constraints.iter().filter(|found| found.inherited).all(constraint)
}
