//! The columns that an expression names, as far as constraints, indexes and generated columns may name any.
//!
//! Such expressions hold no queries, so the walk stops at them.

use super::{Argument, Expr, ExprKind, InOperand, Step};
use crate::pg::Ident;

/// Returns the names of the columns that an expression names, each once, in order.
pub fn named(expr: &Expr) -> Vec<Ident> {
    let mut found: Vec<Ident> = Vec::new();
    // One walk serves reading and renaming; what it reads here is a copy of something small.
    each(&mut expr.clone(), &mut |parts| {
        if let Some(column) = parts.last().filter(|column| !found.contains(column)) {
            found.push(column.clone());
        }
    });
    found
}

/// Renames a column wherever an expression names it.
pub fn rename(expr: &mut Expr, from: &Ident, to: &Ident) {
    each(expr, &mut |parts| {
        if let Some(column) = parts.last_mut().filter(|column| *column == from) {
            *column = to.clone();
        }
    });
}

/// Calls `meet` for every column reference.
fn each(expr: &mut Expr, meet: &mut dyn FnMut(&mut Vec<Ident>)) {
    match &mut expr.kind {
        ExprKind::Column(parts) => meet(parts),
        ExprKind::Prefix(_, operand) | ExprKind::Not(operand) | ExprKind::Is { operand, .. } => each(operand, meet),
        ExprKind::Cast(operand, _) | ExprKind::Collate(operand, _) => each(operand, meet),
        ExprKind::Infix(left, _, right) | ExprKind::Distinct { left, right, .. } => {
            each(left, meet);
            each(right, meet);
        }
        ExprKind::And(items) | ExprKind::Or(items) | ExprKind::Array(items) => all(items, meet),
        ExprKind::SqlCall(_, items) | ExprKind::Special(_, items) => all(items, meet),
        ExprKind::Row { fields, .. } => all(fields, meet),
        ExprKind::In { operand, source, .. } | ExprKind::Quantified { left: operand, source, .. } => {
            each(operand, meet);
            if let InOperand::List(items) = source {
                all(items, meet);
            }
        }
        ExprKind::Between { operand, low, high, .. } => {
            [operand, low, high].into_iter().for_each(|part| each(part, meet));
        }
        ExprKind::Like { operand, pattern, escape, .. } => {
            [operand, pattern].into_iter().chain(escape).for_each(|part| each(part, meet));
        }
        ExprKind::AtTimeZone(operand, zone) => {
            std::iter::once(operand).chain(zone).for_each(|part| each(part, meet));
        }
        ExprKind::Indirection(base, path) => {
            each(base, meet);
            path.iter_mut().for_each(|step| bounds(step, meet));
        }
        ExprKind::Call(call) => {
            call.arguments.iter_mut().for_each(|Argument { value, .. }| each(value, meet));
        }
        ExprKind::Case { operand, branches, otherwise } => {
            operand.iter_mut().for_each(|part| each(part, meet));
            for (condition, result) in branches {
                each(condition, meet);
                each(result, meet);
            }
            otherwise.iter_mut().for_each(|part| each(part, meet));
        }
        ExprKind::Star(_) | ExprKind::Literal(_) | ExprKind::Parameter(_) | ExprKind::Value(_) => {}
        ExprKind::Default | ExprKind::Exists(_) | ExprKind::Subquery(_) | ExprKind::ArrayQuery(_) => {}
    }
}

fn all(items: &mut [Expr], meet: &mut dyn FnMut(&mut Vec<Ident>)) {
    items.iter_mut().for_each(|item| each(item, meet));
}

fn bounds(step: &mut Step, meet: &mut dyn FnMut(&mut Vec<Ident>)) {
    match step {
        Step::Field(_) | Step::Star => {}
        Step::Index(index) => each(index, meet),
        Step::Slice(low, high) => low.iter_mut().chain(high).for_each(|bound| each(bound, meet)),
    }
}
