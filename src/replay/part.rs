//! CREATE of parts of relations that the catalog does not hold.

use super::Lowering;
use crate::changes::{CreatePart, Lock};
use crate::pg::{LockMode, Name};
use crate::statement::Statement;
use crate::statement::object::Statement as Object;

/// Lowers a statement that makes something new and fails when it is there; says whether it is one.
pub(super) fn create(lowering: &mut Lowering<'_>, statement: &Statement) -> bool {
    let found = match statement {
        Statement::Object(object) => other_object(object),
        _ => None,
    };
    let Some((object, lock)) = found else { return false };
    let locks = lock.map(|(table, mode)| Lock { relation: shown(lowering, table), mode });
    lowering.push(CreatePart { sql: statement.to_string(), object, locks: locks.into_iter().collect() });
    true
}

fn shown(lowering: &Lowering<'_>, table: &Name) -> Name {
    lowering.catalog.relation(table).map_or_else(|| table.clone(), |found| lowering.catalog.shown(&found.name))
}

/// How DROP names an object, and the table that it locks.
type Named<'a> = Option<(String, Option<(&'a Name, LockMode)>)>;

fn other_object(statement: &Object) -> Named<'_> {
    match statement {
        Object::CreateTrigger(create) if !create.or_replace => {
            let lock = (&create.relation, LockMode::ShareRowExclusive);
            Some((format!("TRIGGER {} ON {}", create.name, create.relation), Some(lock)))
        }
        Object::CreatePolicy(create) => {
            let lock = (&create.table, LockMode::AccessExclusive);
            Some((format!("POLICY {} ON {}", create.name, create.table), Some(lock)))
        }
        _ => None,
    }
}
