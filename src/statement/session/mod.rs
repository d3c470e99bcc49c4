//! Statements that change no definition: transactions, settings, cursors, COPY, maintenance, DO and CALL.

pub mod notify;
pub mod setting;
pub mod source_text;
pub mod transaction;

use super::words::family;

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
}
