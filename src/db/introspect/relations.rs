//! Relations, without their parts.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::IntrospectError;
use super::options;
use super::parts::Enabled;
use super::query::Reader;
use super::shares::Shares;
use super::text::{name, qualified, relation_statement, statement, unexpected};
use crate::catalog::{self, Foreign, Kind, Origin, Relation, Shared, View};
use crate::pg::{Ident, Name};
use crate::query::{DataStatement, Query};
use crate::statement::Statement;
use crate::statement::relation::{
    CheckOption, Firing, Parameter, ParameterValue, PartitionBound, PartitionBy, Persistence, ReplicaIdentity,
    Statement as RelationStatement, TableBody, TableStorage, WithData,
};

/// What was read so far, by the numbers in `pg_class`.
#[derive(Debug)]
pub(super) struct Found {
    /// Relations.
    pub(super) relations: BTreeMap<i64, Relation>,
    /// Composite types.
    pub(super) composites: BTreeMap<i64, Composite>,
}

/// A composite type, which stands in `pg_class` as well.
#[derive(Debug)]
pub(super) struct Composite {
    pub(super) name: Name,
    pub(super) definition: catalog::Composite,
}

#[derive(Deserialize)]
struct Row {
    oid: i64,
    schema: String,
    name: String,
    kind: RelKind,
    unlogged: bool,
    row_security: bool,
    force_row_security: bool,
    replica_identity: RelReplicaIdentity,
    key_firing: Option<Enabled>,
    populated: bool,
    access_method: Option<String>,
    tablespace: Option<String>,
    options: Option<Vec<String>>,
    toast_options: Option<Vec<String>>,
    of_type: Option<String>,
    partition_by: Option<String>,
    bound: Option<String>,
    query: Option<String>,
    server: Option<String>,
    server_options: Option<Vec<String>>,
    parents: Option<Vec<(String, String)>>,
}

/// `pg_class.relkind`.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
enum RelKind {
    #[serde(rename = "r")]
    Table,
    #[serde(rename = "p")]
    Partitioned,
    #[serde(rename = "f")]
    Foreign,
    #[serde(rename = "v")]
    View,
    #[serde(rename = "m")]
    MaterializedView,
    #[serde(rename = "S")]
    Sequence,
    #[serde(rename = "c")]
    Composite,
}

/// `pg_class.relreplident`.
#[derive(Clone, Copy, Deserialize)]
enum RelReplicaIdentity {
    #[serde(rename = "d")]
    Default,
    /// Also that of an index: which says so itself, unless it was dropped.
    #[serde(rename = "n", alias = "i")]
    Nothing,
    #[serde(rename = "f")]
    Full,
}

/// Reads the relations.
pub(super) fn read(reader: &mut Reader<'_>, shares: &mut Shares, found: &mut Found) -> Result<(), IntrospectError> {
    for row in reader.rows::<Row>(include_str!("sql/relations.sql"))? {
        let kind = match row.kind {
            RelKind::Composite => {
                let composite =
                    Composite { name: qualified(&row.schema, &row.name), definition: catalog::Composite::default() };
                found.composites.insert(row.oid, composite);
                continue;
            }
            RelKind::Table => Kind::Table,
            RelKind::Partitioned => Kind::Partitioned,
            RelKind::Foreign => Kind::Foreign,
            RelKind::View => Kind::View,
            RelKind::MaterializedView => Kind::MaterializedView,
            RelKind::Sequence => Kind::Sequence,
        };
        let shared = shares.take("pg_class", row.oid, 0);
        found.relations.insert(row.oid, relation(row, kind, shared)?);
    }
    Ok(())
}

fn relation(row: Row, kind: Kind, shared: Shared) -> Result<Relation, IntrospectError> {
    let object = qualified(&row.schema, &row.name);
    let mut relation = Relation::new(object.clone(), kind, Origin::default());
    relation.parents = row.parents.iter().flatten().map(|(schema, name)| qualified(schema, name)).collect();
    relation.row_security = row.row_security;
    relation.force_row_security = row.force_row_security;
    relation.persistence = if row.unlogged { Persistence::Unlogged } else { Persistence::Permanent };
    relation.of_type = row.of_type.as_deref().map(|text| name(&object, text)).transpose()?;
    // Only tables and materialized views have one that means something.
    if matches!(kind, Kind::Table | Kind::Partitioned | Kind::MaterializedView) {
        relation.replica_identity = replica_identity(row.replica_identity);
    }
    relation.key_firing = row.key_firing.map_or(Firing::Enable, Enabled::firing);
    let parts = partition(&object, row.partition_by.as_deref(), row.bound.as_deref())?;
    (relation.partition_by, relation.bound) = parts;
    let mut parameters = options::parameters(&object, "", &row.options)?;
    let toast = options::parameters(&object, "toast.", &row.toast_options)?;
    if let Some(query) = &row.query {
        let check_option = take_check_option(&mut parameters);
        let with_data = if row.populated { WithData::Yes } else { WithData::No };
        let query = view_query(&object, query)?;
        relation.view = Some(View { query, columns: Vec::new(), check_option, with_data }.into());
    }
    parameters.extend(toast);
    relation.storage = TableStorage {
        access_method: row.access_method.as_deref().map(Ident::exact),
        parameters,
        on_commit: None,
        tablespace: row.tablespace.as_deref().map(Ident::exact),
    };
    let server = row.server.as_deref().map(Ident::exact);
    relation.foreign = server.map(|server| Foreign { server, options: options::generic(&row.server_options) });
    relation.shared = shared;
    Ok(relation)
}

fn replica_identity(identity: RelReplicaIdentity) -> ReplicaIdentity {
    match identity {
        RelReplicaIdentity::Default => ReplicaIdentity::Default,
        RelReplicaIdentity::Nothing => ReplicaIdentity::Nothing,
        RelReplicaIdentity::Full => ReplicaIdentity::Full,
    }
}

/// Reads the key of a partitioned table and the bound of a partition.
fn partition(
    object: &Name,
    by: Option<&str>,
    bound: Option<&str>,
) -> Result<(Option<PartitionBy>, Option<PartitionBound>), IntrospectError> {
    if by.is_none() && bound.is_none() {
        return Ok((None, None));
    }
    let by = by.map_or_else(String::new, |by| format!(" PARTITION BY {by}"));
    let text = format!("CREATE TABLE t PARTITION OF p {}{by}", bound.unwrap_or("DEFAULT"));
    match relation_statement(object, &text)? {
        RelationStatement::CreateTable(create) => match create.body {
            TableBody::PartitionOf { bound: read, .. } => Ok((create.partition_by, bound.map(|_| read))),
            _ => Err(unexpected(object, &text)),
        },
        _ => Err(unexpected(object, &text)),
    }
}

fn view_query(object: &Name, text: &str) -> Result<Query, IntrospectError> {
    match statement(object, text)? {
        Statement::Data(data) => match *data {
            DataStatement::Query(query) => Ok(query),
            _ => Err(unexpected(object, text)),
        },
        _ => Err(unexpected(object, text)),
    }
}

/// `WITH CHECK OPTION` stands among the parameters of a view.
fn take_check_option(parameters: &mut Vec<Parameter>) -> Option<CheckOption> {
    let at = parameters.iter().position(|parameter| parameter.name == "check_option")?;
    match parameters.remove(at).value? {
        ParameterValue::Type(word) if *word.name.last() == "cascaded" => Some(CheckOption::Cascaded),
        _ => Some(CheckOption::Local),
    }
}
