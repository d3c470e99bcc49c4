//! What tells the rows of a relation apart.

use crate::catalog::{ConstraintKind, Index, Relation};
use crate::pg::Ident;
use crate::statement::relation::Key;

/// Returns the columns of the primary key, or of the first unique key whose columns are NOT NULL.
pub(super) fn of(relation: &Relation) -> Option<Vec<Ident>> {
    let is_set = |columns: &[Ident]| {
        let not_null = |column: &Ident| relation.column(column).is_some_and(|found| found.not_null);
        !columns.is_empty() && columns.iter().all(not_null)
    };
    let constraints = relation.constraints.iter().filter_map(|constraint| match &constraint.kind {
        ConstraintKind::Unique(columns) => Some(columns.clone()),
        _ => None,
    });
    let indexes = relation.indexes.iter().filter_map(columns);
    let primary = relation.primary_key().map(<[Ident]>::to_vec);
    primary.or_else(|| constraints.chain(indexes).find(|columns| is_set(columns)))
}

/// Returns the columns of a unique index over all rows.
fn columns(index: &Index) -> Option<Vec<Ident>> {
    let definition = &index.definition;
    if !definition.unique || definition.predicate.is_some() {
        return None;
    }
    let column = |key: &Key| match key {
        Key::Column(column) => Some(column.clone()),
        Key::Expression(_) => None,
    };
    definition.elements.iter().map(|element| column(&element.key)).collect()
}
