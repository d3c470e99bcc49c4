//! Whether a statement can share a transaction.
//!
//! Source: PostgreSQL manual, the pages of the statements, and `PreventInTransactionBlock` in PostgreSQL 15.

use crate::catalog::{Catalog, Class, Definition};
use crate::pg::Name;
use crate::procedure::{Part, StatementKind};
use crate::statement::object::function::{Attribute, Source};
use crate::statement::relation::{self, DetachMode, RelationChange, TypeChange};
use crate::statement::session::source_text::SourceText;
use crate::statement::session::transaction::Transaction;
use crate::statement::session::{self, maintenance, setting};
use crate::statement::{Statement, object};
use crate::syntax::program::READER;

/// How a statement stands to transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// It shares the transaction of its phase.
    Shared,
    /// It needs a transaction that ends behind it: what it makes cannot be used before.
    Alone,
    /// It runs outside every transaction.
    Outside,
    /// It runs in batches, each with a transaction of its own.
    Batched,
    /// It begins or ends a transaction, which is for the script to do.
    Edge,
}

/// Says how a statement stands to transactions, given the catalog before it.
pub fn sharing(statement: &Statement, catalog: &Catalog) -> Sharing {
    match statement {
        Statement::Relation(statement) => relation(statement),
        Statement::Object(statement) => match statement.tag() {
            "DROP DATABASE"
            | "CREATE DATABASE"
            | "CREATE TABLESPACE"
            | "DROP TABLESPACE"
            | "ALTER SYSTEM"
            | "CREATE SUBSCRIPTION"
            | "DROP SUBSCRIPTION" => Sharing::Outside,
            _ => Sharing::Shared,
        },
        Statement::Session(statement) => session(statement, catalog),
        Statement::Data(_) => Sharing::Shared,
    }
}

/// Says whether a statement is refused where its transaction has asked something already.
pub(super) fn stands_first(statement: &Statement) -> bool {
    let Statement::Session(statement) = statement else { return false };
    match &**statement {
        session::Statement::Set(set) => {
            matches!(set.change, setting::Change::Transaction(_) | setting::Change::Snapshot(_))
        }
        _ => false,
    }
}

fn outside_when(is_so: bool) -> Sharing {
    if is_so { Sharing::Outside } else { Sharing::Shared }
}

fn relation(statement: &relation::Statement) -> Sharing {
    match statement {
        relation::Statement::CreateIndex(create) => outside_when(create.concurrently),
        relation::Statement::Drop(drop) => outside_when(drop.concurrently),
        relation::Statement::AlterRelation(alter) => match &alter.change {
            RelationChange::DetachPartition { mode, .. } => outside_when(*mode == DetachMode::Concurrently),
            _ => Sharing::Shared,
        },
        relation::Statement::AlterType(alter) => match alter.change {
            TypeChange::AddValue { .. } => Sharing::Alone,
            _ => Sharing::Shared,
        },
        _ => Sharing::Shared,
    }
}

fn session(statement: &session::Statement, catalog: &Catalog) -> Sharing {
    match statement {
        session::Statement::Transaction(transaction) => match transaction {
            Transaction::Savepoint(_) | Transaction::Release(_) | Transaction::RollbackTo(_) => Sharing::Shared,
            _ => Sharing::Edge,
        },
        session::Statement::Vacuum(vacuum) => outside_when(vacuum.command == maintenance::VacuumCommand::Vacuum),
        session::Statement::Cluster(cluster) => outside_when(cluster.table.is_none()),
        session::Statement::Reindex(reindex) => {
            let concurrently = reindex.options.iter().any(|option| option.name == "concurrently");
            let whole = !matches!(reindex.kind, maintenance::ReindexKind::Index | maintenance::ReindexKind::Table);
            outside_when(concurrently || whole)
        }
        session::Statement::Do(block) => outside_when(ends_transactions(&block.body)),
        session::Statement::Call(call) => outside_when(calls_what_ends_them(&call.call.name, catalog)),
        session::Statement::Discard(maintenance::Discard::All) => Sharing::Outside,
        _ => Sharing::Shared,
    }
}

/// Says whether a procedure of a name commits or rolls back.
fn calls_what_ends_them(name: &Name, catalog: &Catalog) -> bool {
    let found = catalog.objects_named(Class::Routine, name);
    let routines = found.iter().filter_map(|object| match &object.definition {
        Definition::Statement(statement) => match &**statement {
            Statement::Object(object) => match &**object {
                object::Statement::CreateFunction(create) => Some(create),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    let bodies = routines.flat_map(|create| &create.attributes).filter_map(|attribute| match attribute {
        Attribute::As(Source::Text(body)) => Some(body),
        _ => None,
    });
    bodies.into_iter().any(ends_transactions)
}

/// Says whether a program commits or rolls back.
fn ends_transactions(body: &SourceText) -> bool {
    let Some(procedure) = (READER.procedure)(body) else { return false };
    procedure.parts().into_iter().any(|part| match part {
        Part::Statement(found) => matches!(found.kind, StatementKind::Transaction { .. }),
        _ => false,
    })
}
