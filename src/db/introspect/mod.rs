//! A live database as a catalog: read through `pg_catalog`, every definition by PostgreSQL's own functions.
//!
//! One query for each kind of object gives its rows as JSON, in one transaction and with no schema but `pg_catalog` in the
//! search path, so that names come qualified. The texts of definitions are read by the parsers that read migrations: what
//! they cannot read is an error that names its object. What initdb made, and what extensions made, is left out.

mod columns;
mod constraints;
mod error;
mod indexes;
mod objects;
mod options;
mod parts;
mod privileges;
mod query;
mod relations;
mod shares;
mod text;
mod types;

use std::collections::BTreeMap;

pub use error::IntrospectError;

use self::query::Reader;
use self::relations::Found;
use self::shares::Shares;
use super::{Connection, DbError};
use crate::catalog::{Catalog, Doubt, Origin};
use crate::pg::{Ident, PgVersion};

/// What is wanted of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntrospectOptions {
    /// The search path that the catalog gets.
    pub search_path: Vec<Ident>,
    /// The schemas to which objects are limited; `None` for all, and for what lives in no schema.
    pub schemas: Option<Vec<Ident>>,
}

/// Reads the schema of a database, all of it as of one moment.
///
/// # Errors
///
/// The server's, or the first definition that is not understood.
pub fn introspect(connection: &mut Connection, options: &IntrospectOptions) -> Result<Catalog, IntrospectError> {
    let catalog = Reader::begin(connection, options.schemas.clone())
        .map_err(IntrospectError::from)
        .and_then(|mut reader| read(&mut reader, options));
    // Nothing was written; a connection on which this fails is gone, and the first error says more.
    let end = connection.execute("ROLLBACK");
    let catalog = catalog?;
    end?;
    Ok(catalog)
}

/// Returns the version of a server.
///
/// # Errors
///
/// The server's, or a connection that is lost.
pub fn version(connection: &mut Connection) -> Result<PgVersion, DbError> {
    let outcome = connection.execute("SELECT current_setting('server_version_num')::integer / 10000")?;
    let value = outcome.rows.and_then(|rows| rows.values.into_iter().flatten().next()).flatten();
    let major = value.and_then(|text| text.parse().ok()).unwrap_or_default();
    Ok(PgVersion::nearest(major))
}

/// Reads the schema of a database within the open transaction of a connection.
///
/// # Errors
///
/// As [`introspect`].
pub(in crate::db) fn within(
    connection: &mut Connection,
    options: &IntrospectOptions,
) -> Result<Catalog, IntrospectError> {
    read(&mut Reader::within(connection, options.schemas.clone())?, options)
}

fn read(reader: &mut Reader<'_>, options: &IntrospectOptions) -> Result<Catalog, IntrospectError> {
    let mut shares = Shares::read(reader)?;
    let mut found = Found { relations: BTreeMap::new(), composites: BTreeMap::new() };
    relations::read(reader, &mut shares, &mut found)?;
    columns::read(reader, &mut shares, &mut found)?;
    parts::sequences(reader, &mut found)?;
    constraints::read(reader, &mut shares, &mut found)?;
    indexes::read(reader, &mut shares, &mut found)?;
    parts::triggers(reader, &mut shares, &mut found)?;
    parts::policies(reader, &mut shares, &mut found)?;
    parts::rules(reader, &mut shares, &mut found)?;
    let mut catalog = Catalog::new(options.search_path.clone());
    catalog.version = PgVersion::nearest(reader.major);
    let composites = std::mem::take(&mut found.composites);
    found.relations.into_values().for_each(|relation| drop(catalog.insert(relation)));
    types::read(reader, &mut shares, composites, &mut catalog)?;
    objects::read(reader, &mut shares, &mut catalog)?;
    if options.schemas.is_none() {
        privileges::defaults(reader, &mut catalog)?;
        let rest = shares.rest(reader)?;
        catalog.doubt = rest.map(|reason| Doubt { reason, origin: Origin::default() });
    }
    Ok(catalog)
}
