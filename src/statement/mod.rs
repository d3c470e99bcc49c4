//! Our own exact model of a statement, one file per family of object kinds.
//!
//! Each type says what PostgreSQL's raw parse tree says and displays as SQL that PostgreSQL parses to the same tree.

pub mod object;
pub(crate) mod print;
pub mod relation;
pub mod session;
pub mod words;

use std::fmt;

use crate::query::DataStatement;

/// A statement of any kind that tenet reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// SELECT, VALUES, INSERT, UPDATE, DELETE, MERGE.
    Data(Box<DataStatement>),
    /// Tables, indexes, sequences, views, types, schemas, extensions, statistics.
    Relation(Box<relation::Statement>),
    /// Routines, operators, triggers, policies, privileges, replication, and what is common to objects of all kinds.
    Object(Box<object::Statement>),
    /// Transactions, settings, cursors, COPY, maintenance, DO, CALL: what changes no definition.
    Session(Box<session::Statement>),
}

impl Statement {
    /// Returns PostgreSQL's command tag: `ALTER TABLE`.
    pub fn tag(&self) -> &'static str {
        match self {
            Statement::Data(data) => match **data {
                DataStatement::Query(_) => "SELECT",
                DataStatement::Insert(_) => "INSERT",
                DataStatement::Update(_) => "UPDATE",
                DataStatement::Delete(_) => "DELETE",
                DataStatement::Merge(_) => "MERGE",
            },
            Statement::Relation(statement) => statement.tag(),
            Statement::Object(statement) => statement.tag(),
            Statement::Session(statement) => statement.tag(),
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Statement::Data(statement) => write!(f, "{statement}"),
            Statement::Relation(statement) => write!(f, "{statement}"),
            Statement::Object(statement) => write!(f, "{statement}"),
            Statement::Session(statement) => write!(f, "{statement}"),
        }
    }
}
