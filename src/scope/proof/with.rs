//! Common table expressions.
//!
//! A query that has a name is read anew wherever it is named, as if it were written there. What a recursive one carries
//! from round to round unchanged is known of all its rows, and may be filtered by at the start.

use std::rc::Rc;

use super::analysis::{Analysis, Binding, Means, unfollowed};
use super::closure::Closure;
use super::formula::Formula;
use super::from::rename;
use super::node::{Import, NodeId, Output, Stack};
use super::term::TermId;
use crate::query::{Body, Cte, DataStatement, Query, SetOperator, With};
use crate::scope::Hole;

impl Analysis<'_> {
    /// Makes the names of WITH visible, and does the statements in it.
    pub(super) fn with(&mut self, with: Option<&With>) -> Result<(), Hole> {
        let Some(with) = with else { return Ok(()) };
        for cte in &with.ctes {
            let depth = (self.levels.len(), self.ctes.len());
            let means = match &*cte.body {
                DataStatement::Query(query) if with.recursive && names(query, cte) => {
                    Means::Recursive(Rc::new(cte.clone()))
                }
                DataStatement::Query(_) => Means::Query(Rc::new(cte.clone())),
                data => {
                    let (outputs, facts) = self.writing(data)?;
                    let mut outputs = outputs;
                    rename(&mut outputs, &cte.columns);
                    Means::Rows(outputs, facts)
                }
            };
            self.ctes.push(Binding { name: cte.name.clone(), means, depth });
        }
        // A query that nobody names is not run; it is looked at all the same.
        Ok(())
    }

    /// Reads the query of a common table expression.
    pub(super) fn cte_query(&mut self, cte: &Cte) -> Result<NodeId, Hole> {
        match &*cte.body {
            DataStatement::Query(query) => self.query(query),
            _ => Err(unfollowed(cte.span, "what the statement returns")),
        }
    }

    /// Reads a recursive query.
    pub(super) fn recursive(&mut self, cte: &Cte) -> Result<NodeId, Hole> {
        let DataStatement::Query(query) = &*cte.body else { return self.cte_query(cte) };
        let Body::SetOperation { operator: SetOperator::Union, left, right, .. } = &query.body else {
            return self.cte_query(cte);
        };
        if query.with.is_some() || query.limit.is_some() || query.offset.is_some() {
            return Err(unfollowed(cte.span, "a recursive query that is limited"));
        }
        self.begin();
        match self.rounds(cte, left, right) {
            Ok(()) => self.end(),
            Err(hole) => {
                self.open.pop();
                Err(hole)
            }
        }
    }

    fn rounds(&mut self, cte: &Cte, left: &Query, right: &Query) -> Result<(), Hole> {
        let base = self.query(left)?;
        let start = self.node(base).outputs.clone();
        // The rows of the round before.
        let mut before: Vec<Output> =
            start.iter().map(|output| Output { term: self.terms.fresh(), ..output.clone() }).collect();
        rename(&mut before, &cte.columns);
        let depth = (self.levels.len(), self.ctes.len());
        self.ctes.push(Binding { name: cte.name.clone(), means: Means::Rows(before.clone(), Formula::True), depth });
        let step = self.query(right);
        self.ctes.truncate(depth.1);
        let step = step?;
        let outputs: Vec<Output> =
            start.iter().map(|output| Output { term: self.terms.fresh(), ..output.clone() }).collect();
        let carried = self.carried(step, &before);
        let mut known = Vec::new();
        let mut importable = Vec::new();
        for ((output, first), earlier) in outputs.iter().zip(&start).zip(&before) {
            if carried.contains(&earlier.term) {
                // Every row has here what a row of the start has.
                known.push(Formula::Same(output.term, first.term));
                known.push(Formula::Same(earlier.term, first.term));
                importable.push(output.term);
            }
        }
        let held = Formula::all(known).and(self.node(base).export.clone());
        self.fact(&Stack::new(), held.clone());
        self.child(base, &Stack::new(), Vec::new());
        self.child(step, &Stack::new(), Vec::new());
        let block = self.block();
        block.import = Import::Only(importable);
        block.export = held;
        block.outputs = outputs;
        Ok(())
    }

    /// The columns that a round takes unchanged from the round before.
    fn carried(&mut self, step: NodeId, before: &[Output]) -> Vec<TermId> {
        let mut closure = Closure::default();
        let node = self.node(step);
        closure.assume(&node.export, self.world());
        let pairs = before.iter().zip(&node.outputs);
        let same = pairs.filter(|(earlier, now)| !closure.impossible && closure.same(earlier.term, now.term));
        same.map(|(earlier, _)| earlier.term).collect()
    }
}

/// Says whether a query names the common table expression that it is.
fn names(query: &Query, cte: &Cte) -> bool {
    use crate::query::FromKind;
    use crate::query::visit::{self, Node};
    let mut found = false;
    visit::query(query, &mut |node| {
        if let Node::From(item) = node
            && let FromKind::Table { name, .. } = &item.kind
        {
            found |= name.parts.len() == 1 && *name.last() == cte.name;
        }
    });
    found
}
