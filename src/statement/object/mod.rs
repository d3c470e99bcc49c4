//! Statements about routines, operators, triggers, policies, privileges, roles, replication, foreign servers and text
//! search, and those that are written alike for objects of every kind.

pub mod function;
pub mod parameter;
pub mod reference;
pub mod role_spec;

use std::fmt;

/// A statement of this family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// CREATE FUNCTION or PROCEDURE.
    CreateFunction(Box<function::CreateFunction>),
    /// ALTER FUNCTION, PROCEDURE or ROUTINE with new attributes.
    AlterFunction(Box<function::AlterFunction>),
}

impl Statement {
    /// Returns PostgreSQL's command tag.
    pub fn tag(&self) -> &'static str {
        match self {
            Statement::CreateFunction(statement) => statement.tag(),
            Statement::AlterFunction(statement) => statement.kind.alter_tag(),
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Statement::CreateFunction(statement) => write!(f, "{statement}"),
            Statement::AlterFunction(statement) => write!(f, "{statement}"),
        }
    }
}
