//! The tables, columns and foreign keys of a catalog, as far as a proposal needs them.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, ConstraintKind, Relation};
use crate::pg::{Ident, Name};
use crate::source::Span;

/// A column: whether it must be set, and what it refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Whether it can be NULL.
    pub not_null: bool,
    /// The table that it refers to by itself, and the column there when it is written.
    pub refers_to: Option<(Name, Option<Ident>)>,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Its columns.
    pub columns: BTreeMap<Ident, Column>,
    /// Its primary key, when that is one column.
    pub primary_key: Option<Ident>,
}

/// Tables by name.
pub type Tables = BTreeMap<Name, Table>;

/// Lists the tables of a catalog under the names that its search path finds; partitions belong to their parents.
pub fn tables(catalog: &Catalog) -> Tables {
    let listed = catalog.relations().filter(|relation| relation.is_table() && relation.bound.is_none());
    listed.map(|relation| (short(catalog, &relation.name), table(catalog, relation))).collect()
}

/// Leaves the schema out where the search path finds the same relation without it.
fn short(catalog: &Catalog, name: &Name) -> Name {
    let last = Name::simple(name.last().clone(), Span::default());
    let found = catalog.relation(&last).is_some_and(|found| found.name == *name);
    if found { last } else { name.clone() }
}

fn table(catalog: &Catalog, relation: &Relation) -> Table {
    let column = |name: &Ident, not_null| Column { not_null, refers_to: reference(catalog, relation, name) };
    let columns = relation.columns.iter().map(|found| (found.name.clone(), column(&found.name, found.not_null)));
    let primary_key = match relation.primary_key() {
        Some([key]) => Some(key.clone()),
        _ => None,
    };
    Table { columns: columns.collect(), primary_key }
}

fn reference(catalog: &Catalog, relation: &Relation, column: &Ident) -> Option<(Name, Option<Ident>)> {
    relation.constraints.iter().find_map(|constraint| match &constraint.kind {
        ConstraintKind::ForeignKey { columns, references } if *columns == [column.clone()] => {
            Some((short(catalog, &references.table), references.columns.first().cloned()))
        }
        _ => None,
    })
}
