//! IF and CASE: what holds in each branch, and what is known of variables behind them.

use std::collections::BTreeSet;

use super::analysis::Analysis;
use super::formula::Formula;
use super::lower::Truth;
use super::node::{Output, Stack};
use super::variables::{Variable, Variables};
use crate::pg::Ident;
use crate::procedure::{Branch, Expression, ExpressionKind, RaiseLevel, Return, Statement, StatementKind};
use crate::scope::Hole;

/// How many ways to a value are followed.
const WAYS: usize = 8;

impl Analysis<'_> {
    /// Returns what holds behind it when a branch ends the body.
    pub(super) fn conditional(
        &mut self,
        branches: &[Branch],
        otherwise: Option<&[Statement]>,
    ) -> Result<Option<Formula>, Hole> {
        let mut before = Formula::True;
        let mut changed = BTreeSet::new();
        let start = self.variables.clone();
        // The ways on which what comes next is reached, with the variables as they are then.
        let mut ways: Vec<(Formula, Variables)> = Vec::new();
        let mut ended: Vec<Formula> = Vec::new();
        for Branch { condition, statements } in branches {
            let (holds, fails) = self.condition_of(condition)?;
            let guard = before.clone().and(holds);
            self.guarded(guard.clone(), statements)?;
            let after = std::mem::replace(&mut self.variables, start.clone());
            changed.extend(self.changed_by(statements));
            match is_end(statements) {
                true => ended.push(guard),
                false => ways.push((guard, after)),
            }
            before = before.and(fails);
        }
        let statements = otherwise.unwrap_or(&[]);
        if !statements.is_empty() {
            self.guarded(before.clone(), statements)?;
            changed.extend(self.changed_by(statements));
        }
        let after = std::mem::replace(&mut self.variables, start);
        match is_end(statements) {
            true => ended.push(before),
            false => ways.push((before, after)),
        }
        ways.retain(|(guard, _)| *guard != Formula::False);
        self.join_ways(&changed, &ways, &ended);
        Ok((!ended.is_empty()).then(|| Formula::any(ways.into_iter().map(|(guard, _)| guard))))
    }

    /// What a variable is behind branches: what one of them made it. That holds of a value that is never made, too, so
    /// what is said of it leaves no way out, those that end the body included.
    fn join_ways(&mut self, changed: &BTreeSet<Ident>, ways: &[(Formula, Variables)], ended: &[Formula]) {
        for name in changed {
            let value = |variables: &Variables| match variables.get(name) {
                Some(Variable::Scalar(value)) => Some(value.term),
                _ => None,
            };
            let terms: Option<Vec<_>> = ways.iter().map(|(_, variables)| value(variables)).collect();
            let terms = terms.filter(|terms| !terms.is_empty() && terms.len() <= WAYS);
            match terms {
                Some(terms) if terms.iter().all(|term| *term == terms[0]) => {
                    self.variables.set(name.clone(), Variable::Scalar(terms[0].into()));
                }
                Some(terms) => {
                    let is_vague = terms.iter().any(|term| self.terms.is_vague(*term));
                    let own = if is_vague { self.terms.unknown() } else { self.terms.fresh() };
                    let guards = ways.iter().map(|(guard, _)| guard.clone());
                    let each = guards.zip(terms).map(|(guard, term)| guard.and(Formula::Same(own, term)));
                    let held = Formula::any(each.chain(ended.iter().cloned()).collect::<Vec<_>>());
                    self.define(held);
                    self.variables.set(name.clone(), Variable::Scalar(own.into()));
                }
                None if self.join_rows(name, ways, ended) => {}
                None => self.forget(&BTreeSet::from([name.clone()])),
            }
        }
    }

    /// The same for each column of a row variable.
    fn join_rows(&mut self, name: &Ident, ways: &[(Formula, Variables)], ended: &[Formula]) -> bool {
        let rows: Option<Vec<&Vec<Output>>> = ways
            .iter()
            .map(|(_, variables)| match variables.get(name) {
                Some(Variable::Record(columns)) => Some(columns),
                _ => None,
            })
            .collect();
        let Some(rows) = rows.filter(|rows| !rows.is_empty() && rows.len() <= WAYS) else { return false };
        let mut joined: Vec<Output> = Vec::new();
        let mut held = Vec::new();
        for column in rows[0] {
            let find = |row: &&Vec<Output>| row.iter().find(|other| other.name == column.name).map(|other| other.term);
            let terms: Option<Vec<_>> = rows.iter().map(find).collect();
            let term = match terms {
                Some(terms) if terms.iter().all(|term| *term == terms[0]) => terms[0],
                Some(terms) => {
                    let is_vague = terms.iter().any(|term| self.terms.is_vague(*term));
                    let own = if is_vague { self.terms.unknown() } else { self.terms.fresh() };
                    let guards = ways.iter().map(|(guard, _)| guard.clone());
                    let each = guards.zip(terms).map(|(guard, term)| guard.and(Formula::Same(own, term)));
                    held.push(Formula::any(each.chain(ended.iter().cloned()).collect::<Vec<_>>()));
                    own
                }
                None => self.terms.unknown(),
            };
            joined.push(Output { name: column.name.clone(), term });
        }
        held.into_iter().for_each(|formula| self.define(formula));
        self.variables.set(name.clone(), Variable::Record(joined));
        true
    }

    /// What holds where a branch of CASE is taken.
    pub(super) fn matches_case(&mut self, operand: Option<&Expression>, value: &Expression) -> Result<Formula, Hole> {
        match (operand.map(|operand| &operand.kind), &value.kind) {
            (Some(ExpressionKind::Scalar(operand)), ExpressionKind::Scalar(value)) => {
                self.stepping(|analysis| analysis.equality(operand, value, Truth::True))
            }
            (None, ExpressionKind::Scalar(value)) => self.stepping(|analysis| analysis.holds(value, Truth::True)),
            _ => self.expression(value).map(|_| Formula::True),
        }
    }

    /// Returns what holds where a condition is true, and where it is not.
    pub(super) fn condition_of(&mut self, condition: &Expression) -> Result<(Formula, Formula), Hole> {
        match &condition.kind {
            ExpressionKind::Scalar(expr) => self.stepping(|analysis| {
                let holds = analysis.holds(expr, Truth::True)?;
                let fails = analysis.holds(expr, Truth::False)?.or(analysis.holds(expr, Truth::Unknown)?);
                Ok((holds, fails))
            }),
            _ => self.expression(condition).map(|_| (Formula::True, Formula::True)),
        }
    }

    pub(super) fn guarded(&mut self, held: Formula, statements: &[Statement]) -> Result<(), Hole> {
        // What cannot be reached does nothing.
        if held == Formula::False {
            return Ok(());
        }
        self.begin();
        self.fact(&Stack::new(), held);
        let read = self.statements(statements);
        if let Err(hole) = read {
            self.open.pop();
            return Err(hole);
        }
        let node = self.end()?;
        self.child(node, &Stack::new(), Vec::new());
        Ok(())
    }
}

/// Says whether nothing comes after these statements.
fn is_end(statements: &[Statement]) -> bool {
    match statements.last().map(|statement| &statement.kind) {
        Some(StatementKind::Return(Return::Nothing | Return::Value(_))) => true,
        Some(StatementKind::Raise(raise)) => raise.level.is_none_or(|level| level == RaiseLevel::Exception),
        Some(StatementKind::If { branches, otherwise: Some(otherwise) }) => {
            is_end(otherwise) && branches.iter().all(|branch| is_end(&branch.statements))
        }
        _ => false,
    }
}
