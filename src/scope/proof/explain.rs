//! Why a row is the tenant's: the equalities by which its tenant is tied to a value, and where each stands.
//!
//! Judging keeps no record of its reasons; here a statement is analysed once more, with one.

use std::collections::{BTreeMap, VecDeque};

use super::analysis::Analysis;
use super::closure::Closure;
use super::formula::Formula;
use super::node::{Demand, What};
use super::term::{RowId, Term, TermId};
use crate::catalog::{ConstraintKind, Origin};
use crate::pg::Ident;
use crate::query::DataStatement;
use crate::scope::Context;
use crate::source::Span;

/// A row that a statement meets, and what ties it.
#[derive(Clone, Debug)]
pub struct ProofRow {
    /// The relation, as it is written.
    pub relation: String,
    /// Where it is written.
    pub span: Span,
    /// What is done with the row.
    pub role: &'static str,
    /// The equalities from its tenant to a fixed value; none where it is not tied.
    pub steps: Vec<Step>,
    /// The value that its tenant is.
    pub tenant: Option<String>,
}

/// A reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What holds.
    pub reason: Reason,
    /// Where that is said.
    pub place: Option<Source>,
}

/// What makes two values the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A condition of the statement.
    Condition,
    /// Something else, in words.
    Words(String),
}

/// Where something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// In the statement.
    Here(Span),
    /// In the history.
    Declared(Origin),
}

/// Explains a statement; nothing where it is not followed to its end.
pub(in crate::scope) fn explain(context: &Context<'_>, data: &DataStatement) -> Vec<ProofRow> {
    let mut analysis = Analysis::new(context);
    analysis.heard = Some(Vec::new());
    let Ok(root) = analysis.statement(data) else { return Vec::new() };
    let atoms = atoms(&analysis);
    let mut rows = Vec::new();
    analysis.walk(root, &Formula::True, &mut |demand, closure| {
        rows.push(Explainer { analysis: &analysis, closure, atoms: &atoms }.row(demand));
    });
    rows
}

/// An equality, and what says so.
type Edge = (TermId, TermId, Option<Step>);

struct Explainer<'a> {
    analysis: &'a Analysis<'a>,
    closure: &'a Closure,
    atoms: &'a [(TermId, TermId)],
}

impl Explainer<'_> {
    fn row(&self, demand: &Demand) -> ProofRow {
        let role = match demand.what {
            What::Read => "is read",
            What::Written => "is written",
            What::Given => "gets its tenant",
        };
        let (steps, tenant) = match self.closure.impossible {
            true => (vec![words("no row comes here: the conditions contradict each other", None)], None),
            false => self.path(demand.tenant),
        };
        let steps = self.owner(demand).into_iter().chain(steps).collect();
        ProofRow { relation: demand.relation.to_string(), span: demand.span, role, steps, tenant }
    }

    /// A row without a tenant of its own is that of the row that owns it.
    fn owner(&self, demand: &Demand) -> Option<Step> {
        let (row, _) = self.column(demand.tenant)?;
        let relation = self.analysis.rows.relation(row)?;
        let own = self.analysis.context.catalog.relation(&demand.relation)?;
        let is_own = own.name == relation.name || own.view.is_some();
        let text = || format!("it is owned by the row of `{}` that its foreign key names", relation.name.last());
        (!is_own).then(|| words(text(), Some(Source::Declared(own.origin))))
    }

    /// Finds the shortest way from a term to a fixed value.
    fn path(&self, from: TermId) -> (Vec<Step>, Option<String>) {
        let edges: Vec<Edge> = self.edges().into_iter().filter(|(a, b, _)| self.closure.same(*a, *b)).collect();
        let mut came: BTreeMap<TermId, Option<(TermId, Option<Step>)>> = BTreeMap::from([(from, None)]);
        let mut queue = VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            if let Term::Fixed(designator) = self.analysis.terms.get(at) {
                return (self.back(&came, at), Some(designator.to_string()));
            }
            for (a, b, step) in &edges {
                let next = if *a == at { *b } else { *a };
                if (*a == at || *b == at) && !came.contains_key(&next) {
                    came.insert(next, Some((at, step.clone())));
                    queue.push_back(next);
                }
            }
        }
        let mut all = self.analysis.terms.all().filter(|(id, _)| self.closure.same(*id, from));
        let fixed = all.find_map(|(_, term)| match term {
            Term::Fixed(designator) => Some(designator.to_string()),
            _ => None,
        });
        let steps = fixed.iter().map(|_| words("it follows in every case that the conditions leave open", None));
        (steps.collect(), fixed)
    }

    fn back(&self, came: &BTreeMap<TermId, Option<(TermId, Option<Step>)>>, at: TermId) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut at = at;
        while let Some(Some((before, step))) = came.get(&at) {
            steps.extend(step.clone());
            at = *before;
        }
        steps.reverse();
        steps.dedup();
        steps
    }

    /// Every equality with its reason, what is written first.
    fn edges(&self) -> Vec<Edge> {
        let heard = self.analysis.heard.iter().flatten();
        let here = |span: &Span| Some(Step { reason: Reason::Condition, place: Some(Source::Here(*span)) });
        let mut edges: Vec<Edge> = heard.map(|(left, right, span)| (*left, *right, here(span))).collect();
        edges.extend(self.links());
        edges.extend(self.one_row());
        let computed = self.analysis.rows.same().iter();
        edges.extend(computed.map(|(own, source)| (*own, *source, Some(words("a generated column copies it", None)))));
        edges.extend(self.atoms.iter().map(|(left, right)| (*left, *right, None)));
        edges
    }

    /// Rows that foreign keys promise.
    fn links(&self) -> Vec<Edge> {
        let mut edges = Vec::new();
        for link in self.analysis.rows.links() {
            if !link.columns.iter().all(|(own, _)| self.closure.is_present(*own)) {
                continue;
            }
            let step = self.foreign_key(&link.columns);
            edges.extend(link.columns.iter().map(|(own, theirs)| (*own, *theirs, step.clone())));
        }
        edges
    }

    fn foreign_key(&self, columns: &[(TermId, TermId)]) -> Option<Step> {
        let (row, _) = self.column(columns.first()?.0)?;
        let relation = self.analysis.rows.relation(row)?;
        let own: Vec<&Ident> = columns.iter().filter_map(|(own, _)| Some(self.column(*own)?.1)).collect();
        let found = relation.constraints.iter().find(|constraint| match &constraint.kind {
            ConstraintKind::ForeignKey { columns, .. } => columns.iter().eq(own.iter().copied()),
            _ => false,
        });
        let name = found.map(|found| format!("foreign key `{}` of `{}`", found.name, relation.name.last()));
        let text = name.unwrap_or_else(|| format!("the key of `{}` looks it up", relation.name.last()));
        Some(words(text, Some(Source::Declared(relation.origin))))
    }

    /// Columns of rows that are one row, by a key that they agree on.
    fn one_row(&self) -> Vec<Edge> {
        let mut columns: BTreeMap<(RowId, &Ident), TermId> = BTreeMap::new();
        for (id, term) in self.analysis.terms.all() {
            if let Term::Column(row, name) = term {
                columns.insert((*row, name), id);
            }
        }
        let mut edges = Vec::new();
        let mut first = BTreeMap::new();
        for found in self.analysis.rows.keyed() {
            if !found.columns.iter().all(|column| self.closure.is_present(*column)) {
                continue;
            }
            let values: Vec<TermId> = found.columns.iter().map(|column| self.closure.root(*column)).collect();
            let earlier = *first.entry((found.relation, found.place, found.moment, values)).or_insert(found);
            if earlier.row == found.row {
                continue;
            }
            let key: Vec<String> =
                found.columns.iter().filter_map(|column| Some(self.column(*column)?.1.to_string())).collect();
            let relation = self.analysis.rows.relation(found.row);
            let name = relation.map(|relation| relation.name.last().to_string()).unwrap_or_default();
            let place = relation.map(|relation| Source::Declared(relation.origin));
            let step = words(format!("it is one row of `{name}`, by its key ({})", key.join(", ")), place);
            for ((row, column), id) in columns.range((earlier.row, &Ident::exact(""))..) {
                if *row != earlier.row {
                    break;
                }
                if let Some(other) = columns.get(&(found.row, *column)) {
                    edges.push((*id, *other, Some(step.clone())));
                }
            }
        }
        edges
    }

    fn column(&self, id: TermId) -> Option<(RowId, &Ident)> {
        match self.analysis.terms.get(id) {
            Term::Column(row, name) => Some((*row, name)),
            _ => None,
        }
    }
}

fn words(text: impl Into<String>, place: Option<Source>) -> Step {
    Step { reason: Reason::Words(text.into()), place }
}

/// Every equality that anything in the statement says, true or not where it is used.
fn atoms(analysis: &Analysis<'_>) -> Vec<(TermId, TermId)> {
    let mut found = Vec::new();
    for node in &analysis.nodes {
        let formulas = node.facts.iter().map(|(_, formula)| formula).chain(node.joins.iter().map(|join| &join.on));
        formulas.chain([&node.export]).for_each(|formula| collect(formula, &mut found));
        found.extend(node.shadows.iter().map(|(_, seen, own)| (*seen, *own)));
        found.extend(node.children.iter().flat_map(|child| child.links.iter().copied()));
    }
    found.sort();
    found.dedup();
    found
}

fn collect(formula: &Formula, found: &mut Vec<(TermId, TermId)>) {
    match formula {
        Formula::Same(left, right) => found.push((*left, *right)),
        Formula::And(parts) | Formula::Or(parts) => parts.iter().for_each(|part| collect(part, found)),
        _ => {}
    }
}
