//! RETURN: what a routine gives, and the row that a trigger stands for.

use super::analysis::Analysis;
use super::formula::Formula;
use super::node::Output;
use super::value::Value;
use super::variables::Variable;
use crate::procedure::{Expression, ExpressionKind, Return};
use crate::query::{Expr, ExprKind, Literal};
use crate::scope::Hole;

impl Analysis<'_> {
    /// Reads RETURN.
    pub(super) fn return_of(&mut self, found: &Return) -> Result<(), Hole> {
        match found {
            Return::Nothing | Return::Next(None) => {
                let own = self.returned.columns.clone();
                let values = own.iter().map(|column| match self.variables.get(&column.name) {
                    Some(Variable::Scalar(value)) => Formula::Same(column.term, value.term),
                    _ => Formula::True,
                });
                let held = Formula::all(values.collect::<Vec<_>>());
                self.returned.ways.push(held);
                Ok(())
            }
            Return::Value(value) if self.returned.is_trigger => self.return_row(value),
            Return::Value(value) | Return::Next(Some(value)) => {
                let held = match self.whole_record(value) {
                    Some(row) => self.gives(&row, Formula::True),
                    None => {
                        let value = self.expression(value)?;
                        self.gives_value(&value)
                    }
                };
                self.returned.ways.push(held);
                Ok(())
            }
            Return::Query(query) => {
                let (outputs, facts) = self.sql(query)?;
                let held = self.gives(&outputs, facts);
                self.returned.ways.push(held);
                Ok(())
            }
            Return::Execute(command) => {
                let (outputs, facts) = self.execute(command)?;
                let held = self.gives(&outputs, facts);
                self.returned.ways.push(held);
                Ok(())
            }
        }
    }

    /// The result is one of these rows.
    fn gives(&self, outputs: &[Output], facts: Formula) -> Formula {
        let columns = &self.returned.columns;
        if columns.len() != outputs.len() {
            return Formula::True;
        }
        let same = columns.iter().zip(outputs).map(|(own, given)| Formula::Same(own.term, given.term));
        facts.and(Formula::all(same.collect::<Vec<_>>()))
    }

    fn gives_value(&self, value: &Value) -> Formula {
        match self.returned.columns.as_slice() {
            [only] => Formula::Same(only.term, value.term),
            _ => Formula::True,
        }
    }

    /// The columns of a row variable that stands alone.
    fn record_of(&self, value: &Expression) -> Option<Vec<Output>> {
        let ExpressionKind::Scalar(expr) = &value.kind else { return None };
        self.record_named(expr)
    }

    fn record_named(&self, expr: &Expr) -> Option<Vec<Output>> {
        let ExprKind::Column(parts) = &expr.kind else { return None };
        let [name] = parts.as_slice() else { return None };
        match self.variables.get(name) {
            Some(Variable::Record(columns)) => Some(columns.clone()),
            _ => None,
        }
    }

    /// The columns of a row variable that stands alone, where all of them are known by their places.
    pub(super) fn whole_record(&self, value: &Expression) -> Option<Vec<Output>> {
        self.record_of(value).filter(|_| self.is_whole(value))
    }

    fn is_whole(&self, value: &Expression) -> bool {
        let ExpressionKind::Scalar(expr) = &value.kind else { return false };
        matches!(&expr.kind, ExprKind::Column(parts) if parts.last().is_some_and(|name| self.variables.whole(name).is_some()))
    }

    /// The rows that `COALESCE(NEW, OLD)` may be: it passes over a row that is not there, not over one of NULLs.
    fn first_rows(&self, value: &Expression) -> Option<Vec<Vec<Output>>> {
        let ExpressionKind::Scalar(expr) = &value.kind else { return None };
        let ExprKind::Special("COALESCE", rows) = &expr.kind else { return None };
        let rows = rows.iter().map(|row| self.record_named(row)).collect::<Option<Vec<_>>>()?;
        let is_there =
            |row: &Vec<Output>| !row.iter().map(|column| column.term).eq(self.returned.absent.iter().copied());
        Some(rows.into_iter().filter(is_there).collect())
    }

    /// A trigger returns a row, or NULL for none.
    fn return_row(&mut self, value: &Expression) -> Result<(), Hole> {
        if let ExpressionKind::Scalar(expr) = &value.kind
            && matches!(expr.kind, ExprKind::Literal(Literal::Null))
        {
            return self.trigger_returns(None);
        }
        if let Some(rows) = self.first_rows(value) {
            return rows.into_iter().try_for_each(|row| self.trigger_returns(Some(row)));
        }
        let row = match self.record_of(value) {
            Some(row) => row,
            None => {
                self.expression(value)?;
                Vec::new()
            }
        };
        self.trigger_returns(Some(row))
    }
}
