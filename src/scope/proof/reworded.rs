//! Comparisons that say the same as simpler ones: what both sides have in common is taken away.

use super::analysis::Analysis;
use super::lower::Truth;
use super::value::base;
use crate::pg::TypeName;
use crate::query::{Expr, ExprKind, Literal, Operator};
use crate::scope::Designator;

impl Analysis<'_> {
    /// Returns a simpler condition that has this truth wherever an equality has it.
    pub(super) fn reworded(&self, (left, right): (&Expr, &Expr), truth: Truth) -> Option<Expr> {
        let each_way = |(left, right)| number_of_truth(left, right).or_else(|| chosen(left, right));
        let simpler = each_way((left, right)).or_else(|| each_way((right, left)));
        if truth != Truth::True {
            return simpler;
        }
        let simpler = simpler.or_else(|| self.difference(left, right)).or_else(|| self.difference(right, left));
        simpler.or_else(|| self.alike(left, right)).or_else(|| self.whole_arrays(left, right))
    }

    /// `x - y = 0` and `x # y = 0`.
    fn difference(&self, left: &Expr, right: &Expr) -> Option<Expr> {
        let ExprKind::Infix(first, operator, second) = &left.kind else { return None };
        let is_difference = operator.is("-") || operator.is("#");
        let is_integers = self.is_integer(first) && self.is_whole_number(second)
            || self.is_integer(second) && self.is_whole_number(first);
        (is_difference && is_integers && number(right) == Some(0)).then(|| equality(first, second))
    }

    /// `- x = - y`, `'a' || x = 'a' || y`, and the same number in a type that holds fractions.
    fn alike(&self, left: &Expr, right: &Expr) -> Option<Expr> {
        let is_told = |one: &Expr, other: &Expr| {
            (self.is_integer(one) && self.is_whole_number(other))
                || (self.is_integer(other) && self.is_whole_number(one))
        };
        let (one, other) = match (&left.kind, &right.kind) {
            (ExprKind::Prefix(operator, one), ExprKind::Prefix(same, other))
                if operator.is("-") && same.is("-") && is_told(one, other) =>
            {
                (&**one, &**other)
            }
            (ExprKind::Infix(first, operator, one), ExprKind::Infix(second, same, other))
                if operator.is("||") && same.is("||") && is_text(first) && first.kind == second.kind =>
            {
                (&**one, &**other)
            }
            (ExprKind::Infix(one, operator, first), ExprKind::Infix(other, same, second))
                if operator.is("||") && same.is("||") && is_text(first) && first.kind == second.kind =>
            {
                (&**one, &**other)
            }
            _ => (without_fractions(left), without_fractions(right)),
        };
        let is_other = !std::ptr::eq(one, left) || !std::ptr::eq(other, right);
        (is_other && is_told(one, other)).then(|| equality(one, other))
    }

    /// Arrays are equal when their elements are, NULLs included.
    fn whole_arrays(&self, left: &Expr, right: &Expr) -> Option<Expr> {
        let (one, other) = self.list(left).zip(self.list(right)).filter(|(one, other)| one.len() == other.len())?;
        let alike = |(left, right): (&Expr, &Expr)| Expr {
            kind: ExprKind::Distinct { left: Box::new(left.clone()), right: Box::new(right.clone()), negated: true },
            ..left.clone()
        };
        Some(Expr { kind: ExprKind::And(one.iter().zip(other.iter()).map(alike).collect()), ..left.clone() })
    }

    /// Says whether an expression is a column of whole numbers.
    fn is_integer(&self, expr: &Expr) -> bool {
        self.type_of(expr).is_some_and(|of| of.bounds.is_empty() && ["int2", "int4", "int8"].contains(&base(&of)))
    }

    /// Says whether an expression is a whole number beside a column of those.
    fn is_whole_number(&self, expr: &Expr) -> bool {
        self.is_integer(expr) || Designator::of(expr, self.context.tenancy).is_some()
    }
}

/// `condition::int = 1`.
fn number_of_truth(left: &Expr, right: &Expr) -> Option<Expr> {
    let ExprKind::Cast(condition, to) = &left.kind else { return None };
    let is_condition = match &condition.kind {
        ExprKind::Infix(_, operator, _) => operator.is("=") || operator.is("<>"),
        ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Not(_)
        | ExprKind::Is { .. }
        | ExprKind::Distinct { .. }
        | ExprKind::In { .. }
        | ExprKind::Exists(_) => true,
        _ => false,
    };
    match number(right).filter(|_| is_condition && is_plain(to, "int4")) {
        Some(1) => Some((**condition).clone()),
        Some(0) => Some(Expr { kind: ExprKind::Not(condition.clone()), ..left.clone() }),
        _ => None,
    }
}

/// `CASE … THEN 'a' … END = 'a'`, where all results are texts that are written out, or all whole numbers.
fn chosen(left: &Expr, right: &Expr) -> Option<Expr> {
    let ExprKind::Case { operand, branches, otherwise } = &left.kind else { return None };
    let compared = |result: &Expr| {
        let is_it = match (&result.kind, &right.kind) {
            (ExprKind::Literal(Literal::String(one)), ExprKind::Literal(Literal::String(other))) => one == other,
            _ => number(result)? == number(right)?,
        };
        Some(Expr { kind: ExprKind::Literal(Literal::Boolean(is_it)), ..result.clone() })
    };
    let mut ways = Vec::with_capacity(branches.len());
    for (condition, result) in branches {
        ways.push((condition.clone(), compared(result)?));
    }
    let otherwise = match otherwise {
        Some(result) => Some(Box::new(compared(result)?)),
        None => None,
    };
    Some(Expr { kind: ExprKind::Case { operand: operand.clone(), branches: ways, otherwise }, ..left.clone() })
}

fn equality(left: &Expr, right: &Expr) -> Expr {
    let kind = ExprKind::Infix(Box::new(left.clone()), Operator::plain("="), Box::new(right.clone()));
    Expr { kind, span: left.span.to(right.span) }
}

/// A number without a cast to `numeric`, in which every whole number is itself.
fn without_fractions(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Cast(operand, to) if is_plain(to, "numeric") => operand,
        _ => expr,
    }
}

fn is_plain(of: &TypeName, name: &str) -> bool {
    base(of) == name && of.modifiers.is_empty() && of.bounds.is_empty()
}

fn is_text(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Literal(Literal::String(_)))
}

fn number(expr: &Expr) -> Option<u64> {
    match &expr.kind {
        ExprKind::Literal(Literal::Number(digits)) => digits.parse().ok(),
        _ => None,
    }
}
