//! Statements that change no definition: transactions, settings, cursors, COPY, maintenance, DO and CALL.

pub mod copy;
pub mod maintenance;
pub mod notify;
pub mod portal;
pub mod prepared;
pub mod program;
pub mod setting;
pub mod source_text;
pub mod transaction;

use super::words::{Words, family};

family! {
    /// Transaction control.
    Transaction(statement: transaction::Transaction) => statement.tag(),
    /// SET.
    Set(statement: setting::Set) => "SET",
    /// RESET.
    Reset(statement: setting::Reset) => "RESET",
    /// SHOW.
    Show(statement: setting::Show) => "SHOW",
    /// SET CONSTRAINTS.
    SetConstraints(statement: setting::SetConstraints) => "SET CONSTRAINTS",
    /// NOTIFY.
    Notify(statement: notify::Notify) => "NOTIFY",
    /// LISTEN.
    Listen(statement: notify::Listen) => "LISTEN",
    /// UNLISTEN.
    Unlisten(statement: notify::Unlisten) => "UNLISTEN",
    /// COPY.
    Copy(statement: Box<copy::Copy>) => "COPY",
    /// DO.
    Do(statement: program::Do) => "DO",
    /// CALL.
    Call(statement: Box<program::CallStatement>) => "CALL",
    /// PREPARE.
    Prepare(statement: Box<prepared::Prepare>) => "PREPARE",
    /// EXECUTE.
    Execute(statement: prepared::Execute) => "EXECUTE",
    /// DEALLOCATE.
    Deallocate(statement: prepared::Deallocate) =>
        if statement.name.is_some() { "DEALLOCATE" } else { "DEALLOCATE ALL" },
    /// EXPLAIN.
    Explain(statement: prepared::Explain) => "EXPLAIN",
    /// DECLARE CURSOR.
    DeclareCursor(statement: Box<portal::DeclareCursor>) => "DECLARE CURSOR",
    /// FETCH or MOVE.
    Fetch(statement: portal::Fetch) => statement.command.words(),
    /// CLOSE.
    Close(statement: portal::Close) => statement.tag(),
    /// VACUUM or ANALYZE.
    Vacuum(statement: maintenance::Vacuum) => statement.command.words(),
    /// CLUSTER.
    Cluster(statement: maintenance::Cluster) => "CLUSTER",
    /// REINDEX.
    Reindex(statement: maintenance::Reindex) => "REINDEX",
    /// LOCK TABLE.
    Lock(statement: maintenance::Lock) => "LOCK TABLE",
    /// LOAD.
    Load(statement: maintenance::Load) => "LOAD",
    /// CHECKPOINT.
    Checkpoint(statement: maintenance::Checkpoint) => statement.words(),
    /// DISCARD.
    Discard(statement: maintenance::Discard) => statement.words(),
}
