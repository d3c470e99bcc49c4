//! The catalog: what a schema holds at one point of its history.
//!
//! Thin for now: relations with their columns, constraints and indexes, as far as table classes and the first inverses
//! need them. What it does not hold is not judged, never guessed.

mod relation;

use std::collections::BTreeMap;

pub use relation::{Column, Constraint, ConstraintKind, Generated, Index, Kind, Origin, Relation};

use crate::pg::{Ident, Name};

/// The relations of a database by qualified name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    relations: BTreeMap<Name, Relation>,
    /// The schemas that unqualified names are looked up in; a new relation goes to the first.
    pub search_path: Vec<Ident>,
}

impl Catalog {
    /// Makes an empty catalog.
    pub fn new(search_path: Vec<Ident>) -> Self {
        Catalog { relations: BTreeMap::new(), search_path }
    }

    /// Finds a relation by the name that a statement gives: temporary ones first, then along the search path.
    pub fn relation(&self, name: &Name) -> Option<&Relation> {
        self.relations.get(&self.resolve(name)?)
    }

    /// Finds a relation to change it.
    pub fn relation_mut(&mut self, name: &Name) -> Option<&mut Relation> {
        let qualified = self.resolve(name)?;
        self.relations.get_mut(&qualified)
    }

    /// Returns the qualified name of the relation that a name means; `None` when there is none.
    pub fn resolve(&self, name: &Name) -> Option<Name> {
        if name.schema().is_some() {
            let qualified = strip_database(name);
            return self.relations.contains_key(&qualified).then_some(qualified);
        }
        let temporary = Ident::exact(TEMPORARY);
        let schemas = std::iter::once(&temporary).chain(&self.search_path);
        schemas.map(|schema| qualify(schema, name)).find(|qualified| self.relations.contains_key(qualified))
    }

    /// Returns the qualified name that a new relation of this name gets.
    pub fn qualified(&self, name: &Name) -> Name {
        match (name.schema(), self.search_path.first()) {
            (None, Some(schema)) => qualify(schema, name),
            _ => strip_database(name),
        }
    }

    /// Returns the qualified name that a new temporary relation gets.
    pub fn temporary(name: &Name) -> Name {
        qualify(&Ident::exact(TEMPORARY), name)
    }

    /// Adds a relation under its own qualified name, and returns the one that was there.
    pub fn insert(&mut self, relation: Relation) -> Option<Relation> {
        self.relations.insert(relation.name.clone(), relation)
    }

    /// Takes a relation out.
    pub fn remove(&mut self, name: &Name) -> Option<Relation> {
        let qualified = self.resolve(name)?;
        self.relations.remove(&qualified)
    }

    /// Returns all relations in the order of their names.
    pub fn relations(&self) -> impl Iterator<Item = &Relation> {
        self.relations.values()
    }
}

/// The schema that temporary relations go by.
const TEMPORARY: &str = "pg_temp";

fn qualify(schema: &Ident, name: &Name) -> Name {
    Name { parts: vec![schema.clone(), name.last().clone()], span: name.span }
}

/// `database.schema.name` can name only the current database.
fn strip_database(name: &Name) -> Name {
    let skip = name.parts.len().saturating_sub(2);
    Name { parts: name.parts[skip..].to_vec(), span: name.span }
}
