//! One walk that changes an expression and all its parts. Queries within it are left alone.

use super::{Argument, Expr, ExprKind, InOperand, SortItem, Step};

/// Calls `change` for an expression and everything in it, inner things first.
pub fn inside_out(expr: &mut Expr, change: &mut dyn FnMut(&mut Expr)) {
    parts(expr, &mut |part| inside_out(part, change));
    change(expr);
}

/// Calls `change` for an expression and everything in it, outer things first.
pub fn outside_in(expr: &mut Expr, change: &mut dyn FnMut(&mut Expr)) {
    change(expr);
    parts(expr, &mut |part| outside_in(part, change));
}

/// Calls `meet` for each operand of an expression.
fn parts(expr: &mut Expr, meet: &mut dyn FnMut(&mut Expr)) {
    match &mut expr.kind {
        ExprKind::Prefix(_, operand) | ExprKind::Not(operand) | ExprKind::Is { operand, .. } => {
            meet(operand);
        }
        ExprKind::Cast(operand, _) | ExprKind::Collate(operand, _) => meet(operand),
        ExprKind::Infix(left, _, right) | ExprKind::Distinct { left, right, .. } => {
            meet(left);
            meet(right);
        }
        ExprKind::And(items) | ExprKind::Or(items) | ExprKind::Array(items) => all(items, meet),
        ExprKind::SqlCall(_, items) | ExprKind::Special(_, items) => all(items, meet),
        ExprKind::Row { fields, .. } => all(fields, meet),
        ExprKind::In { operand, source, .. } | ExprKind::Quantified { left: operand, source, .. } => {
            meet(operand);
            if let InOperand::List(items) = source {
                all(items, meet);
            }
        }
        ExprKind::Between { operand, low, high, .. } => {
            [operand, low, high].into_iter().for_each(|part| meet(part));
        }
        ExprKind::Like { operand, pattern, escape, .. } => {
            [operand, pattern].into_iter().chain(escape).for_each(|part| meet(part));
        }
        ExprKind::AtTimeZone(operand, zone) => {
            std::iter::once(operand).chain(zone).for_each(|part| meet(part));
        }
        ExprKind::Indirection(base, path) => {
            meet(base);
            path.iter_mut().for_each(|step| bounds(step, meet));
        }
        ExprKind::Call(call) => {
            call.arguments.iter_mut().for_each(|Argument { value, .. }| meet(value));
            call.order_by.iter_mut().for_each(|SortItem { expr, .. }| meet(expr));
            call.filter.iter_mut().for_each(meet);
        }
        ExprKind::Case { operand, branches, otherwise } => {
            operand.iter_mut().for_each(|part| meet(part));
            for (condition, result) in branches {
                meet(condition);
                meet(result);
            }
            otherwise.iter_mut().for_each(|part| meet(part));
        }
        ExprKind::Column(_) | ExprKind::Star(_) | ExprKind::Literal(_) | ExprKind::Parameter(_) => {}
        ExprKind::Value(_) | ExprKind::Default => {}
        ExprKind::Exists(_) | ExprKind::Subquery(_) | ExprKind::ArrayQuery(_) => {}
    }
}

fn all(items: &mut [Expr], meet: &mut dyn FnMut(&mut Expr)) {
    items.iter_mut().for_each(meet);
}

fn bounds(step: &mut Step, meet: &mut dyn FnMut(&mut Expr)) {
    match step {
        Step::Field(_) | Step::Star => {}
        Step::Index(index) => meet(index),
        Step::Slice(low, high) => low.iter_mut().chain(high).for_each(|bound| meet(bound)),
    }
}
