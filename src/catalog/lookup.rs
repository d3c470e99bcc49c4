//! Which relations may have to do with a name, so that no question has to look at all of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::{Deref, DerefMut};

use super::{ConstraintKind, Relation};
use crate::pg::{Ident, Name};

/// Candidates by name. It forgets nothing, so whoever asks looks at what is found again. Every change of a relation looks
/// up all that belongs to it, hence the hashes; nobody walks through them.
#[derive(Clone, Debug, Default)]
pub(super) struct Lookup {
    owners: HashMap<Ident, BTreeSet<Name>>,
    holders: HashMap<Ident, BTreeSet<Name>>,
    children: BTreeMap<Name, BTreeSet<Name>>,
}

impl Lookup {
    /// Takes note of all that belongs to a relation.
    pub(super) fn add(&mut self, relation: &Relation) {
        let owned = relation.indexes.iter().map(|index| &index.name);
        let owned = owned.chain(relation.constraints.iter().map(|constraint| &constraint.name));
        for name in owned.chain(relation.columns.iter().filter_map(|column| column.sequence.as_ref())) {
            note(&mut self.owners, name, &relation.name);
        }
        for constraint in &relation.constraints {
            if let ConstraintKind::ForeignKey { references, .. } = &constraint.kind {
                note(&mut self.holders, references.table.last(), &relation.name);
            }
        }
        for parent in &relation.parents {
            self.children.entry(parent.clone()).or_default().insert(relation.name.clone());
        }
    }

    /// Returns the relations that may have an index, a sequence or a constraint of this name, in order.
    pub(super) fn owners(&self, name: &Ident) -> impl Iterator<Item = &Name> {
        self.owners.get(name).into_iter().flatten()
    }

    /// Returns the tables that may hold a foreign key to a table of this name in any schema, in order.
    pub(super) fn holders(&self, name: &Ident) -> impl Iterator<Item = &Name> {
        self.holders.get(name).into_iter().flatten()
    }

    /// Returns the relations that may be partitions of this one or inherit from it, in order.
    pub(super) fn children(&self, parent: &Name) -> impl Iterator<Item = &Name> {
        self.children.get(parent).into_iter().flatten()
    }
}

fn note(names: &mut HashMap<Ident, BTreeSet<Name>>, key: &Ident, name: &Name) {
    match names.get_mut(key) {
        Some(known) if known.contains(name) => {}
        Some(known) => drop(known.insert(name.clone())),
        None => drop(names.insert(key.clone(), BTreeSet::from([name.clone()]))),
    }
}

/// A relation that is changed in its place; whatever it was given can be found once this is dropped.
#[derive(Debug)]
pub struct RelationMut<'a> {
    pub(super) relation: &'a mut Relation,
    pub(super) lookup: &'a mut Lookup,
}

impl Deref for RelationMut<'_> {
    type Target = Relation;

    fn deref(&self) -> &Relation {
        self.relation
    }
}

impl DerefMut for RelationMut<'_> {
    fn deref_mut(&mut self) -> &mut Relation {
        self.relation
    }
}

impl Drop for RelationMut<'_> {
    fn drop(&mut self) {
        self.lookup.add(self.relation);
    }
}
