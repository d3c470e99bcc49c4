//! Indexes, those of constraints left out.

use serde::Deserialize;

use super::IntrospectError;
use super::query::Reader;
use super::relations::Found;
use super::shares::Shares;
use super::text::{relation_statement, unexpected};
use crate::catalog::Index;
use crate::pg::Ident;
use crate::statement::relation::{CreateIndex, ReplicaIdentity, Statement};

#[derive(Deserialize)]
struct Row {
    oid: i64,
    relation: i64,
    name: String,
    definition: String,
    valid: bool,
    inherited: bool,
    tablespace: Option<String>,
    statistics: Option<Vec<(i16, i64)>>,
    clustered: bool,
    replica_identity: bool,
}

/// Reads the indexes.
pub(super) fn read(reader: &mut Reader<'_>, shares: &mut Shares, found: &mut Found) -> Result<(), IntrospectError> {
    for row in reader.rows::<Row>(include_str!("sql/indexes.sql"))? {
        let Some(relation) = found.relations.get_mut(&row.relation) else { continue };
        let name = Ident::exact(&row.name);
        if row.clustered {
            relation.cluster_on = Some(name.clone());
        }
        if row.replica_identity {
            relation.replica_identity = ReplicaIdentity::Index(name.clone());
        }
        let object = format!("index {name} of {}", relation.name);
        let mut index = Index::new(name, definition(&object, &row)?);
        index.inherited = row.inherited;
        index.statistics = row.statistics.iter().flatten().copied().collect();
        index.shared = shares.take("pg_class", row.oid, 0);
        relation.indexes.push(index);
    }
    Ok(())
}

fn definition(object: &str, row: &Row) -> Result<Box<CreateIndex>, IntrospectError> {
    let Statement::CreateIndex(mut index) = relation_statement(object, &row.definition)? else {
        return Err(unexpected(object, &row.definition));
    };
    // pg_get_indexdef writes ONLY for every partitioned table, and the default method.
    index.relation.only = !row.valid;
    index.access_method.take_if(|method| *method == "btree");
    index.tablespace = row.tablespace.as_deref().map(Ident::exact);
    Ok(index)
}
