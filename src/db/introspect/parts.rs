//! Triggers, policies and rules of relations, and how sequences count.

use serde::Deserialize;

use super::IntrospectError;
use super::query::Reader;
use super::relations::Found;
use super::shares::Shares;
use super::text::{Types, object_statement, qualified, unexpected};
use crate::catalog::{Policy, Rule, Sequence, Trigger};
use crate::pg::Ident;
use crate::statement::object::Statement;
use crate::statement::relation::Firing;

/// `pg_trigger.tgenabled` and its kin.
#[derive(Clone, Copy, Deserialize)]
pub(super) enum Enabled {
    #[serde(rename = "O")]
    Origin,
    #[serde(rename = "D")]
    Disabled,
    #[serde(rename = "R")]
    Replica,
    #[serde(rename = "A")]
    Always,
}

#[derive(Deserialize)]
struct TriggerRow {
    oid: i64,
    relation: i64,
    name: String,
    definition: String,
    firing: Enabled,
    inherited: bool,
}

#[derive(Deserialize)]
struct PolicyRow {
    oid: i64,
    relation: i64,
    name: String,
    definition: String,
}

#[derive(Deserialize)]
struct RuleRow {
    oid: i64,
    relation: i64,
    name: String,
    definition: String,
    firing: Enabled,
}

#[derive(Deserialize)]
struct SequenceRow {
    oid: i64,
    type_name: String,
    increment: i64,
    min: i64,
    max: i64,
    start: i64,
    cache: i64,
    cycle: bool,
    owner: Option<(String, String, String)>,
    identity: bool,
}

impl Enabled {
    pub(super) fn firing(self) -> Firing {
        match self {
            Enabled::Origin => Firing::Enable,
            Enabled::Disabled => Firing::Disable,
            Enabled::Replica => Firing::EnableReplica,
            Enabled::Always => Firing::EnableAlways,
        }
    }
}

/// Reads the triggers, those of foreign keys left out.
pub(super) fn triggers(reader: &mut Reader<'_>, shares: &mut Shares, found: &mut Found) -> Result<(), IntrospectError> {
    for row in reader.rows::<TriggerRow>(include_str!("sql/triggers.sql"))? {
        let Some(relation) = found.relations.get_mut(&row.relation) else { continue };
        let name = Ident::exact(&row.name);
        let object = format!("trigger {name} of {}", relation.name);
        let Statement::CreateTrigger(definition) = object_statement(&object, &row.definition)? else {
            return Err(unexpected(object, &row.definition));
        };
        let shared = shares.take("pg_trigger", row.oid, 0);
        let (firing, inherited) = (row.firing.firing(), row.inherited);
        relation.triggers.insert(name, Trigger { definition, firing, inherited, shared });
    }
    Ok(())
}

/// Reads the policies.
pub(super) fn policies(reader: &mut Reader<'_>, shares: &mut Shares, found: &mut Found) -> Result<(), IntrospectError> {
    for row in reader.rows::<PolicyRow>(include_str!("sql/policies.sql"))? {
        let Some(relation) = found.relations.get_mut(&row.relation) else { continue };
        let name = Ident::exact(&row.name);
        let object = format!("policy {name} of {}", relation.name);
        let Statement::CreatePolicy(definition) = object_statement(&object, &row.definition)? else {
            return Err(unexpected(object, &row.definition));
        };
        let shared = shares.take("pg_policy", row.oid, 0);
        relation.policies.insert(name, Policy { definition, shared });
    }
    Ok(())
}

/// Reads the rules, those of views' own queries left out.
pub(super) fn rules(reader: &mut Reader<'_>, shares: &mut Shares, found: &mut Found) -> Result<(), IntrospectError> {
    for row in reader.rows::<RuleRow>(include_str!("sql/rules.sql"))? {
        let Some(relation) = found.relations.get_mut(&row.relation) else { continue };
        let name = Ident::exact(&row.name);
        let object = format!("rule {name} of {}", relation.name);
        let Statement::CreateRule(definition) = object_statement(&object, &row.definition)? else {
            return Err(unexpected(object, &row.definition));
        };
        let shared = shares.take("pg_rewrite", row.oid, 0);
        relation.rules.insert(name, Rule { definition, firing: row.firing.firing(), shared });
    }
    Ok(())
}

/// Reads how sequences count.
pub(super) fn sequences(reader: &mut Reader<'_>, found: &mut Found) -> Result<(), IntrospectError> {
    let mut types = Types::default();
    for row in reader.rows::<SequenceRow>(include_str!("sql/sequences.sql"))? {
        let Some(relation) = found.relations.get_mut(&row.oid) else { continue };
        let owner = row.owner.map(|(schema, table, column)| (qualified(&schema, &table), Ident::exact(&column)));
        relation.sequence = Some(Box::new(Sequence {
            type_name: types.read(&relation.name, &row.type_name)?,
            increment: row.increment,
            min: row.min,
            max: row.max,
            start: row.start,
            cache: row.cache,
            cycle: row.cycle,
            owned_by: owner,
            identity: row.identity,
        }));
    }
    Ok(())
}
