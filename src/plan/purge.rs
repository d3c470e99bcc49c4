//! What drops for good what earlier migrations took out of sight.

use crate::catalog::{Catalog, Class, Column, Relation};
use crate::replay::retire::{is_attic, is_retired, is_shelved};

/// Returns the statements, each with the directive that accepts that nothing undoes it; empty when all is in sight.
pub fn purge(catalog: &Catalog) -> String {
    let shelved = || catalog.relations().filter(|found| found.is_table() && is_shelved(&found.name));
    // A partition goes with its table.
    let tables = shelved().filter(|found| !found.parents.iter().any(is_shelved));
    let tables = tables.map(|found| format!("DROP TABLE {}", catalog.shown(&found.name)));
    let in_sight = catalog.relations().filter(|found| found.is_table() && !is_shelved(&found.name));
    let columns = in_sight.flat_map(|table| columns(catalog, table));
    let objects = catalog.objects().filter(|found| found.schema().is_some_and(is_attic));
    let objects = objects.map(|found| format!("DROP {}", found.words(catalog.plain_schema())));
    let schemas = catalog.objects_of(Class::Schema).filter(|found| is_attic(found.id.name.last()));
    let schemas = schemas.map(|found| format!("DROP SCHEMA {}", found.id.name.last()));
    let statement = |sql: String| {
        format!("-- tenet: irreversible because it has been out of sight, and nobody needs it back\n{sql};\n")
    };
    tables.chain(columns).chain(objects).chain(schemas).map(statement).collect()
}

fn columns(catalog: &Catalog, table: &Relation) -> Vec<String> {
    let own = table.columns.iter().filter(|column| is_retired(&column.name) && !column.inherited);
    // What is computed goes before what it is computed from.
    let (plain, computed): (Vec<&Column>, Vec<&Column>) = own.partition(|column| column.computed_from().is_empty());
    computed
        .into_iter()
        .chain(plain)
        .map(|column| format!("ALTER TABLE {} DROP COLUMN {}", catalog.shown(&table.name), column.name))
        .collect()
}
