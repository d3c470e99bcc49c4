//! What a partition's bound says of its rows: a partition for one tenant holds that tenant's rows.

use super::analysis::Analysis;
use super::formula::Formula;
use super::term::{RowId, Term, TermId};
use crate::catalog::Relation;
use crate::pg::Ident;
use crate::query::{Expr, ExprKind, Literal};
use crate::scope::Designator;
use crate::statement::relation::{BoundDatum, Key, PartitionBound, PartitionStrategy};

/// How many values a bound may list to be followed.
const VALUES: usize = 32;

impl Analysis<'_> {
    /// Returns what the bounds of a partition, and of those that it is a part of, say of a row.
    pub(super) fn bounds(&mut self, relation: &Relation, row: RowId) -> Formula {
        let mut held = Formula::True;
        let mut at = relation;
        while let (Some(bound), [parent]) = (&at.bound, at.parents.as_slice()) {
            let Some(parent) = self.catalog().relation(parent) else { break };
            held = held.and(self.bound_of(parent, bound, row));
            at = parent;
        }
        held
    }

    fn bound_of(&mut self, parent: &Relation, bound: &PartitionBound, row: RowId) -> Formula {
        let Some(by) = &parent.partition_by else { return Formula::True };
        let Some(first) =
            by.elements.first().filter(|first| first.operator_class.is_none() && first.collation.is_none())
        else {
            return Formula::True;
        };
        let name = match &first.key {
            Key::Column(name) => name,
            // In brackets it is a column all the same.
            Key::Expression(Expr { kind: ExprKind::Column(parts), .. }) => match parts.last() {
                Some(name) => name,
                None => return Formula::True,
            },
            Key::Expression(_) => return Formula::True,
        };
        if !self.keeps_apart(parent, name) {
            return Formula::True;
        }
        let own = self.terms.id(Term::Column(row, name.clone()));
        match (bound, by.strategy) {
            (PartitionBound::In(values), PartitionStrategy::List) if values.len() <= VALUES => {
                let ways = values.iter().map(|value| self.listed(own, value)).collect::<Vec<_>>();
                Formula::any(ways)
            }
            (PartitionBound::Range { from, to }, PartitionStrategy::Range) => match only(parent, name, (from, to)) {
                Some(value) => self.listed(own, value),
                None => Formula::Present(own),
            },
            _ => Formula::True,
        }
    }

    fn listed(&mut self, own: TermId, value: &Expr) -> Formula {
        if matches!(value.kind, ExprKind::Literal(Literal::Null)) {
            return Formula::Null(own);
        }
        match Designator::of(value, self.context.tenancy) {
            Some(designator @ Designator::Literal(_)) => Formula::equal(own, self.fixed(designator)),
            _ => Formula::Present(own),
        }
    }

    fn keeps_apart(&self, relation: &Relation, name: &Ident) -> bool {
        let Some(column) = relation.column(name) else { return false };
        let is_folded = column.type_name.as_ref().is_none_or(|of| self.is_blurred_type(of));
        !is_folded && column.collation.as_ref().is_none_or(|name| self.context.effects.keeps_apart(name))
    }
}

/// The one value that the first column of a range may have.
fn only<'b>(parent: &Relation, name: &Ident, (from, to): (&'b [BoundDatum], &'b [BoundDatum])) -> Option<&'b Expr> {
    let (Some(BoundDatum::Value(low)), Some(BoundDatum::Value(high))) = (from.first(), to.first()) else {
        return None;
    };
    if low.kind == high.kind {
        return Some(low);
    }
    let whole = parent.column(name)?.type_name.as_ref()?.name.last().as_str().to_owned();
    let number = |expr: &Expr| match &expr.kind {
        ExprKind::Literal(Literal::Number(digits)) => digits.parse::<u64>().ok(),
        _ => None,
    };
    let follows = number(low)?.checked_add(1) == Some(number(high)?);
    (follows && from.len() == 1 && ["int2", "int4", "int8"].contains(&whole.as_str())).then_some(low)
}
