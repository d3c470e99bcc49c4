//! Objects of which the statement that makes them is kept.

use serde::Deserialize;

use super::IntrospectError;
use super::parts::Enabled;
use super::query::Reader;
use super::shares::Shares;
use super::text::{qualified, statement};
use crate::catalog::{Catalog, Class, Definition, Extension, Object, ObjectId, Origin};
use crate::pg::{Ident, Name};
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::object::Statement as ObjectStatement;
use crate::statement::object::trigger::Firing;

#[derive(Deserialize)]
struct Row {
    oid: i64,
    schema: Option<String>,
    name: Option<String>,
    definition: String,
    firing: Option<Enabled>,
    /// Statements that complete what the first makes.
    #[serde(default)]
    more: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct SchemaRow {
    oid: i64,
    name: String,
}

#[derive(Deserialize)]
struct ExtensionRow {
    oid: i64,
    name: String,
    schema: String,
    version: String,
    comment: Option<String>,
}

/// A kind of object: the class, the catalog that it stands in, and the query for its rows.
struct Kind(Class, &'static str, &'static str);

const KINDS: &[Kind] = &[
    Kind(Class::Routine, "pg_proc", include_str!("sql/routines.sql")),
    Kind(Class::Routine, "pg_proc", include_str!("sql/aggregates.sql")),
    Kind(Class::Operator, "pg_operator", include_str!("sql/operators.sql")),
    Kind(Class::OperatorFamily, "pg_opfamily", include_str!("sql/operator_families.sql")),
    Kind(Class::OperatorClass, "pg_opclass", include_str!("sql/operator_classes.sql")),
    Kind(Class::Cast, "pg_cast", include_str!("sql/casts.sql")),
    Kind(Class::Conversion, "pg_conversion", include_str!("sql/conversions.sql")),
    Kind(Class::Collation, "pg_collation", include_str!("sql/collations.sql")),
    Kind(Class::Transform, "pg_transform", include_str!("sql/transforms.sql")),
    Kind(Class::Language, "pg_language", include_str!("sql/languages.sql")),
    Kind(Class::AccessMethod, "pg_am", include_str!("sql/access_methods.sql")),
    Kind(Class::TextSearchParser, "pg_ts_parser", include_str!("sql/text_search_parsers.sql")),
    Kind(Class::TextSearchTemplate, "pg_ts_template", include_str!("sql/text_search_templates.sql")),
    Kind(Class::TextSearchDictionary, "pg_ts_dict", include_str!("sql/text_search_dictionaries.sql")),
    Kind(Class::TextSearchConfiguration, "pg_ts_config", include_str!("sql/text_search_configurations.sql")),
    Kind(Class::ForeignDataWrapper, "pg_foreign_data_wrapper", include_str!("sql/wrappers.sql")),
    Kind(Class::Server, "pg_foreign_server", include_str!("sql/servers.sql")),
    Kind(Class::UserMapping, "pg_user_mapping", include_str!("sql/user_mappings.sql")),
    Kind(Class::Statistics, "pg_statistic_ext", include_str!("sql/statistics.sql")),
    Kind(Class::Publication, "pg_publication", include_str!("sql/publications.sql")),
    Kind(Class::Subscription, "pg_subscription", include_str!("sql/subscriptions.sql")),
    Kind(Class::EventTrigger, "pg_event_trigger", include_str!("sql/event_triggers.sql")),
];

/// Reads schemas, extensions, and every kind of object of which a statement is kept.
pub(super) fn read(reader: &mut Reader<'_>, shares: &mut Shares, catalog: &mut Catalog) -> Result<(), IntrospectError> {
    for row in reader.rows::<SchemaRow>(include_str!("sql/schemas.sql"))? {
        if !reader.wants(&row.name) {
            continue;
        }
        let mut object = Object::new(plain(Class::Schema, &row.name), Definition::Schema, Origin::default());
        object.shared = shares.take("pg_namespace", row.oid, 0);
        catalog.insert_object(object);
    }
    for row in reader.rows::<ExtensionRow>(include_str!("sql/extensions.sql"))? {
        let schema = Some(Ident::exact(&row.schema));
        let extension = Extension { schema, version: Some(row.version), comment: row.comment };
        let id = plain(Class::Extension, &row.name);
        let mut object = Object::new(id, Definition::Extension(extension), Origin::default());
        object.shared = shares.take("pg_extension", row.oid, 0);
        catalog.insert_object(object);
    }
    for kind in KINDS {
        for row in reader.rows::<Row>(kind.2)? {
            let shared = shares.take(kind.1, row.oid, 0);
            let mut object = object(kind, row)?;
            object.shared = shared;
            catalog.insert_object(object);
        }
    }
    Ok(())
}

fn plain(class: Class, name: &str) -> ObjectId {
    ObjectId::new(class, Name::simple(Ident::exact(name), Span::default()))
}

fn object(kind: &Kind, row: Row) -> Result<Object, IntrospectError> {
    let name = match (&row.schema, &row.name) {
        (Some(schema), Some(name)) => qualified(schema, name),
        (None, Some(name)) => Name::simple(Ident::exact(name), Span::default()),
        _ => Name::simple(Ident::exact(""), Span::default()),
    };
    let place = format!("{} {name}", kind.0.to_string().to_lowercase());
    let mut found = statement(&place, &row.definition)?;
    set_created(&mut found);
    let completed = row.more.iter().flatten().map(|text| statement(&place, text)).collect::<Result<_, _>>()?;
    let id = id(kind.0, name, &found);
    let definition = match (row.firing, kind.0) {
        (Some(enabled), _) => Definition::EventTrigger(found.into(), firing(enabled)),
        (None, Class::Statistics | Class::TextSearchConfiguration | Class::OperatorFamily) => {
            Definition::Extended(found.into(), completed)
        }
        (None, _) => Definition::Statement(found.into()),
    };
    let mut object = Object::new(id, definition, Origin::default());
    object.id = object.identity();
    Ok(object)
}

/// Names an object by what stands beside its definition.
fn id(class: Class, name: Name, definition: &Statement) -> ObjectId {
    let Statement::Object(made) = definition else { return ObjectId::new(class, name) };
    match &**made {
        ObjectStatement::CreateOperatorClass(create) => ObjectId::using(class, name, &create.method),
        ObjectStatement::CreateOperatorFamily(create) => ObjectId::using(class, name, &create.method),
        _ => ObjectId::new(class, name),
    }
}

/// PostgreSQL writes functions so that they replace what is there.
fn set_created(statement: &mut Statement) {
    if let Statement::Object(made) = statement
        && let ObjectStatement::CreateFunction(create) = &mut **made
    {
        create.or_replace = false;
    }
}

fn firing(enabled: Enabled) -> Firing {
    match enabled {
        Enabled::Origin => Firing::Enable,
        Enabled::Disabled => Firing::Disable,
        Enabled::Replica => Firing::Replica,
        Enabled::Always => Firing::Always,
    }
}
