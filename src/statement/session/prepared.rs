//! Prepared statements and EXPLAIN.

use std::fmt;

use crate::pg::{Ident, TypeName};
use crate::query::{DataStatement, Expr};
use crate::statement::Statement;
use crate::statement::print::InParens;
use crate::statement::session::maintenance::UtilityOption;

/// PREPARE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepare {
    /// Its name.
    pub name: Ident,
    /// Types of its parameters, when written.
    pub types: Vec<TypeName>,
    /// The statement.
    pub statement: DataStatement,
}

/// EXECUTE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execute {
    /// The prepared statement.
    pub name: Ident,
    /// Values of its parameters.
    pub arguments: Vec<Expr>,
}

/// DEALLOCATE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deallocate {
    /// The prepared statement; `None` for all.
    pub name: Option<Ident>,
}

/// EXPLAIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explain {
    /// The options, in the order written; `ANALYZE` makes it run the statement.
    pub options: Vec<UtilityOption>,
    /// The statement.
    pub statement: Box<Statement>,
}

impl fmt::Display for Prepare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PREPARE {}{} AS {}", self.name, InParens(" ", &self.types), self.statement)
    }
}

impl fmt::Display for Execute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EXECUTE {}{}", self.name, InParens(" ", &self.arguments))
    }
}

impl fmt::Display for Deallocate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "DEALLOCATE {name}"),
            None => f.write_str("DEALLOCATE ALL"),
        }
    }
}

impl fmt::Display for Explain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EXPLAIN{} {}", InParens(" ", &self.options), self.statement)
    }
}
