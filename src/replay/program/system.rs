//! The rows of PostgreSQL's own relations, as far as the catalog decides them.

use std::collections::BTreeMap;

use super::value::Constant;
use crate::catalog::{Catalog, Class, ConstraintKind, Definition, Kind, Relation};
use crate::pg::{Ident, Name};

/// The columns of a row that are known.
type Row = BTreeMap<&'static str, Constant>;

/// Returns the rows of a relation of PostgreSQL's own; `None` for any other, and for what the catalog does not tell.
pub(super) fn rows(catalog: &Catalog, name: &Name) -> Option<Vec<BTreeMap<Ident, Constant>>> {
    let rows = known(catalog, name)?.into_iter();
    let named = |row: Row| row.into_iter().map(|(column, value)| (Ident::exact(column), value)).collect();
    Some(rows.map(named).collect())
}

fn known(catalog: &Catalog, name: &Name) -> Option<Vec<Row>> {
    let schema = name.schema().map_or("pg_catalog", Ident::as_str);
    match (schema, name.last().as_str()) {
        ("pg_catalog", "pg_class") => Some(catalog.relations().flat_map(classes).collect()),
        ("pg_catalog", "pg_attribute") => Some(catalog.relations().flat_map(attributes).collect()),
        ("pg_catalog", "pg_constraint") => Some(catalog.relations().flat_map(constraints).collect()),
        ("pg_catalog", "pg_index") => Some(catalog.relations().flat_map(index_numbers).collect()),
        ("pg_catalog", "pg_indexes") => Some(catalog.relations().flat_map(indexes).collect()),
        ("pg_catalog", "pg_trigger") => Some(catalog.relations().flat_map(triggers).collect()),
        ("information_schema", "triggers") => Some(catalog.relations().flat_map(triggers).collect()),
        ("pg_catalog", "pg_policies" | "pg_policy") => Some(catalog.relations().flat_map(policies).collect()),
        ("pg_catalog", "pg_inherits") => Some(catalog.relations().flat_map(parents).collect()),
        ("pg_catalog", "pg_tables") => Some(of_kind(catalog, is_table, "tablename")),
        ("pg_catalog", "pg_views") => Some(of_kind(catalog, |kind| kind == Kind::View, "viewname")),
        ("pg_catalog", "pg_matviews") => Some(of_kind(catalog, |kind| kind == Kind::MaterializedView, "matviewname")),
        ("pg_catalog", "pg_sequences") => Some(of_kind(catalog, |kind| kind == Kind::Sequence, "sequencename")),
        ("pg_catalog", "pg_type") => Some(types(catalog)),
        ("pg_catalog", "pg_enum") => Some(labels(catalog)),
        ("pg_catalog", "pg_proc") => Some(named(catalog, Class::Routine, "proname", "pronamespace")),
        ("pg_catalog", "pg_extension") => Some(named(catalog, Class::Extension, "extname", "extnamespace")),
        ("pg_catalog", "pg_publication") => Some(named(catalog, Class::Publication, "pubname", "pubnamespace")),
        ("pg_catalog", "pg_roles" | "pg_authid" | "pg_user") => Some(roles(catalog)),
        ("pg_catalog", "pg_namespace") | ("information_schema", "schemata") => Some(schemas(catalog)),
        ("information_schema", "tables") => Some(catalog.relations().filter_map(table).collect()),
        ("information_schema", "views") => Some(of_kind(catalog, |kind| kind == Kind::View, "table_name")),
        ("information_schema", "sequences") => Some(of_kind(catalog, |kind| kind == Kind::Sequence, "sequence_name")),
        ("information_schema", "columns") => Some(catalog.relations().flat_map(attributes).collect()),
        ("information_schema", "table_constraints") => Some(catalog.relations().flat_map(constraints).collect()),
        ("information_schema", "routines") => Some(named(catalog, Class::Routine, "routine_name", "routine_schema")),
        _ => None,
    }
}

fn text(text: impl ToString) -> Constant {
    Constant::Text(text.to_string())
}

fn plain(name: &Ident) -> Constant {
    text(name.as_str())
}

/// Stands for the number of a relation.
pub(super) fn class(name: &Name) -> Constant {
    Constant::Object(format!("class {name}"))
}

/// Stands for the number of a schema.
pub(super) fn namespace(name: &Ident) -> Constant {
    Constant::Object(format!("namespace {name}"))
}

/// The columns by which most relations of PostgreSQL's own name a relation.
fn place(relation: &Relation) -> Row {
    let schema = relation.name.schema().map_or("", Ident::as_str);
    let name = relation.name.last();
    let catalog = [("table_catalog", None), ("table_name", Some(plain(name))), ("tablename", Some(plain(name)))];
    let schemas = ["table_schema", "schemaname", "constraint_schema", "trigger_schema", "event_object_schema"];
    let names = catalog.into_iter().filter_map(|(column, value)| Some((column, value?)));
    let mut row: Row = names.chain(schemas.map(|column| (column, text(schema)))).collect();
    row.insert("event_object_table", plain(name));
    row
}

fn classes(relation: &Relation) -> Vec<Row> {
    let kind = match relation.kind {
        Kind::Table | Kind::Temporary | Kind::TableAs => "r",
        Kind::Partitioned => "p",
        Kind::Foreign => "f",
        Kind::View => "v",
        Kind::MaterializedView => "m",
        Kind::Sequence => "S",
    };
    let schema = relation.name.schema();
    let row = |name: &Ident, kind: &str| -> Row {
        let qualified = Name { parts: schema.into_iter().chain([name]).cloned().collect(), span: relation.name.span };
        let of = schema.map_or(Constant::Null, namespace);
        Row::from([("relname", plain(name)), ("relkind", text(kind)), ("relnamespace", of), ("oid", class(&qualified))])
    };
    let behind = relation.constraints.iter().filter(|found| found.kind.has_index()).map(|found| &found.name);
    let indexes = relation.indexes.iter().map(|index| &index.name).chain(behind);
    let mut own = row(relation.name.last(), kind);
    own.insert("relrowsecurity", Constant::Boolean(relation.row_security));
    own.insert("relispartition", Constant::Boolean(relation.bound.is_some()));
    std::iter::once(own).chain(indexes.map(|name| row(name, "i"))).collect()
}

fn attributes(relation: &Relation) -> Vec<Row> {
    let columns = relation.columns.iter().zip(1..);
    let row = |(column, number): (&crate::catalog::Column, i64)| {
        let mut row = place(relation);
        row.insert("column_name", plain(&column.name));
        row.insert("attname", plain(&column.name));
        row.insert("attrelid", class(&relation.name));
        row.insert("attnum", Constant::Number(number));
        row.insert("attisdropped", Constant::Boolean(false));
        row.insert("attnotnull", Constant::Boolean(column.not_null));
        row.insert("is_nullable", text(if column.not_null { "NO" } else { "YES" }));
        let data_type = column.type_name.as_ref().and_then(|of| data_type(of));
        data_type.into_iter().for_each(|word| drop(row.insert("data_type", text(word))));
        row
    };
    columns.map(row).collect()
}

/// Returns how information_schema calls a type.
fn data_type(of: &crate::pg::TypeName) -> Option<&'static str> {
    if !of.bounds.is_empty() {
        return Some("ARRAY");
    }
    Some(match of.name.last().as_str() {
        "int2" => "smallint",
        "int4" => "integer",
        "int8" => "bigint",
        "text" => "text",
        "varchar" => "character varying",
        "bpchar" => "character",
        "bool" => "boolean",
        "uuid" => "uuid",
        "json" => "json",
        "jsonb" => "jsonb",
        "timestamp" => "timestamp without time zone",
        "timestamptz" => "timestamp with time zone",
        "date" => "date",
        "numeric" => "numeric",
        "bytea" => "bytea",
        "float8" => "double precision",
        "float4" => "real",
        _ => return None,
    })
}

fn constraints(relation: &Relation) -> Vec<Row> {
    let row = |found: &crate::catalog::Constraint| {
        let (letter, words) = match found.kind {
            ConstraintKind::Check => ("c", "CHECK"),
            ConstraintKind::NotNull(_) => ("n", "CHECK"),
            ConstraintKind::Unique(_) => ("u", "UNIQUE"),
            ConstraintKind::PrimaryKey(_) => ("p", "PRIMARY KEY"),
            ConstraintKind::Exclude => ("x", "EXCLUDE"),
            ConstraintKind::ForeignKey { .. } => ("f", "FOREIGN KEY"),
        };
        let mut row = place(relation);
        row.insert("conname", plain(&found.name));
        row.insert("constraint_name", plain(&found.name));
        row.insert("contype", text(letter));
        row.insert("constraint_type", text(words));
        row.insert("conrelid", class(&relation.name));
        row.insert("convalidated", Constant::Boolean(found.validated));
        row.insert("connamespace", relation.name.schema().map_or(Constant::Null, namespace));
        row
    };
    relation.constraints.iter().map(row).collect()
}

fn indexes(relation: &Relation) -> Vec<Row> {
    let behind = relation.constraints.iter().filter(|found| found.kind.has_index()).map(|found| &found.name);
    let names = relation.indexes.iter().map(|index| &index.name).chain(behind);
    names
        .map(|name| {
            let mut row = place(relation);
            row.insert("indexname", plain(name));
            row
        })
        .collect()
}

fn index_numbers(relation: &Relation) -> Vec<Row> {
    let row = |name: &Ident| {
        let parts = relation.name.schema().into_iter().chain([name]).cloned().collect();
        let index = Name { parts, span: relation.name.span };
        Row::from([("indrelid", class(&relation.name)), ("indexrelid", class(&index))])
    };
    let behind = relation.constraints.iter().filter(|found| found.kind.has_index()).map(|found| &found.name);
    relation.indexes.iter().map(|index| &index.name).chain(behind).map(row).collect()
}

fn triggers(relation: &Relation) -> Vec<Row> {
    let row = |name: &Ident| {
        let mut row = place(relation);
        row.insert("tgname", plain(name));
        row.insert("trigger_name", plain(name));
        row.insert("tgrelid", class(&relation.name));
        row.insert("tgisinternal", Constant::Boolean(false));
        row
    };
    relation.triggers.keys().map(row).collect()
}

fn policies(relation: &Relation) -> Vec<Row> {
    let row = |name: &Ident| {
        let mut row = place(relation);
        row.insert("policyname", plain(name));
        row.insert("polname", plain(name));
        row.insert("polrelid", class(&relation.name));
        row
    };
    relation.policies.keys().map(row).collect()
}

fn parents(relation: &Relation) -> Vec<Row> {
    let row = |parent: &Name| Row::from([("inhrelid", class(&relation.name)), ("inhparent", class(parent))]);
    relation.parents.iter().map(row).collect()
}

fn is_table(kind: Kind) -> bool {
    matches!(kind, Kind::Table | Kind::Partitioned | Kind::Temporary | Kind::TableAs)
}

fn of_kind(catalog: &Catalog, wanted: impl Fn(Kind) -> bool, column: &'static str) -> Vec<Row> {
    let relations = catalog.relations().filter(|relation| wanted(relation.kind));
    let row = |relation: &Relation| {
        let mut row = place(relation);
        row.insert(column, plain(relation.name.last()));
        row.insert("sequence_schema", text(relation.name.schema().map_or("", Ident::as_str)));
        row
    };
    relations.map(row).collect()
}

fn table(relation: &Relation) -> Option<Row> {
    let kind = match relation.kind {
        Kind::Table | Kind::Partitioned | Kind::TableAs => "BASE TABLE",
        Kind::Temporary => "LOCAL TEMPORARY",
        Kind::Foreign => "FOREIGN",
        Kind::View => "VIEW",
        Kind::MaterializedView | Kind::Sequence => return None,
    };
    let mut row = place(relation);
    row.insert("table_type", text(kind));
    Some(row)
}

fn named(catalog: &Catalog, class: Class, column: &'static str, schema: &'static str) -> Vec<Row> {
    let objects = catalog.objects().filter(|object| object.id.class == class);
    let row = |name: &Name| {
        let mut row = Row::from([(column, plain(name.last()))]);
        if let Some(found) = name.schema() {
            let is_word = schema == "routine_schema";
            row.insert(schema, if is_word { plain(found) } else { namespace(found) });
        }
        row
    };
    objects.map(|object| row(&object.id.name)).collect()
}

fn roles(catalog: &Catalog) -> Vec<Row> {
    let objects = catalog.objects().filter(|object| object.id.class == Class::Role);
    objects
        .map(|object| object.id.name.last())
        .map(|name| Row::from([("rolname", plain(name)), ("usename", plain(name))]))
        .collect()
}

fn schemas(catalog: &Catalog) -> Vec<Row> {
    let made = catalog.objects().filter(|object| object.id.class == Class::Schema);
    let own = ["public", "pg_catalog", "information_schema"].map(Ident::exact);
    let mut names: Vec<Ident> = made.map(|object| object.id.name.last().clone()).chain(own).collect();
    names.sort();
    names.dedup();
    let row =
        |name: &Ident| Row::from([("nspname", plain(name)), ("schema_name", plain(name)), ("oid", namespace(name))]);
    names.iter().map(row).collect()
}

fn type_row(name: &Name, kind: &str) -> Row {
    let of = name.schema().map_or(Constant::Null, namespace);
    let oid = Constant::Object(format!("type {name}"));
    Row::from([("typname", plain(name.last())), ("typnamespace", of), ("oid", oid), ("typtype", text(kind))])
}

fn types(catalog: &Catalog) -> Vec<Row> {
    let objects = catalog.objects().filter(|object| object.is_type());
    let kind = |definition: &Definition| match definition {
        Definition::Enum(_) => "e",
        Definition::Domain(_) => "d",
        Definition::Range(_) => "r",
        Definition::Composite(_) => "c",
        _ => "b",
    };
    let made = objects.map(|object| type_row(&object.id.name, kind(&object.definition)));
    let rows = catalog.relations().filter(|relation| relation.kind != Kind::Sequence);
    made.chain(rows.map(|relation| type_row(&relation.name, "c"))).collect()
}

fn labels(catalog: &Catalog) -> Vec<Row> {
    let mut rows = Vec::new();
    for object in catalog.objects() {
        let Definition::Enum(labels) = &object.definition else { continue };
        let oid = Constant::Object(format!("type {}", object.id.name));
        rows.extend(labels.iter().map(|label| Row::from([("enumlabel", text(label)), ("enumtypid", oid.clone())])));
    }
    rows
}
