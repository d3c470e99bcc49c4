//! `ALTER TABLE … ALTER COLUMN`.

use std::fmt;

use super::column::GeneratedWhen;
use super::options::{GenericOptionChange, Parameter};
use super::sequence::{InParentheses, SequenceOption};
use crate::pg::{Ident, Name, TypeName};
use crate::query::Expr;
use crate::statement::print::{Comma, Lead, When};

/// The change of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterColumn {
    /// The column.
    pub column: ColumnChoice,
    /// What changes.
    pub change: ColumnChange,
}

/// A column by name, or an index column by its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnChoice {
    /// By name.
    Name(Ident),
    /// By number, from 1; only for `SET STATISTICS`.
    Number(i16),
}

/// What changes about a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnChange {
    /// `SET DEFAULT`.
    SetDefault(Expr),
    /// `DROP DEFAULT`.
    DropDefault,
    /// `SET NOT NULL`.
    SetNotNull,
    /// `DROP NOT NULL`.
    DropNotNull,
    /// `SET EXPRESSION AS`.
    SetExpression(Expr),
    /// `DROP EXPRESSION`.
    DropExpression {
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `SET STATISTICS`; the default target when `None`.
    SetStatistics(Option<i64>),
    /// `SET (…)`.
    SetParameters(Vec<Parameter>),
    /// `RESET (…)`.
    ResetParameters(Vec<Parameter>),
    /// `SET STORAGE`.
    SetStorage(Ident),
    /// `SET COMPRESSION`.
    SetCompression(Ident),
    /// `ADD GENERATED … AS IDENTITY`.
    AddIdentity {
        /// `ALWAYS` or `BY DEFAULT`.
        generated: GeneratedWhen,
        /// The options of its sequence.
        sequence: Vec<SequenceOption>,
    },
    /// `SET GENERATED`, `SET` with a sequence's option, `RESTART`.
    AlterIdentity(Vec<IdentityChange>),
    /// `DROP IDENTITY`.
    DropIdentity {
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `TYPE`.
    SetType {
        /// The new type.
        type_name: TypeName,
        /// `COLLATE`.
        collation: Option<Name>,
        /// `USING`.
        using: Option<Expr>,
    },
    /// `OPTIONS (…)`.
    Options(Vec<GenericOptionChange>),
}

/// What changes about an identity column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityChange {
    /// `SET GENERATED`.
    Generated(GeneratedWhen),
    /// `SET` and an option of the sequence, or `RESTART`.
    Sequence(SequenceOption),
}

impl fmt::Display for AlterColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            ColumnChoice::Name(name) => write!(f, "ALTER COLUMN {name} {}", self.change),
            ColumnChoice::Number(number) => write!(f, "ALTER COLUMN {number} {}", self.change),
        }
    }
}

impl fmt::Display for ColumnChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnChange::SetDefault(value) => write!(f, "SET DEFAULT {value}"),
            ColumnChange::DropDefault => f.write_str("DROP DEFAULT"),
            ColumnChange::SetNotNull => f.write_str("SET NOT NULL"),
            ColumnChange::DropNotNull => f.write_str("DROP NOT NULL"),
            ColumnChange::SetExpression(value) => write!(f, "SET EXPRESSION AS ({value})"),
            ColumnChange::DropExpression { if_exists } => {
                write!(f, "DROP EXPRESSION{}", When(*if_exists, " IF EXISTS"))
            }
            ColumnChange::SetStatistics(Some(target)) => write!(f, "SET STATISTICS {target}"),
            ColumnChange::SetStatistics(None) => f.write_str("SET STATISTICS DEFAULT"),
            ColumnChange::SetParameters(parameters) => write!(f, "SET ({})", Comma(parameters)),
            ColumnChange::ResetParameters(parameters) => write!(f, "RESET ({})", Comma(parameters)),
            ColumnChange::SetStorage(storage) => write!(f, "SET STORAGE {storage}"),
            ColumnChange::SetCompression(method) => write!(f, "SET COMPRESSION {method}"),
            ColumnChange::AddIdentity { generated, sequence } => {
                write!(f, "ADD GENERATED {generated} AS IDENTITY{}", InParentheses(sequence))
            }
            ColumnChange::AlterIdentity(changes) => identity_changes(f, changes),
            ColumnChange::DropIdentity { if_exists } => write!(f, "DROP IDENTITY{}", When(*if_exists, " IF EXISTS")),
            ColumnChange::SetType { type_name, collation, using } => {
                write!(f, "TYPE {type_name}{}", Lead(" COLLATE ", collation))?;
                write!(f, "{}", Lead(" USING ", using))
            }
            ColumnChange::Options(changes) => write!(f, "OPTIONS ({})", Comma(changes)),
        }
    }
}

fn identity_changes(f: &mut fmt::Formatter<'_>, changes: &[IdentityChange]) -> fmt::Result {
    for (at, change) in changes.iter().enumerate() {
        write!(f, "{}", When(at > 0, " "))?;
        match change {
            IdentityChange::Generated(generated) => write!(f, "SET GENERATED {generated}")?,
            IdentityChange::Sequence(restart @ SequenceOption::Restart(_)) => write!(f, "{restart}")?,
            IdentityChange::Sequence(option) => write!(f, "SET {option}")?,
        }
    }
    Ok(())
}
