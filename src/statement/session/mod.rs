//! Statements that change no definition: transactions, settings, cursors, COPY, maintenance, DO and CALL.

pub mod setting;
pub mod source_text;
pub mod transaction;

use std::fmt;

/// A statement of this family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// Transaction control.
    Transaction(transaction::Transaction),
    /// SET.
    Set(setting::Set),
    /// RESET.
    Reset(setting::Reset),
    /// SHOW.
    Show(setting::Show),
    /// SET CONSTRAINTS.
    SetConstraints(setting::SetConstraints),
}

impl Statement {
    /// Returns PostgreSQL's command tag.
    pub fn tag(&self) -> &'static str {
        match self {
            Statement::Transaction(statement) => statement.tag(),
            Statement::Set(_) => "SET",
            Statement::Reset(_) => "RESET",
            Statement::Show(_) => "SHOW",
            Statement::SetConstraints(_) => "SET CONSTRAINTS",
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Statement::Transaction(statement) => write!(f, "{statement}"),
            Statement::Set(statement) => write!(f, "{statement}"),
            Statement::Reset(statement) => write!(f, "{statement}"),
            Statement::Show(statement) => write!(f, "{statement}"),
            Statement::SetConstraints(statement) => write!(f, "{statement}"),
        }
    }
}
