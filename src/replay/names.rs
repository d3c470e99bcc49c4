//! Names in queries and expressions that mean nothing: PostgreSQL refuses the statement.

use super::Lowering;
use crate::catalog::{Catalog, CatalogError, Class, Relation};
use crate::pg::{Ident, Name};
use crate::query::{Expr, columns};
use crate::resolve::{Resolution, Source};

/// Columns that every table has.
const SYSTEM: [&str; 6] = ["tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"];

/// Takes note of names that mean nothing; `of` says in whose definition they stand.
pub(super) fn check(lowering: &mut Lowering<'_>, resolution: &Resolution, of: &str) {
    if let Some(sqlstate) = resolution.refusal() {
        return lowering.fail(CatalogError::Refused { sqlstate, message: format!("{of} names what is not there") });
    }
    let missing = resolution.entries().find_map(|(_, entry)| match &entry.source {
        Source::Outside(name, _) if !may_be_there(lowering.catalog, name) => Some(name.clone()),
        _ => None,
    });
    missing.into_iter().for_each(|name| lowering.fail(CatalogError::UndefinedTable(name)));
}

/// Says whether PostgreSQL or an extension may have brought a relation.
fn may_be_there(catalog: &Catalog, name: &Name) -> bool {
    let own = |schema: &Ident| *schema == "information_schema" || schema.as_str().starts_with("pg_");
    name.schema().is_some_and(own) || name.last().as_str().starts_with("pg_") || has_extensions(catalog)
}

/// Says whether extensions may have brought what the history does not make.
pub(super) fn has_extensions(catalog: &Catalog) -> bool {
    catalog.objects_of(Class::Extension).any(|found| *found.id.name.last() != "plpgsql")
}

/// Returns the first column that an expression of a table names and the table does not have.
pub(super) fn missing_column(table: &Relation, expr: &Expr) -> Option<Ident> {
    let has = |name: &Ident| table.column(name).is_some() || SYSTEM.contains(&name.as_str());
    // The table's own name stands for the whole row.
    columns::named(expr).into_iter().find(|name| !has(name) && name != table.name.last())
}
