//! Defaults as PostgreSQL keeps them.

use super::{Catalog, Definition};
use crate::pg::{TypeName, builtin};
use crate::query::{Expr, ExprKind, Literal};

impl Catalog {
    /// Returns what is kept of a default of a column of a type: of NULL nothing, but for a domain, where it replaces the domain's own.
    ///
    /// Source: `AddRelationNewConstraints` of PostgreSQL 15.
    pub fn kept_default(&self, default: Option<Expr>, of: Option<&TypeName>) -> Option<Expr> {
        default.filter(|value| !is_null(value) || of.is_none_or(|of| self.may_be_domain(of)))
    }

    fn may_be_domain(&self, of: &TypeName) -> bool {
        match self.type_named(&of.name) {
            Some(found) => of.bounds.is_empty() && matches!(found.definition, Definition::Domain(_)),
            // An extension may have brought it.
            None => of.builtin_name().is_none_or(|name| !builtin::is_type(name)),
        }
    }
}

fn is_null(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Literal(literal) => *literal == Literal::Null,
        ExprKind::Cast(inner, of) => of.modifiers.is_empty() && is_null(inner),
        _ => false,
    }
}
