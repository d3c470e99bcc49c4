//! Column definitions and column constraints.

use std::fmt;

use super::constraint::{ConstraintAttributes, IndexParameters, References};
use super::options::GenericOption;
use super::sequence::{InParentheses, SequenceOption};
use crate::pg::{Ident, Name, TypeName};
use crate::query::{Expr, ExprKind, Operand};
use crate::source::Span;
use crate::statement::print::{InParens, Lead, When};
use crate::statement::words::words;

/// A column of a table that is created, or one that is added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnDefinition {
    /// Where it stands.
    pub span: Span,
    /// The column.
    pub name: Ident,
    /// Its type; absent where the table has a type or is a partition, and the column adds to what comes from there.
    pub type_name: Option<TypeName>,
    /// `STORAGE`.
    pub storage: Option<Ident>,
    /// `COMPRESSION`.
    pub compression: Option<Ident>,
    /// `OPTIONS`, of a foreign table's column.
    pub options: Vec<GenericOption>,
    /// `COLLATE`.
    pub collation: Option<Name>,
    /// Its constraints and default, in written order.
    pub constraints: Vec<ColumnConstraint>,
}

/// A column constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnConstraint {
    /// Where it stands.
    pub span: Span,
    /// `CONSTRAINT name`.
    pub name: Option<Ident>,
    /// What it demands.
    pub kind: ColumnConstraintKind,
    /// `DEFERRABLE`, `NO INHERIT` and the like.
    pub attributes: ConstraintAttributes,
}

/// What a column constraint demands; a default counts among them, as in PostgreSQL's grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnConstraintKind {
    /// `NOT NULL`.
    NotNull,
    /// `NULL`.
    Null,
    /// `DEFAULT`.
    Default(Expr),
    /// `CHECK`.
    Check(Expr),
    /// `GENERATED … AS IDENTITY`.
    Identity {
        /// `ALWAYS` or `BY DEFAULT`.
        generated: GeneratedWhen,
        /// The options of its sequence.
        sequence: Vec<SequenceOption>,
    },
    /// `GENERATED ALWAYS AS (…)`.
    Generated {
        /// The expression.
        value: Expr,
        /// `STORED` or `VIRTUAL`.
        storage: GeneratedStorage,
    },
    /// `UNIQUE`.
    Unique {
        /// `NULLS NOT DISTINCT`.
        nulls_not_distinct: bool,
        /// Its index.
        index: IndexParameters,
    },
    /// `PRIMARY KEY`.
    PrimaryKey(IndexParameters),
    /// `REFERENCES`.
    References(References),
}

words! {
    /// When an identity column takes a value from its sequence.
    pub enum GeneratedWhen {
        Always = "ALWAYS",
        ByDefault = "BY DEFAULT",
    }
}

/// When a generated column is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeneratedStorage {
    /// `STORED`: when the row is written.
    Stored,
    /// `VIRTUAL`: when it is read; also when nothing is written, which PostgreSQL 18 allows.
    Virtual,
}

impl fmt::Display for ColumnDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, Lead(" ", &self.type_name))?;
        write!(f, "{}{}", Lead(" STORAGE ", &self.storage), Lead(" COMPRESSION ", &self.compression))?;
        write!(f, "{}{}", InParens(" OPTIONS ", &self.options), Lead(" COLLATE ", &self.collation))?;
        self.constraints.iter().try_for_each(|constraint| write!(f, " {constraint}"))
    }
}

impl fmt::Display for ColumnConstraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "CONSTRAINT {name} ")?;
        }
        write!(f, "{}{}", self.kind, self.attributes)
    }
}

impl fmt::Display for ColumnConstraintKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnConstraintKind::NotNull => f.write_str("NOT NULL"),
            ColumnConstraintKind::Null => f.write_str("NULL"),
            ColumnConstraintKind::Default(value) => write!(f, "DEFAULT {}", Closed(value)),
            ColumnConstraintKind::Check(condition) => write!(f, "CHECK ({condition})"),
            ColumnConstraintKind::Identity { generated, sequence } => {
                write!(f, "GENERATED {generated} AS IDENTITY{}", InParentheses(sequence))
            }
            ColumnConstraintKind::Generated { value, storage } => {
                let storage = match storage {
                    GeneratedStorage::Stored => "STORED",
                    GeneratedStorage::Virtual => "VIRTUAL",
                };
                write!(f, "GENERATED ALWAYS AS ({value}) {storage}")
            }
            ColumnConstraintKind::Unique { nulls_not_distinct, index } => {
                write!(f, "UNIQUE{}{index}", When(*nulls_not_distinct, " NULLS NOT DISTINCT"))
            }
            ColumnConstraintKind::PrimaryKey(index) => write!(f, "PRIMARY KEY{index}"),
            ColumnConstraintKind::References(references) => write!(f, "{references}"),
        }
    }
}

/// An expression where the grammar allows only a `b_expr`: in parentheses unless it closes itself.
struct Closed<'a>(&'a Expr);

impl fmt::Display for Closed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.kind {
            ExprKind::Call(_) | ExprKind::Cast(..) => write!(f, "{}", self.0),
            _ => write!(f, "{}", Operand(self.0)),
        }
    }
}
