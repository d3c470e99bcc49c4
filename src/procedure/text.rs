//! The SQL within a body: expressions, statements, and the variables that are written to.

use crate::pg::Ident;
use crate::query::{Expr, Query, Step};
use crate::source::Span;
use crate::statement;

/// An expression. PL/pgSQL runs it as a query without the word SELECT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: ExpressionKind,
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpressionKind {
    /// A scalar expression.
    Scalar(Box<Expr>),
    /// More than that, as `count(*) FROM t`: the query that PL/pgSQL makes of it.
    Query(Box<Query>),
    /// It cannot be read.
    Opaque(Opaque),
}

/// An SQL statement within a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sql {
    /// Where it stands, INTO included.
    pub span: Span,
    /// Where its result goes; not part of the statement.
    pub into: Option<Into>,
    /// What it is.
    pub kind: SqlKind,
}

/// An SQL statement, read or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SqlKind {
    /// A statement.
    Statement(Box<statement::Statement>),
    /// It cannot be read.
    Opaque(Opaque),
}

/// Text that is carried but not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opaque {
    /// What does not fit.
    pub span: Span,
    /// The whole text, INTO left out.
    pub text: String,
    /// Why it cannot be read.
    pub message: String,
}

/// `INTO [STRICT] targets`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Into {
    /// From `INTO` to the last target.
    pub span: Span,
    /// `STRICT`: exactly one row, or an error.
    pub strict: bool,
    /// The variables.
    pub targets: Vec<Target>,
}

/// A variable, or a part of one, that is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where it stands.
    pub span: Span,
    /// The variable; with a label before it, the label.
    pub root: TargetRoot,
    /// Fields and subscripts.
    pub steps: Vec<Step>,
}

/// What a target begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetRoot {
    /// A name.
    Name(Ident),
    /// `$1`.
    Parameter(u32),
}

/// A command that is put together when it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dynamic {
    /// Its text.
    pub command: Expression,
    /// `USING`: the values of `$1`, `$2`, …
    pub using: Vec<Expression>,
}

impl Target {
    /// Returns the variable's name when nothing but a name is written.
    pub fn name(&self) -> Option<&Ident> {
        match &self.root {
            TargetRoot::Name(name) if self.steps.is_empty() => Some(name),
            _ => None,
        }
    }
}
