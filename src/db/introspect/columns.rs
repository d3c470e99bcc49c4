//! Columns of relations, and attributes of composite types.

use serde::Deserialize;

use super::IntrospectError;
use super::options;
use super::query::Reader;
use super::relations::Found;
use super::shares::Shares;
use super::text::{Types, expression, name};
use crate::catalog::{Column, Generated};
use crate::pg::{Ident, Name};
use crate::source::Span;
use crate::statement::relation::{Attribute, GeneratedStorage, GeneratedWhen};

#[derive(Deserialize)]
struct Row {
    relation: i64,
    number: i32,
    name: String,
    type_name: String,
    not_null: bool,
    collation: Option<String>,
    value: Option<String>,
    identity: Option<Identity>,
    generated: Option<Computed>,
    storage: Option<Storage>,
    compression: Option<Compression>,
    statistics: Option<i64>,
    options: Option<Vec<String>>,
    foreign_options: Option<Vec<String>>,
    inherited: bool,
}

/// `pg_attribute.attidentity`.
#[derive(Clone, Copy, Deserialize)]
enum Identity {
    #[serde(rename = "a")]
    Always,
    #[serde(rename = "d")]
    ByDefault,
}

/// `pg_attribute.attgenerated`.
#[derive(Clone, Copy, Deserialize)]
enum Computed {
    #[serde(rename = "s")]
    Stored,
    #[serde(rename = "v")]
    Virtual,
}

/// `pg_attribute.attstorage`.
#[derive(Clone, Copy, Deserialize)]
enum Storage {
    #[serde(rename = "p")]
    Plain,
    #[serde(rename = "e")]
    External,
    #[serde(rename = "x")]
    Extended,
    #[serde(rename = "m")]
    Main,
}

/// `pg_attribute.attcompression`.
#[derive(Clone, Copy, Deserialize)]
enum Compression {
    #[serde(rename = "p")]
    Pglz,
    #[serde(rename = "l")]
    Lz4,
}

/// Where a column stands, for messages.
struct Place<'a>(&'a Name, &'a str);

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "column {} of {}", self.1, self.0)
    }
}

/// Reads the columns.
pub(super) fn read(reader: &mut Reader<'_>, shares: &mut Shares, found: &mut Found) -> Result<(), IntrospectError> {
    let mut types = Types::default();
    for row in reader.rows::<Row>(include_str!("sql/columns.sql"))? {
        if let Some(relation) = found.relations.get_mut(&row.relation) {
            let mut column = column(&row, &relation.name, &mut types)?;
            column.shared = shares.take("pg_class", row.relation, row.number);
            relation.columns.push(column);
        } else if let Some(composite) = found.composites.get_mut(&row.relation) {
            let place = Place(&composite.name, &row.name);
            let attribute = Attribute {
                span: Span::default(),
                name: Ident::exact(&row.name),
                type_name: types.read(&place, &row.type_name)?,
                collation: row.collation.as_deref().map(|text| name(&place, text)).transpose()?,
            };
            let shared = shares.take("pg_class", row.relation, row.number);
            composite.definition.update_shared(&attribute.name, |found| *found = shared);
            composite.definition.attributes.push(attribute);
        }
    }
    Ok(())
}

fn column(row: &Row, relation: &Name, types: &mut Types) -> Result<Column, IntrospectError> {
    let place = Place(relation, &row.name);
    let mut column = Column::new(Ident::exact(&row.name), Some(types.read(&place, &row.type_name)?));
    column.collation = row.collation.as_deref().map(|text| name(&place, text)).transpose()?;
    column.not_null = row.not_null;
    let value = row.value.as_deref().map(|text| expression(&place, text)).transpose()?;
    match (row.generated, value) {
        (Some(Computed::Stored), Some(value)) => {
            column.generated = Some(Generated::Expression(Box::new(value), GeneratedStorage::Stored))
        }
        (Some(Computed::Virtual), Some(value)) => {
            column.generated = Some(Generated::Expression(Box::new(value), GeneratedStorage::Virtual))
        }
        (_, value) => column.default = value,
    }
    if let Some(identity) = row.identity {
        column.generated = Some(Generated::Identity(match identity {
            Identity::Always => GeneratedWhen::Always,
            Identity::ByDefault => GeneratedWhen::ByDefault,
        }));
    }
    column.storage = row.storage.map(storage).map(Ident::exact);
    column.compression = row.compression.map(compression).map(Ident::exact);
    column.statistics = row.statistics;
    column.parameters = options::parameters(&place, "", &row.options)?;
    column.options = options::generic(&row.foreign_options);
    column.inherited = row.inherited;
    Ok(column)
}

fn storage(storage: Storage) -> &'static str {
    match storage {
        Storage::Plain => "plain",
        Storage::External => "external",
        Storage::Extended => "extended",
        Storage::Main => "main",
    }
}

fn compression(compression: Compression) -> &'static str {
    match compression {
        Compression::Pglz => "pglz",
        Compression::Lz4 => "lz4",
    }
}
