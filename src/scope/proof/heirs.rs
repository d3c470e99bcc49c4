//! What a table demands of its rows, and what the tables that inherit from it, whose rows are met along with its own, keep.
//!
//! Partitions keep all that their table demands, but for an index that was made ON ONLY it; tables that inherit keep CHECK,
//! and may let go of NOT NULL.

use crate::catalog::{Catalog, Column, ConstraintKind, Relation};
use crate::pg::Ident;
use crate::statement::relation::{ConstraintAttribute, CreateIndex, Key, References};

/// The relations below one.
#[derive(Debug, Default)]
pub(super) struct Heirs<'a> {
    below: Vec<&'a Relation>,
    /// Whether they are partitions.
    are_parts: bool,
}

impl<'a> Heirs<'a> {
    /// Returns the relations below one.
    pub(super) fn of(catalog: &'a Catalog, relation: &Relation) -> Self {
        let below = catalog.descendants(&relation.name);
        let below = below.iter().filter_map(|name| catalog.relation(name)).collect();
        Heirs { below, are_parts: relation.partition_by.is_some() }
    }

    /// Says whether a column that is not NULL in the table is so in all of them.
    pub(super) fn have_present(&self, name: &Ident) -> bool {
        self.are_parts || self.below.iter().all(|heir| heir.column(name).is_some_and(|column| column.not_null))
    }

    /// Says whether all compute a column as the table does: from PostgreSQL 16 on they need not.
    pub(super) fn compute_as(&self, column: &Column) -> bool {
        let is_it = |heir: &&Relation| heir.column(&column.name).is_some_and(|own| own.generated == column.generated);
        self.below.iter().all(is_it)
    }

    /// Says whether all have a foreign key that the table has: it is not inherited.
    pub(super) fn refer_as(&self, catalog: &Catalog, (columns, references): (&[Ident], &References)) -> bool {
        let target = |references: &References| catalog.referenced_table(references).map(|found| found.name.clone());
        let has = |heir: &&Relation| {
            heir.constraints.iter().any(|constraint| {
                let attributes = &constraint.definition.attributes;
                matches!(&constraint.kind, ConstraintKind::ForeignKey { columns: own, references: theirs }
                    if own == columns && theirs.columns == references.columns && target(theirs) == target(references))
                    && constraint.validated
                    && !attributes.is_deferrable()
                    && !attributes.has(ConstraintAttribute::NotEnforced)
            })
        };
        self.are_parts || self.below.iter().all(has)
    }

    /// Says whether a unique index tells the rows of all of them apart: one that was made ON ONLY a partitioned table does
    /// when each partition has its part of it.
    fn share(&self, index: &CreateIndex) -> bool {
        let is_part = |heir: &&Relation| {
            heir.indexes
                .iter()
                .any(|own| own.inherited && own.definition.unique && columns(&own.definition) == columns(index))
        };
        !index.relation.only || self.below.iter().all(is_part)
    }
}

/// Returns the columns by which one row is told from another: keys that hold at every moment.
pub(super) fn keys(relation: &Relation, heirs: &Heirs<'_>) -> Vec<Vec<Ident>> {
    // Tables that inherit may repeat their parent's keys; partitions may not.
    if !heirs.are_parts && !heirs.below.is_empty() {
        return Vec::new();
    }
    let lasting = relation.constraints.iter().filter(|found| !found.definition.attributes.is_deferrable());
    let constraints = lasting.filter_map(|constraint| constraint.kind.key()).map(<[Ident]>::to_vec);
    let unique = relation.indexes.iter().map(|index| &*index.definition);
    let unique = unique.filter(|index| index.unique && index.predicate.is_none() && heirs.share(index));
    constraints.chain(unique.filter_map(columns)).filter(|key| !key.is_empty()).collect()
}

/// Returns the columns of an index; `None` where it is of expressions.
fn columns(index: &CreateIndex) -> Option<Vec<Ident>> {
    let columns = index.elements.iter().map(|element| match &element.key {
        Key::Column(name) => Some(name.clone()),
        Key::Expression(_) => None,
    });
    columns.collect()
}
