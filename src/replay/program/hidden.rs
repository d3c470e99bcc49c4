//! Calls that stand within queries, where rows decide how often they run.

use super::run::{Flow, Run, lost};
use crate::catalog::Class;
use crate::procedure::{Expression, ExpressionKind};
use crate::query::visit::{self, Node};
use crate::query::{Call, DataStatement, Expr, ExprKind, Query};

/// Why a call within a query is not followed.
pub(super) const HIDDEN: &str = "how often a query calls a routine that changes definitions depends on rows";

impl Run<'_> {
    /// Says whether a statement calls a routine of the history that may change definitions, but for these calls.
    pub(super) fn hides(&self, statement: &DataStatement, but: &[&Call]) -> bool {
        self.has_routines() && self.any_call(but, |meet| visit::statement(statement, meet))
    }

    /// Says the same of a query.
    pub(super) fn query_hides(&self, query: &Query, but: &[&Call]) -> bool {
        self.has_routines() && self.any_call(but, |meet| visit::query(query, meet))
    }

    /// Passes over an expression, unless what it calls may change definitions.
    pub(super) fn computed(&self, expression: &Expression) -> Flow {
        let hides = match &expression.kind {
            ExpressionKind::Scalar(expr) => self.has_routines() && self.any_call(&[], |meet| visit::expr(expr, meet)),
            ExpressionKind::Query(query) => self.query_hides(query, &[]),
            ExpressionKind::Opaque(_) => false,
        };
        if hides { lost("an expression of a program calls a routine that changes definitions") } else { Flow::On }
    }

    fn has_routines(&self) -> bool {
        self.replay.catalog().objects_of(Class::Routine).next().is_some()
    }

    fn any_call(&self, but: &[&Call], walk: impl Fn(&mut dyn FnMut(Node<'_>))) -> bool {
        let mut any = false;
        walk(&mut |node| {
            if let Node::Expr(Expr { kind: ExprKind::Call(call), .. }) = node {
                let is_other = !but.iter().any(|known| std::ptr::eq(*known, &**call));
                any = any || is_other && self.changes_of_history(call);
            }
        });
        any
    }
}
