//! Equalities between terms, closed under congruence, keys and foreign keys.
//!
//! Rows are terms too: what is known to be the same row has the same columns.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::formula::Formula;
use super::row::Rows;
use super::term::{RowId, Term, TermId, Terms};
use super::term_set::TermSet;

/// How deep alternatives are followed; beyond it they say nothing.
const DEPTH: u32 = 4;

/// How many alternatives one formula may have to be followed.
const ALTERNATIVES: usize = 64;

/// The facts that hold at one place of a statement.
#[derive(Clone, Debug, Default)]
pub(super) struct Closure {
    /// By term; one that is missing is its own.
    parents: Vec<TermId>,
    rows: BTreeMap<RowId, RowId>,
    present: TermSet,
    null: BTreeSet<TermId>,
    alternatives: Vec<Vec<Formula>>,
    /// What holds where a value is not NULL.
    conditional: Vec<(TermId, Formula)>,
    /// Whether the facts contradict each other: nothing comes to this place.
    pub(super) impossible: bool,
}

/// Terms of which there are mostly few.
type Few = SmallVec<[TermId; 4]>;

/// What terms have in common that are the same by what they are made of.
#[derive(PartialEq, Eq, Hash)]
enum Key<'t> {
    Column(RowId, &'t str),
    Apply(&'t str, Few),
}

/// The first rows that hold the values of a key: the tenant of one, and one of each moment.
#[derive(Default)]
struct FirstRows {
    tenant: Option<TermId>,
    rows: SmallVec<[(u32, RowId); 2]>,
}

/// What the facts are about.
#[derive(Clone, Copy)]
pub(super) struct World<'a> {
    /// The terms.
    pub(super) terms: &'a Terms,
    /// What is known of each row.
    pub(super) rows: &'a Rows<'a>,
    /// How much may still be done.
    pub(super) work: &'a Work,
}

/// The work that may be spent on a statement, about a look at one term each: a hostile one must come to an end.
#[derive(Debug)]
pub(super) struct Work(Cell<usize>);

/// Far more than any statement that a person writes takes, and done in seconds.
const MOST: usize = 10_000_000;

impl Default for Work {
    fn default() -> Self {
        Work(Cell::new(MOST))
    }
}

impl Work {
    fn spend(&self, looks: usize) {
        self.0.set(self.0.get().saturating_sub(looks));
    }

    /// Says whether conclusions may be missing for want of work.
    pub(super) fn is_spent(&self) -> bool {
        self.0.get() == 0
    }
}

impl Closure {
    /// Takes a formula for true, and draws every conclusion.
    pub(super) fn assume(&mut self, formula: &Formula, world: World<'_>) {
        self.assume_all(std::iter::once(formula), world);
    }

    /// Takes formulas for true, and draws every conclusion.
    pub(super) fn assume_all<'f>(&mut self, formulas: impl Iterator<Item = &'f Formula>, world: World<'_>) {
        world.work.spend(world.rows.present().len() + world.rows.same().len());
        for term in world.rows.present() {
            let root = self.root(*term);
            self.present.insert(root);
        }
        for (left, right) in world.rows.same() {
            self.unite(*left, *right);
        }
        formulas.for_each(|formula| self.take(formula, world.terms));
        self.saturate(world, DEPTH);
    }

    fn take(&mut self, formula: &Formula, terms: &Terms) {
        match formula {
            Formula::True => {}
            Formula::False => self.impossible = true,
            Formula::Same(left, right) if terms.is_blurred(*left) || terms.is_blurred(*right) => {}
            Formula::Same(left, right) => drop(self.unite(*left, *right)),
            Formula::Present(term) => {
                let root = self.root(*term);
                self.present.insert(root);
            }
            Formula::Null(term) => {
                let root = self.root(*term);
                self.null.insert(root);
            }
            Formula::Where(term, held) => self.conditional.push((*term, (**held).clone())),
            Formula::And(parts) => parts.iter().for_each(|part| self.take(part, terms)),
            Formula::Or(parts) => self.alternatives.push(parts.clone()),
        }
    }

    /// Returns the representative of a term's class.
    pub(super) fn root(&self, term: TermId) -> TermId {
        let mut at = term;
        loop {
            match self.parents.get(at.index()) {
                Some(parent) if *parent != at => at = *parent,
                _ => return at,
            }
        }
    }

    /// Returns the terms that are known to be the same as another, and those others.
    fn touched(&self) -> impl Iterator<Item = TermId> {
        let all = self.parents.iter().enumerate().map(|(at, parent)| (TermId::at(at), *parent));
        all.filter(|(term, parent)| term != parent).flat_map(|(term, parent)| [term, parent])
    }

    /// Returns the terms that are known to be the same as this one, itself among them.
    pub(super) fn class(&self, term: TermId) -> impl Iterator<Item = TermId> {
        let root = self.root(term);
        let all = (0..self.parents.len()).map(TermId::at);
        std::iter::once(root).chain(all.filter(move |other| *other != root && self.root(*other) == root))
    }

    fn row_root(&self, row: RowId) -> RowId {
        let mut at = row;
        while let Some(parent) = self.rows.get(&at) {
            at = *parent;
        }
        at
    }

    /// Says whether two terms are known to be the same.
    pub(super) fn same(&self, left: TermId, right: TermId) -> bool {
        self.impossible || self.root(left) == self.root(right)
    }

    /// Says whether a term is known not to be NULL.
    pub(super) fn is_present(&self, term: TermId) -> bool {
        self.impossible || self.present.contains(self.root(term))
    }

    /// Returns the representative of a term's class, to which later ways are short.
    fn shorten(&mut self, term: TermId) -> TermId {
        let root = self.root(term);
        let mut at = term;
        while let Some(parent) = self.parents.get_mut(at.index())
            && *parent != root
        {
            at = std::mem::replace(parent, root);
        }
        root
    }

    fn unite(&mut self, left: TermId, right: TermId) -> bool {
        let (left, right) = (self.shorten(left), self.shorten(right));
        if left == right {
            return false;
        }
        // The earlier term stays, so that the outcome does not depend on the way.
        let (kept, gone) = (left.min(right), left.max(right));
        let known = self.parents.len();
        self.parents.extend((known..=gone.index()).map(TermId::at));
        if let Some(parent) = self.parents.get_mut(gone.index()) {
            *parent = kept;
        }
        if self.present.remove(gone) {
            self.present.insert(kept);
        }
        if self.null.remove(&gone) {
            self.null.insert(kept);
        }
        true
    }

    fn unite_rows(&mut self, left: RowId, right: RowId) -> bool {
        let (left, right) = (self.row_root(left), self.row_root(right));
        if left == right {
            return false;
        }
        self.rows.insert(left.max(right), left.min(right));
        true
    }

    fn saturate(&mut self, world: World<'_>, depth: u32) {
        loop {
            while !self.impossible
                && !world.work.is_spent()
                && (self.congruence(world) || self.keys(world) || self.conditions(world))
            {}
            self.contradictions(world);
            if self.impossible || world.work.is_spent() || depth == 0 || !self.choose(world, depth) {
                return;
            }
        }
    }

    /// Equal functions of equal values are equal, and so are the columns of one row.
    fn congruence(&mut self, world: World<'_>) -> bool {
        let mut seen: HashMap<Key<'_>, TermId, RandomState> = HashMap::default();
        let mut pairs = Vec::new();
        // Terms are told from each other until something in them turns out to be the same.
        let joined: BTreeSet<RowId> = self.rows.iter().flat_map(|(row, parent)| [*row, *parent]).collect();
        let columns = joined.iter().flat_map(|row| world.terms.columns(*row));
        for id in columns.chain(world.terms.applied()).copied() {
            world.work.spend(1);
            let key = match world.terms.get(id) {
                Term::Column(row, name) => Key::Column(self.row_root(*row), name.as_str()),
                Term::Apply(function, arguments) => {
                    let roots = arguments.iter().map(|argument| self.root(*argument));
                    Key::Apply(function, roots.collect())
                }
                _ => continue,
            };
            match seen.get(&key) {
                Some(first) => pairs.push((*first, id)),
                None => drop(seen.insert(key, id)),
            }
        }
        pairs.into_iter().fold(false, |changed, (left, right)| self.unite(left, right) || changed)
    }

    /// Rows of one relation that agree on a key are one row, and a foreign key has its row.
    fn keys(&mut self, world: World<'_>) -> bool {
        let mut changed = false;
        let mut first: HashMap<(usize, usize, Few), FirstRows, RandomState> = HashMap::default();
        for found in world.rows.keyed() {
            world.work.spend(found.columns.len());
            let values: Few = found.columns.iter().map(|column| self.root(*column)).collect();
            if !values.iter().all(|value| self.present.contains(*value)) {
                continue;
            }
            let known = first.entry((found.relation, found.place, values)).or_default();
            // A row that is met at two moments may have changed, yet no write that is accepted gives it to another tenant.
            if let Some(tenant) = found.tenant {
                changed |= self.unite(*known.tenant.get_or_insert(tenant), tenant);
            }
            match known.rows.iter().find(|(moment, _)| *moment == found.moment) {
                Some((_, row)) => changed |= self.unite_rows(*row, found.row),
                None => known.rows.push((found.moment, found.row)),
            }
        }
        world.work.spend(world.rows.links().len());
        for link in world.rows.links() {
            if link.columns.iter().all(|(own, _)| self.is_present(*own)) {
                for (own, theirs) in &link.columns {
                    changed |= self.unite(*own, *theirs);
                }
            }
        }
        changed
    }

    /// What holds where a value is not NULL holds now that it is not.
    fn conditions(&mut self, world: World<'_>) -> bool {
        world.work.spend(self.conditional.len());
        let all = std::mem::take(&mut self.conditional);
        let (met, open): (Vec<_>, Vec<_>) = all.into_iter().partition(|(term, _)| self.is_present(*term));
        self.conditional = open;
        met.iter().for_each(|(_, held)| self.take(held, world.terms));
        !met.is_empty()
    }

    fn contradictions(&mut self, world: World<'_>) {
        let mut values: BTreeMap<TermId, &str> = BTreeMap::new();
        for id in world.terms.constants() {
            if let Term::Constant(value) = world.terms.get(*id) {
                let known = *values.entry(self.root(*id)).or_insert(value);
                self.impossible |= known != value;
            }
        }
        self.impossible |= self.null.iter().any(|term| self.present.contains(*term));
    }

    /// Takes from each set of alternatives what all of them agree on.
    fn choose(&mut self, world: World<'_>, depth: u32) -> bool {
        let sets = std::mem::take(&mut self.alternatives);
        let mut changed = false;
        for set in &sets {
            if set.len() <= ALTERNATIVES && !world.work.is_spent() {
                changed |= self.agree(set, world, depth);
            }
        }
        self.alternatives = sets;
        changed && !self.impossible
    }

    fn agree(&mut self, set: &[Formula], world: World<'_>, depth: u32) -> bool {
        let branch = |formula: &Formula| {
            let mut closure = Closure { alternatives: Vec::new(), ..self.clone() };
            closure.take(formula, world.terms);
            closure.saturate(world, depth - 1);
            closure
        };
        let branches: Vec<Closure> = set.iter().map(branch).filter(|closure| !closure.impossible).collect();
        if branches.is_empty() {
            self.impossible = true;
            return true;
        }
        // Of other terms the branches say nothing.
        let touched: TermSet = branches.iter().flat_map(Closure::touched).collect();
        let mut said: TermSet = branches.iter().flat_map(|branch| branch.present.iter()).collect();
        said.extend(touched.iter());
        world.work.spend((self.parents.len() + touched.iter().count() + said.iter().count()) * branches.len());
        let mut changed = false;
        let mut seen: HashMap<Few, TermId, RandomState> = HashMap::default();
        for id in touched.iter() {
            let roots: Few = branches.iter().map(|branch| branch.root(id)).collect();
            match seen.get(&roots) {
                Some(first) => changed |= self.unite(*first, id),
                None => drop(seen.insert(roots, id)),
            }
        }
        for id in said.iter() {
            let everywhere = branches.iter().all(|branch| branch.is_present(id));
            if everywhere && !self.present.contains(self.root(id)) {
                let root = self.root(id);
                changed |= self.present.insert(root);
            }
        }
        changed
    }

    /// Returns the closure without what it says of the terms that are not wanted.
    pub(super) fn about(&self, world: World<'_>, wanted: impl Fn(TermId) -> bool) -> Formula {
        if self.impossible {
            return Formula::False;
        }
        let mut first: BTreeMap<TermId, TermId> = BTreeMap::new();
        let mut parts = Vec::new();
        let said: TermSet = self.touched().chain(self.present.iter()).collect();
        world.work.spend(said.iter().count());
        for id in said.iter().filter(|id| wanted(*id)) {
            match first.get(&self.root(id)) {
                Some(known) => parts.push(Formula::Same(*known, id)),
                None => {
                    first.insert(self.root(id), id);
                    if self.is_present(id) {
                        parts.push(Formula::Present(id));
                    }
                    if self.null.contains(&self.root(id)) {
                        parts.push(Formula::Null(id));
                    }
                }
            }
        }
        // What holds where a value is not NULL may be of use where that turns out.
        let open = self.conditional.iter().filter(|(term, held)| wanted(*term) && held.is_about(&wanted));
        parts.extend(open.map(|(term, held)| Formula::Where(*term, Box::new(held.clone()))));
        Formula::all(parts)
    }
}
