//! Which relations may have to do with a name, so that no question has to look at all of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::{Deref, DerefMut};

use super::{ConstraintKind, Object, ObjectId, Relation, holders, regclass};
use crate::pg::{Ident, Name};
use crate::query::ExprKind;

/// Candidates by name. It forgets nothing, so whoever asks looks at what is found again. Every change of a relation looks
/// up all that belongs to it, hence the hashes; nobody walks through them.
#[derive(Clone, Debug, Default)]
pub(super) struct Lookup {
    owners: HashMap<Ident, BTreeSet<Name>>,
    holders: HashMap<Ident, BTreeSet<Name>>,
    users: HashMap<Ident, BTreeSet<Name>>,
    children: BTreeMap<Name, BTreeSet<Name>>,
    typed: HashMap<Ident, BTreeSet<Name>>,
    owned: BTreeMap<Name, BTreeSet<Name>>,
    mentions: HashMap<Ident, BTreeSet<Holder>>,
}

/// Whose definition may mention a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// A relation, or something that belongs to it.
    Relation(Name),
    /// An object that is no relation.
    Object(ObjectId),
}

impl Lookup {
    /// Takes note of all that belongs to a relation.
    pub(super) fn add(&mut self, relation: &Relation) {
        let owned = relation.indexes.iter().map(|index| &index.name);
        for name in owned.chain(relation.constraints.iter().map(|constraint| &constraint.name)) {
            note(&mut self.owners, name, &relation.name);
        }
        for constraint in &relation.constraints {
            if let ConstraintKind::ForeignKey { references, .. } = &constraint.kind {
                note(&mut self.holders, references.table.last(), &relation.name);
            }
        }
        let types = relation.columns.iter().filter_map(|column| column.type_name.as_ref());
        let own = types.filter(|found| found.builtin_name().is_none()).map(|found| found.name.last());
        for name in own.chain(relation.of_type.as_ref().map(Name::last)) {
            note(&mut self.typed, name, &relation.name);
        }
        for parent in &relation.parents {
            self.children.entry(parent.clone()).or_default().insert(relation.name.clone());
        }
        holders::of_relation(relation, &mut |name| {
            mention(&mut self.mentions, name, || Holder::Relation(relation.name.clone()));
        });
        let owner = relation.sequence.as_ref().and_then(|sequence| sequence.owned_by.as_ref());
        if let Some((table, _)) = owner {
            self.owned.entry(table.clone()).or_default().insert(relation.name.clone());
        }
        let defaults = relation.columns.iter().filter_map(|column| column.default.as_ref());
        // Constants hold no name, and most defaults are constants.
        for default in defaults.filter(|default| !matches!(default.kind, ExprKind::Literal(_))) {
            regclass::named(default).iter().for_each(|name| note(&mut self.users, name.last(), &relation.name));
        }
    }

    /// Takes note of all that the definition of an object mentions.
    pub(super) fn add_object(&mut self, object: &Object) {
        holders::of_object(object, &mut |name| mention(&mut self.mentions, name, || Holder::Object(object.id.clone())));
    }

    /// Returns whose definitions may mention a last name, in order.
    pub(super) fn mentioning(&self, name: &Ident) -> impl Iterator<Item = &Holder> {
        self.mentions.get(name).into_iter().flatten()
    }

    /// Returns the relations that may have an index, a sequence or a constraint of this name, in order.
    pub(super) fn owners(&self, name: &Ident) -> impl Iterator<Item = &Name> {
        self.owners.get(name).into_iter().flatten()
    }

    /// Returns the relations whose defaults may name a relation of this name in any schema, in order.
    pub(super) fn users(&self, name: &Ident) -> impl Iterator<Item = &Name> {
        self.users.get(name).into_iter().flatten()
    }

    /// Returns the sequences that may go with columns of this table, in order.
    pub(super) fn owned(&self, table: &Name) -> impl Iterator<Item = &Name> {
        self.owned.get(table).into_iter().flatten()
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

impl Lookup {
    /// Returns the relations that may have a column of a type of this name, in order.
    pub(super) fn typed(&self, name: &Ident) -> impl Iterator<Item = &Name> {
        self.typed.get(name).into_iter().flatten()
    }
}

fn mention(names: &mut HashMap<Ident, BTreeSet<Holder>>, key: &Ident, holder: impl FnOnce() -> Holder) {
    let holder = holder();
    match names.get_mut(key) {
        Some(known) => drop(known.insert(holder)),
        None => drop(names.insert(key.clone(), BTreeSet::from([holder]))),
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
