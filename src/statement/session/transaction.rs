//! Transaction control.

use std::fmt;

use crate::pg::Ident;
use crate::statement::print::{Clause, Quoted, When};
use crate::statement::words::words;

/// A statement that begins, ends or marks a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transaction {
    /// `BEGIN`.
    Begin(Vec<TransactionMode>),
    /// `START TRANSACTION`.
    Start(Vec<TransactionMode>),
    /// `COMMIT` or `END`.
    Commit(Chain),
    /// `ROLLBACK` or `ABORT`.
    Rollback(Chain),
    /// `SAVEPOINT`.
    Savepoint(Ident),
    /// `RELEASE SAVEPOINT`.
    Release(Ident),
    /// `ROLLBACK TO SAVEPOINT`.
    RollbackTo(Ident),
    /// `PREPARE TRANSACTION`.
    Prepare(String),
    /// `COMMIT PREPARED`.
    CommitPrepared(String),
    /// `ROLLBACK PREPARED`.
    RollbackPrepared(String),
}

/// What follows the end of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// Nothing; also `AND NO CHAIN`.
    No,
    /// `AND CHAIN`: a transaction with the same modes.
    Yes,
}

words! {
    /// A mode of a transaction.
    pub enum TransactionMode {
        ReadUncommitted = "ISOLATION LEVEL READ UNCOMMITTED",
        ReadCommitted = "ISOLATION LEVEL READ COMMITTED",
        RepeatableRead = "ISOLATION LEVEL REPEATABLE READ",
        Serializable = "ISOLATION LEVEL SERIALIZABLE",
        ReadOnly = "READ ONLY",
        ReadWrite = "READ WRITE",
        Deferrable = "DEFERRABLE",
        NotDeferrable = "NOT DEFERRABLE",
    }
}

impl Transaction {
    /// Returns PostgreSQL's command tag.
    pub fn tag(&self) -> &'static str {
        match self {
            Transaction::Begin(_) => "BEGIN",
            Transaction::Start(_) => "START TRANSACTION",
            Transaction::Commit(_) => "COMMIT",
            Transaction::Rollback(_) | Transaction::RollbackTo(_) => "ROLLBACK",
            Transaction::Savepoint(_) => "SAVEPOINT",
            Transaction::Release(_) => "RELEASE",
            Transaction::Prepare(_) => "PREPARE TRANSACTION",
            Transaction::CommitPrepared(_) => "COMMIT PREPARED",
            Transaction::RollbackPrepared(_) => "ROLLBACK PREPARED",
        }
    }
}

impl fmt::Display for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())?;
        match self {
            Transaction::Begin(modes) | Transaction::Start(modes) => write!(f, "{}", Clause(" ", modes)),
            Transaction::Commit(chain) | Transaction::Rollback(chain) => {
                write!(f, "{}", When(*chain == Chain::Yes, " AND CHAIN"))
            }
            Transaction::Savepoint(name) => write!(f, " {name}"),
            Transaction::Release(name) => write!(f, " SAVEPOINT {name}"),
            Transaction::RollbackTo(name) => write!(f, " TO SAVEPOINT {name}"),
            Transaction::Prepare(id) | Transaction::CommitPrepared(id) | Transaction::RollbackPrepared(id) => {
                write!(f, " {}", Quoted(id))
            }
        }
    }
}
