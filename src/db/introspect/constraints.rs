//! Constraints of tables.

use serde::Deserialize;

use super::IntrospectError;
use super::options;
use super::query::Reader;
use super::relations::Found;
use super::shares::Shares;
use super::text::{relation_statement, unexpected};
use crate::catalog::{Constraint, Relation};
use crate::pg::{Ident, Name};
use crate::source::Span;
use crate::statement::relation::{
    ActionKind, ConstraintKey, IndexParameters, RelationChange, ReplicaIdentity, Statement, TableConstraint,
    TableConstraintKind,
};

#[derive(Deserialize)]
struct Row {
    oid: i64,
    relation: i64,
    name: String,
    kind: ConType,
    definition: String,
    inherited: bool,
    options: Option<Vec<String>>,
    tablespace: Option<String>,
    /// The index behind it.
    index: Option<i64>,
    clustered: bool,
    replica_identity: bool,
}

/// `pg_constraint.contype`.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
enum ConType {
    #[serde(rename = "n")]
    NotNull,
    #[serde(rename = "c", alias = "f", alias = "p", alias = "u", alias = "x")]
    Other,
}

/// Reads the constraints.
pub(super) fn read(reader: &mut Reader<'_>, shares: &mut Shares, found: &mut Found) -> Result<(), IntrospectError> {
    for row in reader.rows::<Row>(include_str!("sql/constraints.sql"))? {
        let Some(relation) = found.relations.get_mut(&row.relation) else { continue };
        let shared = shares.take("pg_constraint", row.oid, 0);
        if row.kind == ConType::NotNull && shared.get().is_none() && is_chosen(&row) {
            continue;
        }
        let name = Ident::exact(&row.name);
        mark(relation, &row, &name);
        let mut constraint = Constraint::new(name, definition(&row, &relation.name)?);
        constraint.inherited = row.inherited;
        constraint.shared = shared;
        if let Some(index) = row.index {
            constraint.index_shared = shares.take("pg_class", index, 0);
        }
        relation.constraints.push(constraint);
    }
    Ok(())
}

/// Says whether PostgreSQL 18 chose the name of a NOT NULL constraint that says nothing more than its column does.
fn is_chosen(row: &Row) -> bool {
    let says_more = row.definition.ends_with(" NOT VALID") || row.definition.ends_with(" NO INHERIT");
    Constraint::is_chosen_not_null(&Ident::exact(&row.name)) && !says_more
}

/// Tells a table what its index is used for.
fn mark(relation: &mut Relation, row: &Row, index: &Ident) {
    if row.clustered {
        relation.cluster_on = Some(index.clone());
    }
    if row.replica_identity {
        relation.replica_identity = ReplicaIdentity::Index(index.clone());
    }
}

fn definition(row: &Row, relation: &Name) -> Result<TableConstraint, IntrospectError> {
    let name = Name::simple(Ident::exact(&row.name), Span::default());
    let object = format!("constraint {name} of {relation}");
    let text = format!("ALTER TABLE t ADD CONSTRAINT {name} {}", row.definition);
    let mut constraint = added(&object, &text)?;
    let index = match &mut constraint.kind {
        TableConstraintKind::Unique { key: ConstraintKey::Columns { index, .. }, .. }
        | TableConstraintKind::PrimaryKey(ConstraintKey::Columns { index, .. }) => Some(index),
        TableConstraintKind::Exclude(exclude) => Some(&mut exclude.index),
        _ => None,
    };
    if let Some(IndexParameters { parameters, tablespace, .. }) = index {
        // pg_get_constraintdef leaves out both.
        *tablespace = row.tablespace.as_deref().map(Ident::exact);
        parameters.extend(options::parameters(&object, "", &row.options)?);
    }
    Ok(constraint)
}

fn added(object: &str, text: &str) -> Result<TableConstraint, IntrospectError> {
    let actions = match relation_statement(object, text)? {
        Statement::AlterRelation(alter) => match alter.change {
            RelationChange::Actions(actions) => actions,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    match actions.into_iter().next().map(|action| action.kind) {
        Some(ActionKind::AddConstraint(constraint)) => Ok(*constraint),
        _ => Err(unexpected(object, text)),
    }
}
