//! Columns that follow from others: who groups by a key groups by all that the key names.

use std::collections::BTreeSet;

use super::analysis::Analysis;
use super::closure::Closure;
use super::formula::Formula;
use super::node::Output;
use super::query::Barriers;
use super::term::TermId;

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
}
