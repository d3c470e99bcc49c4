//! Where a name may be found, so that nobody has to look through the whole catalog.
//!
//! A hint says where to look; whether the name is there, the relation itself says. Relations that were handed out to be
//! changed are looked through until their new names are noted.

use std::collections::{BTreeMap, BTreeSet};

use super::Relation;
use crate::pg::{Ident, Name};

/// Hints for the names and parents of relations.
#[derive(Clone, Debug, Default)]
pub(super) struct Hints {
    /// Relations by schema and a name that they, their indexes, sequences or constraints have or had.
    holders: BTreeMap<Ident, BTreeMap<Ident, BTreeSet<Name>>>,
    /// Children by a parent that they have or had.
    children: BTreeMap<Name, BTreeSet<Name>>,
    /// Relations that may have changed since they were noted.
    pub(super) changed: BTreeSet<Name>,
}

impl Hints {
    /// Notes every name of a relation.
    pub(super) fn note(&mut self, relation: &Relation) {
        let Some(schema) = relation.name.schema() else { return };
        let names = self.holders.entry(schema.clone()).or_default();
        let constraints = relation.constraints.iter().map(|constraint| &constraint.name);
        let indexes = relation.indexes.iter().map(|index| &index.name);
        let sequences = relation.columns.iter().filter_map(|column| column.sequence.as_ref());
        for name in constraints.chain(indexes).chain(sequences).chain([relation.name.last()]) {
            if !names.get(name).is_some_and(|holders| holders.contains(&relation.name)) {
                names.entry(name.clone()).or_default().insert(relation.name.clone());
            }
        }
        for parent in &relation.parents {
            self.children.entry(parent.clone()).or_default().insert(relation.name.clone());
        }
    }

    /// Returns the relations of a schema that may have something of this name.
    pub(super) fn holders<'a>(&'a self, schema: &Ident, name: &Ident) -> impl Iterator<Item = &'a Name> + use<'a> {
        let noted = self.holders.get(schema).and_then(|names| names.get(name));
        noted.into_iter().flatten().chain(&self.changed)
    }

    /// Returns the relations that may be children of this one.
    pub(super) fn children<'a>(&'a self, parent: &Name) -> impl Iterator<Item = &'a Name> + use<'a> {
        self.children.get(parent).into_iter().flatten().chain(&self.changed)
    }
}
