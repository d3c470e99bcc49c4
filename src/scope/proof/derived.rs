//! Tables that the file filled: reading one is reading what filled it, as it was then.

use super::analysis::Analysis;
use super::formula::Formula;
use super::node::{NodeId, Output, Stack};
use super::row::PAST;
use crate::catalog::Relation;
use crate::pg::{Ident, Name};
use crate::query::Query;
use crate::scope::Hole;
use crate::scope::provenance::Filled;

impl<'a> Analysis<'a> {
    /// Returns what filled a table whose rows are followed.
    pub(super) fn filled(&self, name: &Name) -> Option<&'a Filled> {
        let effects = self.context.effects;
        effects.doubts.of_name(name).is_none().then(|| effects.provenance.of(self.context.catalog, name))?
    }

    /// Reads the rows of a table that was filled.
    pub(super) fn derived_rows(
        &mut self,
        name: &Name,
        relation: &Relation,
        filled: &'a Filled,
        stack: &Stack,
    ) -> Result<Vec<Output>, Hole> {
        let mut sources: Vec<(NodeId, Vec<Output>)> = Vec::new();
        for (query, columns) in &filled.sources {
            let node = self.placed(name.span, |analysis| analysis.as_it_was(query))?;
            let first: &[Output] = sources.first().map_or(&[], |(_, outputs)| outputs.as_slice());
            let outputs = into_columns(relation, first, self.node(node).outputs.clone(), columns);
            sources.push((node, outputs));
        }
        let names: Vec<Ident> = match sources.first() {
            Some((_, outputs)) if relation.columns.is_empty() => {
                outputs.iter().map(|output| output.name.clone()).collect()
            }
            _ => relation.columns.iter().map(|column| column.name.clone()).collect(),
        };
        let rows: Vec<Output> = names.into_iter().map(|name| Output { name, term: self.terms.fresh() }).collect();
        self.begin();
        let mut ways = Vec::new();
        for (node, outputs) in sources {
            let find = |name: &Ident| outputs.iter().find(|output| output.name == *name).map(|output| output.term);
            let links: Vec<_> = rows.iter().filter_map(|row| Some((row.term, find(&row.name)?))).collect();
            let same = links.iter().map(|(row, own)| Formula::Same(*row, *own));
            ways.push(Formula::all(same.collect::<Vec<_>>()).and(self.node(node).export.clone()));
            self.child(node, &Stack::new(), links);
        }
        let held = if ways.is_empty() { Formula::True } else { Formula::any(ways) };
        self.fact(&Stack::new(), held.clone());
        let block = self.block();
        (block.outputs, block.export) = (rows.clone(), held.clone());
        let node = self.end()?;
        self.child(node, stack, Vec::new());
        self.fact(stack, held);
        Ok(rows)
    }

    fn as_it_was(&mut self, query: &Query) -> Result<NodeId, Hole> {
        let moment = self.rows.moment;
        self.clock += 1;
        self.rows.moment = PAST + self.clock;
        let read = self.outside_of_all(|analysis| analysis.query(query));
        self.rows.moment = moment;
        read
    }
}

/// Gives the result of a query the names of the columns that it went to.
fn into_columns(relation: &Relation, first: &[Output], mut outputs: Vec<Output>, columns: &[Ident]) -> Vec<Output> {
    let known: Vec<Ident> = relation.columns.iter().map(|column| column.name.clone()).collect();
    let made: Vec<Ident> = first.iter().map(|output| output.name.clone()).collect();
    let names = match columns.is_empty() {
        false => columns,
        true if known.len() == outputs.len() => &known,
        // The result of a query has the names that the query gives.
        true if made.len() == outputs.len() => &made,
        true => return outputs,
    };
    super::from::rename(&mut outputs, names);
    outputs
}
