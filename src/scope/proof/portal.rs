//! EXECUTE of prepared statements, and the rows at which cursors stand.

use super::analysis::{Analysis, unfollowed};
use super::formula::Formula;
use super::node::{NodeId, Stack};
use super::term::{RowId, Term};
use super::value::Value;
use super::variables::Variables;
use crate::catalog::Relation;
use crate::pg::{Ident, Name};
use crate::scope::{Context, Designator, Hole, Judgement};
use crate::source::Span;
use crate::statement::session::prepared::Execute;

/// The rows of the relations that a cursor goes through, as it stands at one of them.
#[derive(Clone, Debug)]
pub(super) struct Position {
    /// The relations with their rows.
    rows: Vec<(Name, RowId)>,
    /// What holds of them.
    held: Formula,
}

/// Whether a cursor's query was read where it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Queried {
    /// It was.
    Read,
    /// It was put together when it ran.
    Folded,
}

/// Judges EXECUTE by the statement that was prepared, with the values that it is given.
pub(in crate::scope) fn execute(context: &Context<'_>, execute: &Execute) -> Result<Judgement, Hole> {
    let Some(prepared) = context.effects.portals.prepared(&execute.name) else {
        return Err(unfollowed(Span::default(), &format!("the prepared statement `{}`", execute.name)));
    };
    let mut analysis = Analysis::new(context);
    analysis.begin();
    let mut given: Vec<Value> = Vec::new();
    for (at, argument) in execute.arguments.iter().enumerate() {
        let value = analysis.value(argument)?;
        // The parameter's type may cut or round what it is given.
        let keeps = prepared.types.get(at).is_none_or(|of| Designator::keeps_values(of, context.tenancy));
        given.push(if keeps { value } else { analysis.terms.fresh().into() });
    }
    analysis.variables = Variables::of_body(given);
    let root = analysis.placed(Span::default(), |analysis| analysis.statement(&prepared.statement))?;
    let around = analysis.open.pop();
    if around.is_none_or(|block| !block.demands.is_empty() || !block.children.is_empty()) {
        return Err(unfollowed(Span::default(), "a value that is read from tables"));
    }
    super::verdict::rooted(context, &mut analysis, root, &prepared.statement)
}

impl Analysis<'_> {
    /// Takes note of the rows at which a cursor stands that was just opened: those of its query, where that was read.
    pub(super) fn stands(&mut self, cursor: &Ident, query: Queried) {
        let node = self.block().children.last().map(|child| child.node).filter(|_| query == Queried::Read);
        let position = node.map(|node| self.position(node));
        let name = self.variables.resolve(cursor).clone();
        self.variables.cursors.opened(name, position);
    }

    fn position(&self, node: NodeId) -> Position {
        let demands = self.node(node).demands.iter().filter(|demand| demand.stack.is_empty());
        let rows = demands.filter_map(|demand| match self.terms.get(demand.tenant) {
            Term::Column(row, _) => Some((self.rows.relation(*row)?.name.clone(), *row)),
            _ => None,
        });
        Position { rows: rows.collect(), held: self.node(node).export.clone() }
    }

    /// The row that a statement changes is the one at which a cursor stands, in the version that the cursor saw.
    pub(super) fn current_of(&mut self, cursor: &Ident, (row, relation): (RowId, &Relation)) -> Result<(), Hole> {
        let unclear = || unfollowed(Span::default(), &format!("the row of cursor `{cursor}`"));
        let position = match self.variables.is_body() {
            true => self.variables.cursors.position(self.variables.resolve(cursor)).cloned(),
            false => {
                let query = self.context.effects.portals.cursor(cursor).ok_or_else(unclear)?;
                let node =
                    self.placed(Span::default(), |analysis| analysis.outside_of_all(|analysis| analysis.query(query)))?;
                self.child(node, &Stack::new(), Vec::new());
                Some(self.position(node))
            }
        };
        let position = position.ok_or_else(unclear)?;
        let mut rows = position.rows.iter().filter(|(name, _)| *name == relation.name);
        let (Some((_, at)), None) = (rows.next(), rows.next()) else { return Err(unclear()) };
        for column in &relation.columns {
            let own = self.terms.id(Term::Column(row, column.name.clone()));
            let seen = self.terms.id(Term::Column(*at, column.name.clone()));
            self.fact(&Stack::new(), Formula::Same(own, seen));
        }
        self.fact(&Stack::new(), position.held);
        Ok(())
    }
}
