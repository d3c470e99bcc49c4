//! Which relations may have to do with a name, so that no question has to look at all of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::{Deref, DerefMut};

use foldhash::fast::RandomState;

use super::{Column, Constraint, ConstraintKind, Index, Object, ObjectId, Relation, holders, regclass};
use crate::pg::{Ident, Name};
use crate::query::ExprKind;

/// Candidates by name. It forgets nothing, so whoever asks looks at what is found again. Every change of a relation looks
/// up all that belongs to it, hence the hashes; nobody walks through them.
#[derive(Clone, Debug, Default)]
pub(super) struct Lookup {
    owners: HashMap<Ident, BTreeSet<Name>, RandomState>,
    holders: HashMap<Ident, BTreeSet<Name>, RandomState>,
    users: HashMap<Ident, BTreeSet<Name>, RandomState>,
    children: BTreeMap<Name, BTreeSet<Name>>,
    typed: HashMap<Ident, BTreeSet<Name>, RandomState>,
    owned: BTreeMap<Name, BTreeSet<Name>>,
    mentions: HashMap<Ident, BTreeSet<Holder>, RandomState>,
}

/// Whose definition may mention a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// A relation, or something that belongs to it.
    Relation(Name),
    /// An object that is no relation.
    Object(ObjectId),
}

/// What a relation is given while it is changed: only new names have to be found later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Given<'a> {
    /// Anything may be new.
    #[default]
    Anything,
    /// No name is.
    NoNames,
    /// The column of this name is another one.
    Column(&'a Ident),
    /// A column behind the others.
    LastColumn,
    /// A constraint behind the others.
    LastConstraint,
    /// An index behind the others.
    LastIndex,
    /// A trigger, policy or rule of this name.
    Part(&'a Ident),
}

impl Lookup {
    /// Takes note of what a relation was given.
    fn note(&mut self, relation: &Relation, given: Given<'_>) {
        let holder = || Holder::Relation(relation.name.clone());
        match given {
            Given::Anything => self.add(relation),
            Given::NoNames => {}
            Given::Column(name) => {
                relation.column(name).into_iter().for_each(|found| self.column(&holder(), found));
            }
            Given::LastColumn => relation.columns.last().into_iter().for_each(|last| self.column(&holder(), last)),
            Given::LastConstraint => {
                relation.constraints.last().into_iter().for_each(|last| self.constraint(&holder(), last));
            }
            Given::LastIndex => relation.indexes.last().into_iter().for_each(|last| self.index(&holder(), last)),
            Given::Part(name) => self.parts(relation, Some(name)),
        }
    }

    /// Takes note of all that belongs to a relation.
    pub(super) fn add(&mut self, relation: &Relation) {
        let holder = Holder::Relation(relation.name.clone());
        relation.columns.iter().for_each(|column| self.column(&holder, column));
        relation.constraints.iter().for_each(|constraint| self.constraint(&holder, constraint));
        relation.indexes.iter().for_each(|index| self.index(&holder, index));
        self.parts(relation, None);
        holders::of_relation(relation, &mut |name| note(&mut self.mentions, name, &holder));
        relation.of_type.iter().for_each(|name| note(&mut self.typed, name.last(), &relation.name));
        for parent in &relation.parents {
            self.children.entry(parent.clone()).or_default().insert(relation.name.clone());
        }
        let owner = relation.sequence.as_ref().and_then(|sequence| sequence.owned_by.as_ref());
        if let Some((table, _)) = owner {
            self.owned.entry(table.clone()).or_default().insert(relation.name.clone());
        }
    }

    fn column(&mut self, holder: &Holder, column: &Column) {
        let Holder::Relation(relation) = holder else { return };
        holders::of_column(column, &mut |name| note(&mut self.mentions, name, holder));
        let own = column.type_name.as_ref().filter(|found| found.builtin_name().is_none());
        own.into_iter().for_each(|found| note(&mut self.typed, found.name.last(), relation));
        // Constants hold no name, and most defaults are constants.
        if let Some(default) = column.default.as_ref().filter(|default| !matches!(default.kind, ExprKind::Literal(_))) {
            regclass::named(default).iter().for_each(|name| note(&mut self.users, name.last(), relation));
        }
    }

    fn constraint(&mut self, holder: &Holder, constraint: &Constraint) {
        let Holder::Relation(relation) = holder else { return };
        note(&mut self.owners, &constraint.name, relation);
        if let ConstraintKind::ForeignKey { references, .. } = &constraint.kind {
            note(&mut self.holders, references.table.last(), relation);
        }
        holders::of_constraint(constraint, &mut |name| note(&mut self.mentions, name, holder));
    }

    fn index(&mut self, holder: &Holder, index: &Index) {
        let Holder::Relation(relation) = holder else { return };
        note(&mut self.owners, &index.name, relation);
        holders::of_index(index, &mut |name| note(&mut self.mentions, name, holder));
    }

    /// Takes note of triggers, policies and rules: of all, or of those of one name.
    fn parts(&mut self, relation: &Relation, only: Option<&Ident>) {
        let holder = Holder::Relation(relation.name.clone());
        let meet = &mut |name: &Ident| note(&mut self.mentions, name, &holder);
        let is_meant = |name: &Ident| only.is_none_or(|only| only == name);
        let (rules, policies, triggers) = (&relation.rules, &relation.policies, &relation.triggers);
        rules.iter().filter(|(name, _)| is_meant(name)).for_each(|(_, rule)| holders::of_rule(rule, meet));
        policies.iter().filter(|(name, _)| is_meant(name)).for_each(|(_, policy)| holders::of_policy(policy, meet));
        triggers.iter().filter(|(name, _)| is_meant(name)).for_each(|(_, trigger)| holders::of_trigger(trigger, meet));
    }

    /// Takes note of all that the definition of an object mentions.
    pub(super) fn add_object(&mut self, object: &Object) {
        let holder = Holder::Object(object.id.clone());
        holders::of_object(object, &mut |name| note(&mut self.mentions, name, &holder));
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

    /// Says whether any relation may be a partition of another or inherit from it.
    pub(super) fn has_children(&self) -> bool {
        !self.children.is_empty()
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

fn note<T: Clone + Ord>(names: &mut HashMap<Ident, BTreeSet<T>, RandomState>, key: &Ident, whose: &T) {
    match names.get_mut(key) {
        Some(known) if known.contains(whose) => {}
        Some(known) => drop(known.insert(whose.clone())),
        None => drop(names.insert(key.clone(), BTreeSet::from([whose.clone()]))),
    }
}

/// A relation that is changed in its place; whatever it was given can be found once this is dropped.
#[derive(Debug)]
pub struct RelationMut<'a> {
    pub(super) relation: &'a mut Relation,
    pub(super) lookup: &'a mut Lookup,
    pub(super) given: Given<'a>,
}

impl<'a> RelationMut<'a> {
    /// Says what it is given at most, so that no more is looked at.
    #[must_use]
    pub(crate) fn only(mut self, given: Given<'a>) -> Self {
        self.given = given;
        self
    }
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
        self.lookup.note(self.relation, self.given);
    }
}
