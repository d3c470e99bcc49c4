//! What objects of all kinds share: read at once for all of them, and handed out as they are made.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::IntrospectError;
use super::privileges;
use super::query::Reader;
use crate::catalog::{Properties, Shared};
use crate::pg::Ident;

/// The properties of every object that has some, by catalog, number and part of the object.
#[derive(Debug, Default)]
pub(super) struct Shares(BTreeMap<String, BTreeMap<(i64, i32), Properties>>);

#[derive(Deserialize)]
struct Comment {
    catalog: String,
    oid: i64,
    part: i32,
    text: String,
}

#[derive(Deserialize)]
struct Label {
    catalog: String,
    oid: i64,
    part: i32,
    provider: String,
    label: String,
}

#[derive(Deserialize)]
struct Owner {
    catalog: String,
    oid: i64,
    owner: String,
}

#[derive(Deserialize)]
struct Dependency {
    catalog: String,
    oid: i64,
    extension: String,
}

#[derive(Deserialize)]
struct Described {
    object: Option<String>,
}

impl Shares {
    /// Reads comments, labels, owners, privileges and dependencies on extensions.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, IntrospectError> {
        let mut shares = Shares::default();
        for row in reader.rows::<Comment>(include_str!("sql/comments.sql"))? {
            shares.of(&row.catalog, row.oid, row.part).comment = Some(row.text);
        }
        for row in reader.rows::<Label>(include_str!("sql/labels.sql"))? {
            shares.of(&row.catalog, row.oid, row.part).labels.insert(row.provider, row.label);
        }
        for row in reader.rows::<Owner>(include_str!("sql/owners.sql"))? {
            shares.of(&row.catalog, row.oid, 0).owner = Some(Ident::exact(&row.owner));
        }
        for row in reader.rows::<Dependency>(include_str!("sql/extension_dependencies.sql"))? {
            shares.of(&row.catalog, row.oid, 0).depends_on.insert(Ident::exact(&row.extension));
        }
        for row in reader.rows::<privileges::Row>(include_str!("sql/privileges.sql"))? {
            let acl = &mut shares.of(&row.catalog, row.oid, row.part).privileges;
            row.privilege.give(acl.get_or_insert_default());
        }
        Ok(shares)
    }

    fn of(&mut self, catalog: &str, oid: i64, part: i32) -> &mut Properties {
        if !self.0.contains_key(catalog) {
            self.0.insert(catalog.to_owned(), BTreeMap::new());
        }
        self.0.entry(catalog.to_owned()).or_default().entry((oid, part)).or_default()
    }

    /// Hands out what an object shares, by the catalog that it stands in, its number, and its part when it is one.
    pub(super) fn take(&mut self, catalog: &str, oid: i64, part: i32) -> Shared {
        let properties = self.0.get_mut(catalog).and_then(|objects| objects.remove(&(oid, part)));
        let mut shared = Shared::default();
        if let Some(properties) = properties {
            shared.update(|found| *found = properties);
        }
        shared
    }

    /// Says what nobody asked for: on an object that is in no catalog of ours, and that no extension made.
    pub(super) fn rest(self, reader: &mut Reader<'_>) -> Result<Option<String>, IntrospectError> {
        let worth =
            |found: &Properties| found.comment.is_some() || found.privileges.is_some() || !found.labels.is_empty();
        let rest = self.0.iter().flat_map(|(catalog, objects)| objects.iter().map(move |found| (catalog, found)));
        let rest: Vec<String> = rest
            .filter(|(_, (_, properties))| worth(properties))
            .map(|(catalog, ((oid, part), _))| format!("('{catalog}', {oid}, {part})"))
            .collect();
        if rest.is_empty() {
            return Ok(None);
        }
        let query = include_str!("sql/rest.sql").replace("REST", &rest.join(", "));
        let objects = reader.rows::<Described>(&query)?;
        let names: Vec<String> = objects.into_iter().filter_map(|row| row.object).collect();
        let said = || format!("what is said of {} is not followed", names.join(", "));
        Ok(if names.is_empty() { None } else { Some(said()) })
    }
}
