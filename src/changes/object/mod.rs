//! Objects that are no relations: they appear, disappear, change, and get other names.

mod alter;
mod create;
mod difference;
mod rename;
mod routine;
mod steps;

pub use alter::AlterObject;
pub use create::{CreateObject, DropObject};
pub use rename::{MoveObject, RenameObject};

pub(crate) use routine::{refusal, slot};
pub(crate) use steps::between;

use crate::catalog::Object;
use crate::pg::{LockMode, Name};
use crate::statement::Statement;
use crate::statement::object::Statement as Made;
use crate::statement::object::publication::{PublicationObjectKind, PublicationScope};
use crate::statement::relation::Statement as Relation;

use super::Lock;

/// Returns the locks that making, changing or dropping an object takes on relations.
fn locks(object: &Object) -> Vec<Lock> {
    let lock = |name: &Name| Lock::new(name, LockMode::ShareUpdateExclusive);
    match object.definition.statement() {
        Some(Statement::Relation(made)) => match &**made {
            Relation::CreateStatistics(create) => vec![lock(&create.table)],
            _ => Vec::new(),
        },
        Some(Statement::Object(made)) => match &**made {
            Made::CreatePublication(create) => match &create.scope {
                PublicationScope::Objects(members) => {
                    let tables = members.iter().filter_map(|member| match &member.kind {
                        PublicationObjectKind::Table { relation, .. } => Some(lock(&relation.name)),
                        _ => None,
                    });
                    tables.collect()
                }
                PublicationScope::AllTables => Vec::new(),
            },
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
