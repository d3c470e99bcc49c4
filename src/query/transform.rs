//! One walk that changes an expression from its innermost parts outwards. Queries within it are left alone.

use super::{Argument, Expr, ExprKind, InOperand, SortItem, Step};

/// Calls `change` for an expression and everything in it, inner things first; the walk stops at queries.
pub fn inside_out(expr: &mut Expr, change: &mut dyn FnMut(&mut Expr)) {
    match &mut expr.kind {
        ExprKind::Prefix(_, operand) | ExprKind::Not(operand) | ExprKind::Is { operand, .. } => {
            inside_out(operand, change);
        }
        ExprKind::Cast(operand, _) | ExprKind::Collate(operand, _) => inside_out(operand, change),
        ExprKind::Infix(left, _, right) | ExprKind::Distinct { left, right, .. } => {
            inside_out(left, change);
            inside_out(right, change);
        }
        ExprKind::And(items) | ExprKind::Or(items) | ExprKind::Array(items) => all(items, change),
        ExprKind::SqlCall(_, items) | ExprKind::Special(_, items) => all(items, change),
        ExprKind::Row { fields, .. } => all(fields, change),
        ExprKind::In { operand, source, .. } | ExprKind::Quantified { left: operand, source, .. } => {
            inside_out(operand, change);
            if let InOperand::List(items) = source {
                all(items, change);
            }
        }
        ExprKind::Between { operand, low, high, .. } => {
            [operand, low, high].into_iter().for_each(|part| inside_out(part, change));
        }
        ExprKind::Like { operand, pattern, escape, .. } => {
            [operand, pattern].into_iter().chain(escape).for_each(|part| inside_out(part, change));
        }
        ExprKind::AtTimeZone(operand, zone) => {
            std::iter::once(operand).chain(zone).for_each(|part| inside_out(part, change));
        }
        ExprKind::Indirection(base, path) => {
            inside_out(base, change);
            path.iter_mut().for_each(|step| bounds(step, change));
        }
        ExprKind::Call(call) => {
            call.arguments.iter_mut().for_each(|Argument { value, .. }| inside_out(value, change));
            call.order_by.iter_mut().for_each(|SortItem { expr, .. }| inside_out(expr, change));
            call.filter.iter_mut().for_each(|filter| inside_out(filter, change));
        }
        ExprKind::Case { operand, branches, otherwise } => {
            operand.iter_mut().for_each(|part| inside_out(part, change));
            for (condition, result) in branches {
                inside_out(condition, change);
                inside_out(result, change);
            }
            otherwise.iter_mut().for_each(|part| inside_out(part, change));
        }
        ExprKind::Column(_) | ExprKind::Star(_) | ExprKind::Literal(_) | ExprKind::Parameter(_) => {}
        ExprKind::Value(_) | ExprKind::Default => {}
        ExprKind::Exists(_) | ExprKind::Subquery(_) | ExprKind::ArrayQuery(_) => {}
    }
    change(expr);
}

fn all(items: &mut [Expr], change: &mut dyn FnMut(&mut Expr)) {
    items.iter_mut().for_each(|item| inside_out(item, change));
}

fn bounds(step: &mut Step, change: &mut dyn FnMut(&mut Expr)) {
    match step {
        Step::Field(_) | Step::Star => {}
        Step::Index(index) => inside_out(index, change),
        Step::Slice(low, high) => low.iter_mut().chain(high).for_each(|bound| inside_out(bound, change)),
    }
}
