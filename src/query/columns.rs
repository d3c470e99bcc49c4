//! The columns that an expression names, as far as constraints, indexes and generated columns may name any.
//!
//! Such expressions hold no queries, so the walk stops at them.

use super::{Argument, Expr, ExprKind, InOperand, Step};
use crate::pg::Ident;

/// Returns the names of the columns that an expression names, each once, in order.
pub fn named(expr: &Expr) -> Vec<Ident> {
    let mut found: Vec<Ident> = Vec::new();
    // One walk serves reading and renaming; what it reads here is a copy of something small.
    each_part(&mut expr.clone(), &mut |part| {
        let ExprKind::Column(parts) = part else { return };
        if let Some(column) = parts.last().filter(|column| !found.contains(column)) {
            found.push(column.clone());
        }
    });
    found
}

/// Renames a column wherever an expression names it.
pub fn rename(expr: &mut Expr, from: &Ident, to: &Ident) {
    each_part(expr, &mut |part| {
        let ExprKind::Column(parts) = part else { return };
        if let Some(column) = parts.last_mut().filter(|column| *column == from) {
            *column = to.clone();
        }
    });
}

/// Calls `meet` for an expression and everything in it, outer things first.
pub(crate) fn each_part(expr: &mut Expr, meet: &mut dyn FnMut(&mut ExprKind)) {
    meet(&mut expr.kind);
    match &mut expr.kind {
        ExprKind::Prefix(_, operand) | ExprKind::Not(operand) | ExprKind::Is { operand, .. } => {
            each_part(operand, meet)
        }
        ExprKind::Cast(operand, _) | ExprKind::Collate(operand, _) => each_part(operand, meet),
        ExprKind::Infix(left, _, right) | ExprKind::Distinct { left, right, .. } => {
            each_part(left, meet);
            each_part(right, meet);
        }
        ExprKind::And(items) | ExprKind::Or(items) | ExprKind::Array(items) => all(items, meet),
        ExprKind::SqlCall(_, items) | ExprKind::Special(_, items) => all(items, meet),
        ExprKind::Row { fields, .. } => all(fields, meet),
        ExprKind::In { operand, source, .. } | ExprKind::Quantified { left: operand, source, .. } => {
            each_part(operand, meet);
            if let InOperand::List(items) = source {
                all(items, meet);
            }
        }
        ExprKind::Between { operand, low, high, .. } => {
            [operand, low, high].into_iter().for_each(|part| each_part(part, meet));
        }
        ExprKind::Like { operand, pattern, escape, .. } => {
            [operand, pattern].into_iter().chain(escape).for_each(|part| each_part(part, meet));
        }
        ExprKind::AtTimeZone(operand, zone) => {
            std::iter::once(operand).chain(zone).for_each(|part| each_part(part, meet));
        }
        ExprKind::Indirection(base, path) => {
            each_part(base, meet);
            path.iter_mut().for_each(|step| bounds(step, meet));
        }
        ExprKind::Call(call) => {
            call.arguments.iter_mut().for_each(|Argument { value, .. }| each_part(value, meet));
        }
        ExprKind::Case { operand, branches, otherwise } => {
            operand.iter_mut().for_each(|part| each_part(part, meet));
            for (condition, result) in branches {
                each_part(condition, meet);
                each_part(result, meet);
            }
            otherwise.iter_mut().for_each(|part| each_part(part, meet));
        }
        ExprKind::Column(_)
        | ExprKind::Star(_)
        | ExprKind::Literal(_)
        | ExprKind::Parameter(_)
        | ExprKind::Value(_) => {}
        ExprKind::Default | ExprKind::Exists(_) | ExprKind::Subquery(_) | ExprKind::ArrayQuery(_) => {}
    }
}

fn all(items: &mut [Expr], meet: &mut dyn FnMut(&mut ExprKind)) {
    items.iter_mut().for_each(|item| each_part(item, meet));
}

fn bounds(step: &mut Step, meet: &mut dyn FnMut(&mut ExprKind)) {
    match step {
        Step::Field(_) | Step::Star => {}
        Step::Index(index) => each_part(index, meet),
        Step::Slice(low, high) => low.iter_mut().chain(high).for_each(|bound| each_part(bound, meet)),
    }
}
