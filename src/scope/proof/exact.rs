//! Values that are equal without being the same: where upper and lower case are one, where a collation decides, and fractions
//! that stand for what they cannot hold.

use super::analysis::Analysis;
use super::value::base;
use crate::catalog::Column;
use crate::pg::TypeName;
use crate::query::{Expr, ExprKind};
use crate::scope::classes;

impl Analysis<'_> {
    /// Says whether a column may be equal to each of two values that differ; what names tenants was looked at where it is
    /// known for that.
    pub(super) fn is_blurred(&self, column: &Column) -> bool {
        let tenancy = self.context.tenancy;
        let names_tenant = || {
            tenancy.tenant_columns.contains(&column.name)
                || tenancy.root.as_ref().is_some_and(|root| root.column == column.name)
        };
        let folds = column.type_name.as_ref().is_some_and(|of| self.is_blurred_type(of));
        let decides = column.collation.as_ref().is_some_and(|name| !self.context.effects.keeps_apart(name));
        (folds || decides) && !names_tenant()
    }

    /// Says whether a value is of such a type, and so is all that it is put together with.
    pub(super) fn makes_fractions(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Cast(_, to) => self.is_blurred_type(to),
            _ => self.type_of(expr).is_some_and(|of| self.is_blurred_type(&of)),
        }
    }

    /// Says whether values of a type are equal to values of others that differ from each other.
    pub(super) fn is_blurred_type(&self, of: &TypeName) -> bool {
        let is_rounded = |of: &TypeName| matches!(base(of), "float4" | "float8");
        classes::folds(of, self.context).is_some() || classes::beneath(of, self.catalog()).any(is_rounded)
    }
}
