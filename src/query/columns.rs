//! The columns that an expression names, as far as constraints, indexes and generated columns may name any.
//!
//! Such expressions hold no queries, so the walk stops at them.

use super::transform::outside_in;
use super::{Expr, ExprKind};
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
    outside_in(expr, &mut |part| meet(&mut part.kind));
}
