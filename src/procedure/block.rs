//! Blocks: declarations, statements, exception handlers.

use super::statement::Statement;
use super::text::{Expression, Sql, Target};
use crate::pg::{Ident, Name, TypeName};
use crate::source::Span;

/// `#option dump`, `#variable_conflict use_column`, `#print_strict_params on`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompilerOption {
    /// Where it stands.
    pub span: Span,
    /// The word behind `#`, in lower case.
    pub name: String,
    /// The second word, in lower case.
    pub value: String,
}

/// `[DECLARE …] BEGIN … [EXCEPTION …] END`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// From its label, DECLARE or BEGIN to END.
    pub span: Span,
    /// `<<label>>`.
    pub label: Option<Ident>,
    /// The variables and cursors.
    pub declarations: Vec<Declaration>,
    /// The statements.
    pub statements: Vec<Statement>,
    /// What is done when one of them fails.
    pub handlers: Vec<Handler>,
}

/// One entry of DECLARE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// Where it stands.
    pub span: Span,
    /// What it names.
    pub name: Ident,
    /// What it is.
    pub kind: DeclarationKind,
}

/// The forms of a declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeclarationKind {
    /// A variable.
    Variable {
        /// `CONSTANT`.
        constant: bool,
        /// Its type.
        data_type: DataType,
        /// `COLLATE`.
        collation: Option<Name>,
        /// `NOT NULL`.
        not_null: bool,
        /// Its first value; NULL when absent.
        default: Option<Expression>,
    },
    /// `ALIAS FOR`: another name for a variable or parameter.
    Alias(Target),
    /// A bound cursor.
    Cursor {
        /// `SCROLL` or `NO SCROLL`.
        scroll: Option<bool>,
        /// Its parameters.
        parameters: Vec<CursorParameter>,
        /// Its query.
        query: Sql,
    },
}

/// The type of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataType {
    /// A type, or `%TYPE` of a column or variable.
    Type(TypeName),
    /// `%ROWTYPE` of a relation.
    RowType {
        /// The relation.
        relation: Name,
        /// How many array dimensions stand behind it.
        dimensions: usize,
    },
    /// What no type is known for, as written.
    Opaque(super::text::Opaque),
}

/// A parameter of a bound cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CursorParameter {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub data_type: DataType,
}

/// `WHEN … THEN …` of EXCEPTION.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handler {
    /// Where it stands.
    pub span: Span,
    /// Any of these.
    pub conditions: Vec<Condition>,
    /// What is done.
    pub statements: Vec<Statement>,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// A name of PostgreSQL's list, as `unique_violation`, or `others`.
    Name(Ident),
    /// `SQLSTATE '…'`.
    SqlState(String),
}

/// `IF condition THEN …`, `ELSIF condition THEN …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The condition.
    pub condition: Expression,
    /// What is done.
    pub statements: Vec<Statement>,
}

/// `WHEN … THEN …` of CASE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// The values that the operand is compared with; without an operand the one condition.
    pub values: Vec<Expression>,
    /// What is done.
    pub statements: Vec<Statement>,
}
