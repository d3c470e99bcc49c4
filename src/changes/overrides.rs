//! What a child has otherwise than its parents pass on.

use super::{Change, DropNotNull, Fill, Reach, SetDefault, SetNotNull};
use crate::catalog::{Catalog, Column, Relation};

/// Makes the changes that give the columns of a new child what they have otherwise than its parents' columns.
pub(crate) fn overrides(relation: &Relation, catalog: &Catalog) -> Vec<Change> {
    let parents: Vec<&Relation> = relation.parents.iter().filter_map(|parent| catalog.relation(parent)).collect();
    let inherited = relation.columns.iter().filter(|column| column.inherited);
    let above = |column: &Column| parents.iter().find_map(|parent| parent.column(&column.name));
    let pairs = inherited.filter_map(|column| above(column).map(|parent| (column, parent)));
    pairs.flat_map(|(column, parent)| differences(relation, (column, parent), catalog)).collect()
}

fn differences(relation: &Relation, (own, parent): (&Column, &Column), catalog: &Catalog) -> Vec<Change> {
    let (table, column, reach) = (catalog.shown(&relation.name), own.name.clone(), Reach::Tree);
    let mut changes: Vec<Change> = Vec::new();
    let text = |column: &Column| column.default.as_ref().map(ToString::to_string);
    if text(own) != text(parent) && own.generated.is_none() {
        let default = own.default.clone();
        changes.push(SetDefault { table: table.clone(), column: column.clone(), reach, default }.into());
    }
    match (own.not_null, parent.not_null) {
        (true, false) => changes.push(SetNotNull { table, column, reach }.into()),
        (false, true) => changes.push(DropNotNull { table, column, reach, fill: Fill::Nothing }.into()),
        _ => {}
    }
    changes
}
