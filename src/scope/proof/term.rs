//! The values that a statement compares: columns of rows, what is fixed for the whole statement, functions of these.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use foldhash::fast::RandomState;

use crate::pg::Ident;
use crate::scope::Designator;

/// A term, as an index into [`Terms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::scope) struct TermId(u32);

/// An occurrence of a relation in a statement: one row of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::scope) struct RowId(pub(super) u32);

/// A value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Term {
    /// A column of a row.
    Column(RowId, Ident),
    /// A value that is fixed for the whole execution of the statement, and may name a tenant.
    Fixed(Designator),
    /// Any tenant: for this one the statement is looked at when it is asked whether tenants are kept apart.
    Each,
    /// An integer or a truth value, by which contradictions show.
    Constant(String),
    /// The value of an immutable function.
    Apply(String, Vec<TermId>),
    /// A value of which nothing is known.
    Fresh(u32),
}

/// All terms of a statement, each once.
#[derive(Debug, Default)]
pub(super) struct Terms {
    list: Vec<Term>,
    known: HashMap<Term, TermId, RandomState>,
    columns: HashMap<RowId, Vec<TermId>, RandomState>,
    applied: Vec<TermId>,
    constants: Vec<TermId>,
    /// Values that depend on what is not followed; of all others it is known that nothing holds.
    vague: BTreeSet<TermId>,
    /// Columns that may be equal to two values which are not: what is equal to one is no other name for it.
    blurred: BTreeSet<TermId>,
    /// The rows and unknown values that were made so far share one count, so that those of a subquery are a range of it.
    made: u32,
}

impl TermId {
    /// Returns the term at a place in [`Terms`].
    pub(super) fn at(index: usize) -> TermId {
        TermId(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// Returns the place in [`Terms`].
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

impl Terms {
    /// Returns the term's id, which is new when the term is.
    pub(super) fn id(&mut self, term: Term) -> TermId {
        let id = TermId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        let place = match self.known.entry(term) {
            Entry::Occupied(known) => return *known.get(),
            Entry::Vacant(place) => place,
        };
        match place.key() {
            Term::Column(row, _) => self.columns.entry(*row).or_default().push(id),
            Term::Apply(..) => self.applied.push(id),
            Term::Constant(_) => self.constants.push(id),
            Term::Fixed(_) | Term::Each | Term::Fresh(_) => {}
        }
        self.list.push(place.key().clone());
        place.insert(id);
        id
    }

    /// Returns a term.
    pub(super) fn get(&self, id: TermId) -> &Term {
        &self.list[id.index()]
    }

    /// Returns the columns of a row that are terms.
    pub(super) fn columns(&self, row: RowId) -> &[TermId] {
        self.columns.get(&row).map_or(&[], Vec::as_slice)
    }

    /// Returns the functions of other terms.
    pub(super) fn applied(&self) -> &[TermId] {
        &self.applied
    }

    /// Returns the constants.
    pub(super) fn constants(&self) -> &[TermId] {
        &self.constants
    }

    /// Returns the term of a row's column, when there is one.
    pub(super) fn find_column(&self, row: RowId, name: &Ident) -> Option<TermId> {
        self.known.get(&Term::Column(row, name.clone())).copied()
    }

    /// Returns all terms with their ids.
    pub(super) fn all(&self) -> impl Iterator<Item = (TermId, &Term)> {
        (0u32..).map(TermId).zip(&self.list)
    }

    /// Makes a value that depends on what is not followed.
    pub(super) fn unknown(&mut self) -> TermId {
        let term = self.fresh();
        self.vague.insert(term);
        term
    }

    /// Says whether a value depends on what is not followed.
    pub(super) fn is_vague(&self, id: TermId) -> bool {
        self.vague.contains(&id)
    }

    /// Takes note of a column whose type or collation takes different values for equal.
    pub(super) fn blur(&mut self, id: TermId) {
        self.blurred.insert(id);
    }

    /// Says whether what is equal to a value need not be that value.
    pub(super) fn is_blurred(&self, id: TermId) -> bool {
        self.blurred.contains(&id)
    }

    /// Makes a value of which nothing is known: it may be anything.
    pub(super) fn fresh(&mut self) -> TermId {
        let number = self.next();
        self.id(Term::Fresh(number))
    }

    /// Makes a row.
    pub(super) fn row(&mut self) -> RowId {
        RowId(self.next())
    }

    fn next(&mut self) -> u32 {
        self.made += 1;
        self.made
    }

    /// Returns how many rows and unknown values were made so far.
    pub(super) fn made(&self) -> u32 {
        self.made
    }

    /// Says whether a term is about a row or unknown value that was made after `from` and not after `to`.
    pub(super) fn is_about(&self, id: TermId, (from, to): (u32, u32)) -> bool {
        let within = |number: u32| from < number && number <= to;
        match self.get(id) {
            Term::Column(row, _) => within(row.0),
            Term::Fresh(number) => within(*number),
            Term::Apply(_, arguments) => arguments.iter().any(|argument| self.is_about(*argument, (from, to))),
            Term::Fixed(_) | Term::Each | Term::Constant(_) => false,
        }
    }

    /// Says whether a term is a value that does not depend on rows.
    pub(super) fn is_fixed(&self, id: TermId) -> bool {
        match self.get(id) {
            Term::Fixed(_) | Term::Constant(_) => true,
            Term::Apply(_, arguments) => arguments.iter().all(|argument| self.is_fixed(*argument)),
            Term::Column(..) | Term::Each | Term::Fresh(_) => false,
        }
    }

    /// Says whether a term is one of these, or a function of one.
    pub(super) fn mentions(&self, id: TermId, wanted: &[TermId]) -> bool {
        let within = || match self.get(id) {
            Term::Apply(_, arguments) => arguments.iter().any(|argument| self.mentions(*argument, wanted)),
            _ => false,
        };
        wanted.contains(&id) || within()
    }
}
