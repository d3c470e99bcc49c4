//! Columns that follow from others: who groups by a key groups by all that the key names, and the greatest of a column's
//! values is that of a row.

use std::collections::BTreeSet;

use super::analysis::Analysis;
use super::closure::Closure;
use super::formula::Formula;
use super::lower::is_star;
use super::node::Output;
use super::query::Barriers;
use super::term::TermId;
use crate::query::{Expr, ExprKind, SelectItem};
use crate::scope::Hole;

/// A column of the output that is the least or greatest value of a column: that of one of the rows.
pub(super) struct Extreme {
    /// Its place in the list.
    pub(super) at: usize,
    /// The column.
    pub(super) of: TermId,
}

impl Analysis<'_> {
    /// Adds to what rows are grouped or divided by the columns that have one value in each group.
    pub(super) fn determined(&mut self, barriers: &mut Barriers, outputs: &[Output]) {
        if barriers.lists().next().is_none() {
            return;
        }
        let facts = self.block().facts.iter().filter(|(stack, _)| stack.is_empty());
        let held = Formula::all(facts.map(|(_, formula)| formula.clone()).collect::<Vec<_>>());
        let mut closure = Closure::default();
        closure.assume(&held, self.world());
        if closure.impossible {
            return;
        }
        for list in barriers.lists() {
            let known = self.functions_of(&closure, list);
            let more = outputs.iter().map(|output| output.term).filter(|term| known.contains(&closure.root(*term)));
            let more: Vec<TermId> = more.filter(|term| !list.contains(term)).collect();
            list.extend(more);
        }
    }

    /// The values that are the same wherever these are.
    fn functions_of(&self, closure: &Closure, list: &[TermId]) -> BTreeSet<TermId> {
        let mut known: BTreeSet<TermId> = list.iter().map(|term| closure.root(*term)).collect();
        loop {
            let before = known.len();
            for found in self.rows.keyed().filter(|found| found.moment == self.rows.moment) {
                let is_known = |term: &TermId| closure.is_present(*term) && known.contains(&closure.root(*term));
                if found.columns.iter().all(is_known) {
                    known.extend(self.terms.columns(found.row).iter().map(|term| closure.root(*term)));
                }
            }
            if known.len() == before {
                return known;
            }
        }
    }

    /// Finds the first output that is the least or greatest value of a column; of two, each may be another row's.
    pub(super) fn extreme(&mut self, items: &[SelectItem]) -> Result<Option<Extreme>, Hole> {
        if items.iter().any(|item| is_star(&item.expr)) {
            return Ok(None);
        }
        let found = items.iter().enumerate().find_map(|(at, item)| Some((at, self.ranked(&item.expr)?)));
        match found {
            Some((at, column)) => Ok(Some(Extreme { at, of: self.value(column)?.term })),
            None => Ok(None),
        }
    }

    /// The column of which an expression is the least or greatest value.
    fn ranked<'e>(&self, expr: &'e Expr) -> Option<&'e Expr> {
        let ExprKind::Call(call) = &expr.kind else { return None };
        let ([name], [argument]) = (call.name.parts.as_slice(), call.arguments.as_slice()) else { return None };
        let is_own = matches!(name.as_str(), "max" | "min") && !self.context.effects.routines.is_known(name);
        let is_plain = call.over.is_none() && call.filter.is_none() && !call.star && argument.name.is_none();
        let is_column = matches!(argument.value.kind, ExprKind::Column(_));
        (is_own && is_plain && is_column).then_some(&argument.value)
    }
}
