//! Values that are equal without being the same: where upper and lower case are one, where a collation decides, and fractions
//! that stand for what they cannot hold.

use super::analysis::Analysis;
use super::value::base;
use crate::catalog::{Column, Definition};
use crate::pg::TypeName;

/// How many domains over domains are followed.
const DOMAINS: usize = 8;

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

    /// Says whether values of a type are equal to values of others that differ from each other.
    pub(super) fn is_blurred_type(&self, of: &TypeName) -> bool {
        let mut of = of;
        for _ in 0..DOMAINS {
            if of.name.last() == "citext" || matches!(base(of), "float4" | "float8") {
                return true;
            }
            // A type of PostgreSQL's own is no domain.
            let domain = if is_plain(of) { None } else { self.catalog().type_named(&of.name) };
            match domain.map(|object| &object.definition) {
                Some(Definition::Domain(domain)) => {
                    if domain.collation.as_ref().is_some_and(|name| !self.context.effects.keeps_apart(name)) {
                        return true;
                    }
                    of = &domain.type_name;
                }
                _ => return false,
            }
        }
        true
    }
}

/// Says whether a type is one of those that most columns have.
fn is_plain(of: &TypeName) -> bool {
    const PLAIN: &[&str] = &["bool", "date", "int2", "int4", "int8", "jsonb", "numeric", "text", "timestamptz", "uuid"];
    PLAIN.contains(&base(of))
}
