//! The facts at every place of a statement, and whether what is to be shown follows from them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::analysis::Analysis;
use super::closure::{Closure, World};
use super::formula::Formula;
use super::node::{Child, Demand, Import, Node, NodeId, Runs, Stack, What};
use super::term::{Term, TermId};
use crate::scope::Designator;

/// What is known of the tenant of one row.
#[derive(Debug)]
pub(super) struct Finding<'n> {
    /// What was to be shown.
    pub(super) demand: &'n Demand,
    /// The values, fixed for the whole statement, that it is known to be; everything where nothing can come there.
    pub(super) known: Known,
    /// Whether it is known to be a value of which nothing is known.
    pub(super) vague: bool,
}

/// The fixed values that a tenant is known to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// No row comes there at all.
    Vacuous,
    /// It is each of these.
    Values(BTreeSet<Fixed>),
}

/// A value that is fixed for the whole execution of a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fixed {
    /// A designator.
    Designator(Designator),
    /// Whichever tenant is looked at.
    Each,
    /// What a key looks up.
    LookedUp(String),
}

impl Analysis<'_> {
    /// Returns what closures are about.
    pub(super) fn world(&self) -> World<'_> {
        World { terms: &self.terms, rows: &self.rows, work: &self.work }
    }

    /// What holds of all rows that a block gives.
    pub(super) fn held_by(&self, node: &Node) -> Formula {
        if node.joins.is_empty() {
            let top = node.facts.iter().filter(|(stack, _)| stack.is_empty());
            return Formula::all(top.map(|(_, formula)| formula.clone()).collect::<Vec<_>>());
        }
        let places = Places::new(node, &Formula::True, self.world());
        Formula::all(places.said(&Stack::new()).into_iter().map(Cow::into_owned).collect::<Vec<_>>())
    }

    /// Says what is known of every row that a block and the queries in it meet.
    pub(super) fn decide(&self, root: NodeId, given: &Formula) -> Vec<Finding<'_>> {
        let mut findings = Vec::new();
        self.walk(root, given, &mut |demand, closure| {
            let (known, vague) = known(closure, demand, self.world());
            findings.push(Finding { demand, known, vague });
        });
        findings
    }

    /// Says whether rows whose tenant is NULL stay apart as well: there are none, or all that is met is of the same.
    pub(super) fn keeps_nobody_apart(&self, root: NodeId, pivot: TermId) -> bool {
        let node = self.node(root);
        let closure = Places::new(node, &Formula::True, self.world()).at(&Stack::new());
        let is_same = |demand: &Demand| demand.stack.is_empty() && closure.same(demand.tenant, pivot);
        let meets_more = node.children.iter().any(|child| !self.decide(child.node, &Formula::True).is_empty());
        closure.is_present(pivot) || !meets_more && node.demands.iter().all(is_same)
    }

    /// Meets everything that is to be shown, with the facts at its place.
    pub(super) fn walk<'n>(&'n self, id: NodeId, given: &Formula, meet: &mut dyn FnMut(&'n Demand, &Closure)) {
        let node = self.node(id);
        let places = Places::new(node, given, self.world());
        // Most of what is asked of a block is asked at the same place.
        let mut closures: BTreeMap<Stack, Closure> = BTreeMap::new();
        for demand in &node.demands {
            let closure = closures.entry(places.effective(&demand.stack)).or_insert_with(|| places.at(&demand.stack));
            meet(demand, closure);
        }
        for child in &node.children {
            match &child.runs {
                Runs::ForRows => {
                    let at = closures.entry(places.effective(&child.stack)).or_insert_with(|| places.at(&child.stack));
                    let given = self.carried_in(at, child);
                    self.walk(child.node, &given, meet);
                }
                Runs::Once(tenant) => {
                    let at = closures.entry(places.effective(&child.stack)).or_insert_with(|| places.at(&child.stack));
                    let known = self.named(at, *tenant);
                    self.walk(child.node, &given.clone().and(known), meet);
                }
                // That nothing comes to the block does not keep it from running.
                Runs::Always => self.walk(child.node, given, meet),
            }
        }
    }

    /// The one fixed value that a tenant is known to be. Were there two, that they are equal would hold only where the
    /// block has rows.
    fn named(&self, around: &Closure, tenant: Option<TermId>) -> Formula {
        let Some(tenant) = tenant.filter(|_| !around.impossible) else { return Formula::True };
        let names = |id: TermId| self.terms.is_fixed(id) || *self.terms.get(id) == Term::Each;
        let mut fixed = self.terms.all().map(|(id, _)| id).filter(|id| names(*id) && around.same(*id, tenant));
        match (fixed.next(), fixed.next()) {
            (Some(only), None) => Formula::Same(tenant, only),
            _ => Formula::True,
        }
    }

    /// What of the facts around a query holds within it.
    fn carried_in(&self, around: &Closure, child: &Child) -> Formula {
        let node = self.node(child.node);
        let passes = |term: TermId| match &node.import {
            Import::All => true,
            Import::Only(list) => list.contains(&term) || !self.terms.is_about(term, node.made),
        };
        let outer = around.about(self.world(), passes);
        let links = child.links.iter().filter(|(_, own)| passes(*own));
        outer.and(Formula::all(links.map(|(output, own)| Formula::Same(*output, *own)).collect::<Vec<_>>()))
    }
}

/// The facts at the places of one block.
struct Places<'n> {
    node: &'n Node,
    given: &'n Formula,
    world: World<'n>,
    /// Nullable sides that turned out to be always matched.
    inner: BTreeSet<u32>,
}

impl<'n> Places<'n> {
    fn new(node: &'n Node, given: &'n Formula, world: World<'n>) -> Self {
        let mut places = Places { node, given, world, inner: BTreeSet::new() };
        // What is not NULL beyond an outer join was matched there, and that may show the same of another.
        while let Some(side) = places.matched() {
            places.inner.insert(side);
        }
        places
    }

    /// Finds a nullable side of which a column is known not to be NULL where the join stands.
    fn matched(&self) -> Option<u32> {
        let sides = self.node.joins.iter().flat_map(|join| join.sides.iter().map(move |side| (join, *side)));
        let mut open = sides.filter(|(_, side)| !self.inner.contains(side));
        open.find(|(join, side)| {
            let seen: Vec<TermId> =
                self.node.shadows.iter().filter(|(beyond, _, _)| beyond == side).map(|(_, seen, _)| *seen).collect();
            if seen.is_empty() {
                return false;
            }
            let closure = self.at(&join.stack);
            seen.iter().any(|term| closure.is_present(*term))
        })
        .map(|(_, side)| side)
    }

    /// Returns the facts at a place.
    fn at(&self, stack: &Stack) -> Closure {
        let mut closure = Closure::default();
        closure.assume_all(self.said(stack).iter().map(Cow::as_ref), self.world);
        closure
    }

    /// Returns what is said at a place.
    fn said(&self, stack: &Stack) -> Vec<Cow<'_, Formula>> {
        let here = self.effective(stack);
        let mut parts = vec![Cow::Borrowed(self.given)];
        for (place, formula) in &self.node.facts {
            let place = self.effective(place);
            if here.starts_with(&place) {
                parts.push(self.as_seen(formula, here.len() > place.len()));
            }
        }
        for join in &self.node.joins {
            for (at, side) in join.sides.iter().enumerate() {
                // Where the other side of a FULL JOIN may be missing, its condition need not hold.
                let others = join.sides.iter().enumerate().filter(|(other, _)| *other != at);
                let preserved = others.into_iter().all(|(_, other)| self.inner.contains(other));
                let mut place = join.stack.clone();
                place.push(*side);
                if preserved && here.starts_with(&self.effective(&place)) {
                    parts.push(self.as_seen(&join.on, here.len() > self.effective(&place).len()));
                }
            }
        }
        let same = self.node.shadows.iter().filter(|(side, _, _)| self.inner.contains(side));
        parts.extend(same.map(|(_, seen, inner)| Cow::Owned(Formula::Same(*seen, *inner))));
        parts
    }

    /// Within an outer join what is said of its other columns as they look from outside does not count.
    fn as_seen<'f>(&self, formula: &'f Formula, from_within: bool) -> Cow<'f, Formula> {
        if !from_within {
            return Cow::Borrowed(formula);
        }
        let open = self.node.shadows.iter().filter(|(side, _, _)| !self.inner.contains(side));
        let hidden: Vec<TermId> = open.map(|(_, seen, _)| *seen).collect();
        Cow::Owned(formula.without(&hidden, self.world.terms))
    }

    fn effective(&self, stack: &Stack) -> Stack {
        stack.iter().copied().filter(|side| !self.inner.contains(side)).collect()
    }
}

fn known(closure: &Closure, demand: &Demand, world: World<'_>) -> (Known, bool) {
    if closure.impossible {
        return (Known::Vacuous, false);
    }
    let mut values = BTreeSet::new();
    // A row whose tenant may be NULL is nobody's; a row that is given the very value of the parameter is the parameter's.
    let is_present = closure.is_present(demand.tenant);
    if demand.what != What::Given && !is_present {
        return (Known::Values(values), false);
    }
    let mut vague = false;
    for id in closure.class(demand.tenant) {
        // What is computed may be NULL whatever it is computed from.
        if is_present || !matches!(world.terms.get(id), Term::Apply(..)) {
            values.extend(fixed(closure, id, world, 4));
        }
        vague |= world.terms.is_vague(id);
    }
    (Known::Values(values), vague)
}

/// Returns the fixed value that a term is.
fn fixed(closure: &Closure, term: TermId, world: World<'_>, depth: u32) -> Option<Fixed> {
    match world.terms.get(term) {
        Term::Fixed(designator) => Some(Fixed::Designator(designator.clone())),
        Term::Each => Some(Fixed::Each),
        // Which of several values is taken is seen by what is known of each.
        Term::Apply(function, arguments) if depth > 0 && function != "COALESCE" => {
            let value = |argument: &TermId| {
                let designators = closure.class(*argument).filter_map(|id| match world.terms.get(id) {
                    Term::Fixed(designator) => Some(designator.to_string()),
                    Term::Constant(text) => Some(text.clone()),
                    _ => None,
                });
                designators.min()
            };
            let arguments = arguments.iter().map(value).collect::<Option<Vec<_>>>()?;
            let given = if arguments.is_empty() { String::new() } else { format!(" = {}", arguments.join(", ")) };
            Some(Fixed::LookedUp(format!("{function}{given}")))
        }
        Term::Column(..) | Term::Constant(_) | Term::Apply(..) | Term::Fresh(_) => None,
    }
}
