//! Whether a statement that ran outside a transaction did what it should.

use crate::changes::Change;
use crate::pg::Name;
use crate::query::Quoted;

/// Returns a condition as SQL that holds once the change is there; `None` when nothing can be asked.
pub(super) fn condition(change: &Change) -> Option<String> {
    match change {
        Change::CreateIndex(create) => Some(format!(
            "EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass({}) AND indisvalid)",
            literal(&create.table.beside(&create.index.name))
        )),
        Change::DropIndex(drop) => Some(format!("to_regclass({}) IS NULL", literal(&drop.table.beside(&drop.name)))),
        Change::DetachPartition(detach) => Some(format!(
            "NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass({}))",
            literal(&detach.partition)
        )),
        _ => None,
    }
}

/// Returns a query that prints what must run first: an interrupted build leaves an index behind that is not valid.
pub(super) fn remains(change: &Change) -> Option<String> {
    let Change::CreateIndex(create) = change else { return None };
    let name = create.table.beside(&create.index.name);
    Some(format!(
        "SELECT 'DROP INDEX CONCURRENTLY ' || indexrelid::regclass FROM pg_index\n\
         WHERE indexrelid = to_regclass({}) AND NOT indisvalid \\gexec",
        literal(&name)
    ))
}

fn literal(name: &Name) -> String {
    Quoted(&name.to_string()).to_string()
}
