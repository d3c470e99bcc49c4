//! Relations by schema and name.

use std::collections::BTreeMap;

use super::Relation;
use crate::pg::{Ident, Name};

/// The relations of a database. A lookup makes no qualified name of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Relations(BTreeMap<Ident, BTreeMap<Ident, Relation>>);

impl Relations {
    /// Finds the relation of this name in a schema.
    pub(super) fn find(&self, schema: &str, name: &Ident) -> Option<&Relation> {
        self.0.get(schema)?.get(name)
    }

    /// Finds a relation by its qualified name.
    pub(super) fn get(&self, qualified: &Name) -> Option<&Relation> {
        self.find(schema(qualified), qualified.last())
    }

    /// Finds a relation to change it.
    pub(super) fn get_mut(&mut self, qualified: &Name) -> Option<&mut Relation> {
        self.0.get_mut(schema(qualified))?.get_mut(qualified.last())
    }

    /// Adds a relation under its own name, and returns the one that was there.
    pub(super) fn insert(&mut self, relation: Relation) -> Option<Relation> {
        let schema = self.0.entry(Ident::exact(schema(&relation.name))).or_default();
        schema.insert(relation.name.last().clone(), relation)
    }

    /// Takes a relation out.
    pub(super) fn remove(&mut self, qualified: &Name) -> Option<Relation> {
        let home = self.0.get_mut(schema(qualified))?;
        let relation = home.remove(qualified.last());
        // Catalogs with the same relations are equal, whatever they once held.
        if home.is_empty() {
            self.0.remove(schema(qualified));
        }
        relation
    }

    /// Returns the relations of a schema in the order of their names.
    pub(super) fn inside(&self, schema: &str) -> impl Iterator<Item = &Relation> {
        self.0.get(schema).into_iter().flat_map(BTreeMap::values)
    }

    /// Returns all relations in the order of their names.
    pub(super) fn values(&self) -> impl Iterator<Item = &Relation> {
        self.0.values().flat_map(BTreeMap::values)
    }
}

/// Without a schema to put it in, a relation lies in one that no name can mean.
fn schema(qualified: &Name) -> &str {
    qualified.schema().map_or("", Ident::as_str)
}
