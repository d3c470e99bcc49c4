//! CREATE of objects that the catalog does not hold.

use super::Lowering;
use crate::changes::{CreateObject, Lock};
use crate::pg::{LockMode, Name};
use crate::statement::Statement;
use crate::statement::object::Statement as Object;
use crate::statement::object::function::CreateFunction;
use crate::statement::object::parameter::ParameterMode;
use crate::statement::print::Comma;
use crate::statement::relation::Statement as Relation;

/// Lowers a statement that makes something new and fails when it is there; says whether it is one.
pub(super) fn create(lowering: &mut Lowering<'_>, statement: &Statement) -> bool {
    let found = match statement {
        Statement::Relation(relation) => relation_object(relation),
        Statement::Object(object) => other_object(object),
        Statement::Data(_) | Statement::Session(_) => None,
    };
    let Some((object, lock)) = found else { return false };
    let locks = lock.map(|(table, mode)| Lock { relation: shown(lowering, table), mode });
    lowering.push(CreateObject { sql: statement.to_string(), object, locks: locks.into_iter().collect() });
    true
}

fn shown(lowering: &Lowering<'_>, table: &Name) -> Name {
    lowering.catalog.relation(table).map_or_else(|| table.clone(), |found| lowering.catalog.shown(&found.name))
}

/// How DROP names an object, and the table that it locks.
type Named<'a> = Option<(String, Option<(&'a Name, LockMode)>)>;

fn relation_object(statement: &Relation) -> Named<'_> {
    match statement {
        Relation::CreateType(create) => Some((format!("TYPE {}", create.name), None)),
        Relation::CreateDomain(create) => Some((format!("DOMAIN {}", create.name), None)),
        Relation::CreateSchema(create) if !create.if_not_exists && create.elements.is_empty() => {
            Some((format!("SCHEMA {}", create.name.as_ref()?), None))
        }
        Relation::CreateStatistics(create) if !create.if_not_exists => {
            let lock = (&create.table, LockMode::ShareUpdateExclusive);
            Some((format!("STATISTICS {}", create.name.as_ref()?), Some(lock)))
        }
        _ => None,
    }
}

fn other_object(statement: &Object) -> Named<'_> {
    match statement {
        Object::CreateFunction(create) if !create.or_replace => Some((routine(create), None)),
        _ => None,
    }
}

/// Routines are told apart by the types of what is given to them.
fn routine(create: &CreateFunction) -> String {
    let given = create.parameters.iter().filter(|parameter| parameter.mode != Some(ParameterMode::Out));
    let types: Vec<String> = given.map(|parameter| parameter.data_type.to_string()).collect();
    format!("{} {}({})", create.kind, create.name, Comma(&types))
}
