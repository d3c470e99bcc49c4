//! CREATE TABLE AS and SELECT INTO: the columns are those of the query's result.

use super::Lowering;
use crate::catalog::{Column, Kind, Origin, Relation};
use crate::changes::CreateRelation;
use crate::pg::{Ident, Name};
use crate::query::{Body, Query};
use crate::resolve::{Completeness, Output, Resolution, qualify};
use crate::statement::Statement;
use crate::statement::relation::{CreateTableAs, Persistence, TableSource, TableStorage};

/// A table that a query makes.
struct Wanted<'a> {
    name: &'a Name,
    columns: &'a [Ident],
    persistence: Persistence,
    storage: TableStorage,
    /// The result that makes it; nothing where another statement holds the query.
    output: Option<Output>,
}

/// Lowers CREATE TABLE AS.
pub(super) fn create(lowering: &mut Lowering<'_>, create: &CreateTableAs, statement: &Statement) {
    let output = match &create.source {
        TableSource::Query(query) => Some(Resolution::of_query(lowering.catalog, query).output),
        TableSource::Execute { .. } => None,
    };
    let (persistence, storage) = (create.persistence, create.storage.clone());
    let wanted = Wanted { name: &create.name, columns: &create.columns, persistence, storage, output };
    push(lowering, wanted, create.if_not_exists, statement);
}

/// Lowers a query with INTO; says whether it is one.
pub(super) fn select_into(lowering: &mut Lowering<'_>, query: &Query, statement: &Statement) -> bool {
    let Body::Select(select) = &query.body else { return false };
    let Some(into) = &select.into else { return false };
    let persistence = Persistence::from(into.persistence);
    let output = Some(Resolution::of_query(lowering.catalog, query).output);
    let storage = TableStorage::default();
    push(lowering, Wanted { name: &into.name, columns: &[], persistence, storage, output }, false, statement);
    true
}

fn push(lowering: &mut Lowering<'_>, wanted: Wanted<'_>, if_not_exists: bool, statement: &Statement) {
    let temporary = wanted.persistence == Persistence::Temporary;
    let kind = if temporary { Kind::Temporary } else { Kind::TableAs };
    let name = lowering.new_name(wanted.name, kind);
    if !lowering.is_free(&name, if_not_exists) {
        return;
    }
    let output = wanted.output.filter(|output| output.completeness == Completeness::Whole);
    let mut relation = Relation::new(name, kind, Origin::default());
    relation.persistence = wanted.persistence;
    relation.is_open = output.is_none();
    relation.storage = wanted.storage;
    let made = output.into_iter().flat_map(|output| output.columns);
    let mut columns: Vec<Column> = made.map(|column| Column::new(column.name, column.type_name)).collect();
    columns.iter_mut().filter_map(|column| column.type_name.as_mut()).for_each(|of| {
        qualify::type_name(lowering.catalog, of);
    });
    for (at, name) in wanted.columns.iter().enumerate() {
        match columns.get_mut(at) {
            Some(column) => column.name = name.clone(),
            None => columns.push(Column::new(name.clone(), None)),
        }
    }
    relation.columns = columns.into();
    lowering.push(CreateRelation { relation: Box::new(relation), sql: statement.to_string() });
}
