//! What `IF NOT EXISTS` finds must be what the statement would make: else it passes over a database that drifted.

use crate::catalog::Column;
use crate::changes::{Change, CreateIndex};
use crate::pg::{Name, TypeName};
use crate::query::Quoted;
use crate::statement::relation::Key;

/// Types that have a length although none is written.
const WITH_LENGTH: [&str; 3] = ["character", "char", "bit"];

/// A condition as SQL, and what is said where it does not hold.
pub(super) struct Shape {
    pub(super) holds: String,
    pub(super) otherwise: String,
}

/// Returns what must hold of what is there already, for the changes that would make it.
pub(super) fn shapes(changes: &[Change]) -> Vec<Shape> {
    let shapes = changes.iter().map(|change| match change {
        Change::CreateTable(create) => {
            create.relation.columns.iter().filter_map(|column| of_column(&create.table, column)).collect()
        }
        Change::AddColumn(add) => of_column(&add.table, &add.column).into_iter().collect(),
        Change::CreateIndex(create) => of_index(create).into_iter().collect(),
        _ => Vec::new(),
    });
    shapes.collect::<Vec<Vec<Shape>>>().into_iter().flatten().collect()
}

/// A column has a name, a type, and a length where the type has one.
fn of_column(table: &Name, column: &Column) -> Option<Shape> {
    let of_type = column.type_name.as_ref().filter(|found| !found.percent_type && !found.set_of)?;
    let length = length(of_type).map_or_else(String::new, |length| {
        let length = Quoted(&length).to_string();
        format!(
            "\n        AND coalesce(substring(format_type(atttypid, atttypmod) FROM '\\(([^)]*)\\)'), '') = {length}"
        )
    });
    let holds = format!(
        "EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass({}) AND attname = {}\n        \
         AND NOT attisdropped AND atttypid = to_regtype({}){length})",
        Quoted(&table.to_string()),
        Quoted(column.name.as_str()),
        Quoted(&of_type.to_string())
    );
    Some(Shape { holds, otherwise: otherwise(&format!("{table} has no column {} {of_type}", column.name)) })
}

/// Returns a type's length as the server writes it; `None` when it has one that is not written.
fn length(of_type: &TypeName) -> Option<String> {
    let last = of_type.name.last().to_string().to_lowercase();
    match (&of_type.modifiers[..], last.as_str()) {
        ([], word) if WITH_LENGTH.contains(&word) || of_type.interval.is_some() => None,
        ([one], "numeric" | "decimal") => Some(format!("{one},0")),
        (all, _) => Some(all.join(",")),
    }
}

/// An index over columns has a table, its columns, and is unique or not; expressions are not compared.
fn of_index(create: &CreateIndex) -> Option<Shape> {
    let definition = &create.index.definition;
    let name = create.table.parts.split_last().map(|(_, schema)| {
        let parts = schema.iter().cloned().chain([create.index.name.clone()]).collect();
        Name { parts, span: create.table.span }
    })?;
    let keys = definition.elements.iter().map(|element| match &element.key {
        Key::Column(column) => Some(Quoted(column.as_str()).to_string()),
        Key::Expression(_) => None,
    });
    let columns = keys.collect::<Option<Vec<String>>>().map_or_else(String::new, |keys| {
        format!(
            "\n        AND {} = ARRAY(SELECT attname::text FROM unnest(indkey) WITH ORDINALITY AS k (key, at)\n            \
             LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = k.key WHERE k.at <= indnkeyatts ORDER BY k.at)",
            format_args!("ARRAY[{}]", keys.join(", "))
        )
    });
    let (unique, whole) = (definition.unique, definition.predicate.is_none());
    let holds = format!(
        "EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass({}) AND indrelid = to_regclass({})\n        \
         AND indisvalid AND indisunique = {unique} AND (indpred IS NULL) = {whole}{columns})",
        Quoted(&name.to_string()),
        Quoted(&create.table.to_string())
    );
    Some(Shape { holds, otherwise: otherwise(&format!("{name} is another index")) })
}

fn otherwise(what: &str) -> String {
    format!("what is there already is not what the statement makes: {what}")
}
