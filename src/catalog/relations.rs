//! Relations by schema and name.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use super::Relation;
use crate::pg::{Ident, Name};

/// The relations of a database. A lookup makes no qualified name of its own and compares no texts on its way: a statement
/// looks up dozens.
#[derive(Clone, Debug, Default)]
pub(super) struct Relations {
    held: Vec<Option<Relation>>,
    /// Places in [`Relations::held`] that are free again.
    free: Vec<usize>,
    places: HashMap<Ident, HashMap<Ident, usize, RandomState>, RandomState>,
    /// The same places by name, for those who walk.
    order: BTreeMap<Ident, BTreeMap<Ident, usize>>,
}

impl PartialEq for Relations {
    /// Catalogs with the same relations are equal, whatever they once held.
    fn eq(&self, other: &Self) -> bool {
        self.values().eq(other.values())
    }
}
impl Eq for Relations {}

impl Relations {
    /// Finds the relation of this name in a schema.
    pub(super) fn find(&self, schema: &str, name: &Ident) -> Option<&Relation> {
        self.held.get(*self.places.get(schema)?.get(name)?)?.as_ref()
    }

    /// Finds a relation by its qualified name.
    pub(super) fn get(&self, qualified: &Name) -> Option<&Relation> {
        self.find(schema(qualified), qualified.last())
    }

    /// Finds a relation to change it.
    pub(super) fn get_mut(&mut self, qualified: &Name) -> Option<&mut Relation> {
        let place = *self.places.get(schema(qualified))?.get(qualified.last())?;
        self.held.get_mut(place)?.as_mut()
    }

    /// Adds a relation under its own name, and returns the one that was there.
    pub(super) fn insert(&mut self, relation: Relation) -> Option<Relation> {
        if let Some(known) = self.get_mut(&relation.name.clone()) {
            return Some(std::mem::replace(known, relation));
        }
        let (schema, name) = (Ident::exact(schema(&relation.name)), relation.name.last().clone());
        let place = self.free.pop().unwrap_or_else(|| {
            self.held.push(None);
            self.held.len() - 1
        });
        self.order.entry(schema.clone()).or_default().insert(name.clone(), place);
        self.places.entry(schema).or_default().insert(name, place);
        self.held.get_mut(place)?.replace(relation)
    }

    /// Takes a relation out.
    pub(super) fn remove(&mut self, qualified: &Name) -> Option<Relation> {
        let (schema, name) = (schema(qualified), qualified.last());
        let place = self.places.get_mut(schema)?.remove(name)?;
        self.order.get_mut(schema).and_then(|home| home.remove(name));
        self.free.push(place);
        self.held.get_mut(place)?.take()
    }

    /// Returns the relations of a schema in the order of their names.
    pub(super) fn inside(&self, schema: &str) -> impl Iterator<Item = &Relation> {
        self.order.get(schema).into_iter().flat_map(|home| self.at(home))
    }

    /// Returns all relations in the order of their names.
    pub(super) fn values(&self) -> impl Iterator<Item = &Relation> {
        self.order.values().flat_map(|home| self.at(home))
    }

    fn at<'a>(&'a self, home: &'a BTreeMap<Ident, usize>) -> impl Iterator<Item = &'a Relation> {
        home.values().filter_map(|place| self.held.get(*place)?.as_ref())
    }
}

/// Without a schema to put it in, a relation lies in one that no name can mean.
fn schema(qualified: &Name) -> &str {
    qualified.schema().map_or("", Ident::as_str)
}
