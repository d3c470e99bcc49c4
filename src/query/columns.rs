//! The columns that an expression names, as far as constraints, indexes and generated columns may name any.
//!
//! Such expressions hold no queries, so the walk stops at them.

use super::transform::inside_out;
use super::{Expr, ExprKind};
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
    inside_out(expr, &mut |part| {
        if let ExprKind::Column(parts) = &mut part.kind {
            meet(parts);
        }
    });
}
