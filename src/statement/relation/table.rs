//! CREATE TABLE and CREATE FOREIGN TABLE.

use std::fmt;

use super::column::ColumnDefinition;
use super::common::Persistence;
use super::constraint::TableConstraint;
use super::options::{GenericOption, Parameter};
use super::partition::{PartitionBound, PartitionBy};
use crate::pg::{Ident, Name};
use crate::source::Span;
use crate::statement::print::{Comma, InParens, Lead, When};
use crate::statement::words::words;

/// `CREATE TABLE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateTable {
    /// `TEMPORARY` or `UNLOGGED`.
    pub persistence: Persistence,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// The table.
    pub name: Name,
    /// Its columns and constraints, and where others come from.
    pub body: TableBody,
    /// `PARTITION BY`.
    pub partition_by: Option<PartitionBy>,
    /// How it is stored.
    pub storage: TableStorage,
}

/// `CREATE FOREIGN TABLE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateForeignTable {
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// The table.
    pub name: Name,
    /// Its columns and constraints; never those of a type.
    pub body: TableBody,
    /// `SERVER`.
    pub server: Ident,
    /// `OPTIONS`.
    pub options: Vec<GenericOption>,
}

/// How a table or materialized view is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableStorage {
    /// `USING`.
    pub access_method: Option<Ident>,
    /// `WITH`.
    pub parameters: Vec<Parameter>,
    /// `ON COMMIT`.
    pub on_commit: Option<OnCommit>,
    /// `TABLESPACE`.
    pub tablespace: Option<Ident>,
}

/// Where the columns of a new table come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableBody {
    /// They are written out, or inherited.
    Elements {
        /// Columns, constraints and LIKE.
        elements: Vec<TableElement>,
        /// `INHERITS`.
        inherits: Vec<Name>,
    },
    /// `OF type`.
    OfType {
        /// The composite type.
        type_name: Name,
        /// What is added to its columns.
        elements: Vec<TableElement>,
    },
    /// `PARTITION OF table`.
    PartitionOf {
        /// The partitioned table.
        parent: Name,
        /// What is added to its columns.
        elements: Vec<TableElement>,
        /// Which rows the partition holds.
        bound: PartitionBound,
    },
}

/// One element of a table's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableElement {
    /// A column.
    Column(Box<ColumnDefinition>),
    /// A constraint.
    Constraint(Box<TableConstraint>),
    /// `LIKE`.
    Like(Like),
}

/// `LIKE table`, whose columns are copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Like {
    /// Where it stands.
    pub span: Span,
    /// The table.
    pub table: Name,
    /// What else is copied, in written order: a later option wins.
    pub options: Vec<(LikeChoice, LikeOption)>,
}

words! {
    /// Whether LIKE copies something.
    pub enum LikeChoice {
        Including = "INCLUDING",
        Excluding = "EXCLUDING",
    }
}

words! {
    /// What LIKE can copy.
    pub enum LikeOption {
        Comments = "COMMENTS",
        Compression = "COMPRESSION",
        Constraints = "CONSTRAINTS",
        Defaults = "DEFAULTS",
        Identity = "IDENTITY",
        Generated = "GENERATED",
        Indexes = "INDEXES",
        Statistics = "STATISTICS",
        Storage = "STORAGE",
        All = "ALL",
    }
}

words! {
    /// What becomes of a temporary table's rows at the end of a transaction.
    pub enum OnCommit {
        PreserveRows = "PRESERVE ROWS",
        DeleteRows = "DELETE ROWS",
        Drop = "DROP",
    }
}

impl fmt::Display for CreateTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE {}TABLE {}", self.persistence, When(self.if_not_exists, "IF NOT EXISTS "))?;
        write!(f, "{}{}{}{}", self.name, self.body, Lead(" ", &self.partition_by), self.storage)
    }
}

impl fmt::Display for CreateForeignTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE FOREIGN TABLE {}{}{}", When(self.if_not_exists, "IF NOT EXISTS "), self.name, self.body)?;
        write!(f, " SERVER {}{}", self.server, InParens(" OPTIONS ", &self.options))
    }
}

impl fmt::Display for TableStorage {
    /// Writes each clause with a space before it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Lead(" USING ", &self.access_method), InParens(" WITH ", &self.parameters))?;
        write!(f, "{}{}", Lead(" ON COMMIT ", &self.on_commit), Lead(" TABLESPACE ", &self.tablespace))
    }
}

impl fmt::Display for TableBody {
    /// Writes the body with a space before it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TableBody::Elements { elements, inherits } => {
                write!(f, " ({}){}", Comma(elements), InParens(" INHERITS ", inherits))
            }
            TableBody::OfType { type_name, elements } => write!(f, " OF {type_name}{}", InParens(" ", elements)),
            TableBody::PartitionOf { parent, elements, bound } => {
                write!(f, " PARTITION OF {parent}{} {bound}", InParens(" ", elements))
            }
        }
    }
}

impl fmt::Display for TableElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TableElement::Column(column) => write!(f, "{column}"),
            TableElement::Constraint(constraint) => write!(f, "{constraint}"),
            TableElement::Like(like) => write!(f, "{like}"),
        }
    }
}

impl fmt::Display for Like {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LIKE {}", self.table)?;
        self.options.iter().try_for_each(|(choice, option)| write!(f, " {choice} {option}"))
    }
}
