//! Equalities between terms, closed under congruence, keys and foreign keys.
//!
//! Rows are terms too: what is known to be the same row has the same columns.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::formula::Formula;
use super::row::Rows;
use super::term::{RowId, Term, TermId, Terms};

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
    present: BTreeSet<TermId>,
    null: BTreeSet<TermId>,
    alternatives: Vec<Vec<Formula>>,
    /// What holds where a value is not NULL.
    conditional: Vec<(TermId, Formula)>,
    /// Whether the facts contradict each other: nothing comes to this place.
    pub(super) impossible: bool,
}

/// What terms have in common that are the same by what they are made of.
#[derive(PartialEq, Eq, Hash)]
enum Key<'t> {
    Column(RowId, &'t str),
    Apply(&'t str, Vec<TermId>),
}

/// What the facts are about.
#[derive(Clone, Copy)]
pub(super) struct World<'a> {
    /// The terms.
    pub(super) terms: &'a Terms,
    /// What is known of each row.
    pub(super) rows: &'a Rows<'a>,
}

impl Closure {
    /// Takes a formula for true, and draws every conclusion.
    pub(super) fn assume(&mut self, formula: &Formula, world: World<'_>) {
        for term in world.rows.present() {
            let root = self.root(*term);
            self.present.insert(root);
        }
        for (left, right) in world.rows.same() {
            self.unite(*left, *right);
        }
        self.take(formula);
        self.saturate(world, DEPTH);
    }

    fn take(&mut self, formula: &Formula) {
        match formula {
            Formula::True => {}
            Formula::False => self.impossible = true,
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
            Formula::And(parts) => parts.iter().for_each(|part| self.take(part)),
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
        self.impossible || self.present.contains(&self.root(term))
    }

    fn unite(&mut self, left: TermId, right: TermId) -> bool {
        let (left, right) = (self.root(left), self.root(right));
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
        for marks in [&mut self.present, &mut self.null] {
            if marks.remove(&gone) {
                marks.insert(kept);
            }
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
            while !self.impossible && (self.congruence(world) || self.keys(world) || self.conditions()) {}
            self.contradictions(world);
            if self.impossible || depth == 0 || !self.choose(world, depth) {
                return;
            }
        }
    }

    /// Equal functions of equal values are equal, and so are the columns of one row.
    fn congruence(&mut self, world: World<'_>) -> bool {
        let mut seen: HashMap<Key<'_>, TermId> = HashMap::new();
        let mut pairs = Vec::new();
        for (id, term) in world.terms.all() {
            let key = match term {
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
        for pair in world.rows.pairs() {
            let agree = pair.columns.iter().all(|(left, right)| self.same(*left, *right) && self.is_present(*left));
            if !agree {
                continue;
            }
            if pair.at_once {
                changed |= self.unite_rows(pair.rows.0, pair.rows.1);
            } else if let (Some(left), Some(right)) = (world.rows.tenant(pair.rows.0), world.rows.tenant(pair.rows.1)) {
                changed |= self.unite(left, right);
            }
        }
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
    fn conditions(&mut self) -> bool {
        let all = std::mem::take(&mut self.conditional);
        let (met, open): (Vec<_>, Vec<_>) = all.into_iter().partition(|(term, _)| self.is_present(*term));
        self.conditional = open;
        met.iter().for_each(|(_, held)| self.take(held));
        !met.is_empty()
    }

    fn contradictions(&mut self, world: World<'_>) {
        let mut values: BTreeMap<TermId, &str> = BTreeMap::new();
        for (id, term) in world.terms.all() {
            if let Term::Constant(value) = term {
                let known = *values.entry(self.root(id)).or_insert(value);
                self.impossible |= known != value;
            }
        }
        self.impossible |= self.null.intersection(&self.present).next().is_some();
    }

    /// Takes from each set of alternatives what all of them agree on.
    fn choose(&mut self, world: World<'_>, depth: u32) -> bool {
        let sets = std::mem::take(&mut self.alternatives);
        let mut changed = false;
        for set in &sets {
            if set.len() <= ALTERNATIVES {
                changed |= self.agree(set, world, depth);
            }
        }
        self.alternatives = sets;
        changed && !self.impossible
    }

    fn agree(&mut self, set: &[Formula], world: World<'_>, depth: u32) -> bool {
        let branch = |formula: &Formula| {
            let mut closure = Closure { alternatives: Vec::new(), ..self.clone() };
            closure.take(formula);
            closure.saturate(world, depth - 1);
            closure
        };
        let branches: Vec<Closure> = set.iter().map(branch).filter(|closure| !closure.impossible).collect();
        if branches.is_empty() {
            self.impossible = true;
            return true;
        }
        let mut changed = false;
        let mut seen: HashMap<Vec<TermId>, TermId> = HashMap::new();
        for (id, _) in world.terms.all() {
            let roots: Vec<TermId> = branches.iter().map(|branch| branch.root(id)).collect();
            match seen.get(&roots) {
                Some(first) => changed |= self.unite(*first, id),
                None => drop(seen.insert(roots, id)),
            }
        }
        for (id, _) in world.terms.all() {
            let everywhere = branches.iter().all(|branch| branch.is_present(id));
            if everywhere && !self.present.contains(&self.root(id)) {
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
        for (id, _) in world.terms.all().filter(|(id, _)| wanted(*id)) {
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
        Formula::all(parts)
    }
}
