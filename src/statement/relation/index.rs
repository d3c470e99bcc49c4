//! CREATE INDEX, and index elements as constraints and partition keys use them.

use std::fmt;

use super::common::RelationExpr;
use super::options::Parameter;
use crate::pg::{Ident, Name};
use crate::query::{Expr, Nulls};
use crate::source::Span;
use crate::statement::print::{Comma, InParens, Lead, When};

/// `CREATE INDEX`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateIndex {
    /// `UNIQUE`.
    pub unique: bool,
    /// `CONCURRENTLY`.
    pub concurrently: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// The index; PostgreSQL chooses a name when none is written.
    pub name: Option<Ident>,
    /// The relation.
    pub relation: RelationExpr,
    /// `USING`; `btree` when nothing is written.
    pub access_method: Option<Ident>,
    /// The key.
    pub elements: Vec<IndexElement>,
    /// `INCLUDE`.
    pub include: Vec<IndexElement>,
    /// `NULLS NOT DISTINCT`.
    pub nulls_not_distinct: bool,
    /// `WITH`.
    pub parameters: Vec<Parameter>,
    /// `TABLESPACE`.
    pub tablespace: Option<Ident>,
    /// `WHERE`.
    pub predicate: Option<Expr>,
}

/// One element of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexElement {
    /// Where it stands.
    pub span: Span,
    /// The column or expression.
    pub key: Key,
    /// `COLLATE`.
    pub collation: Option<Name>,
    /// The operator class when written.
    pub operator_class: Option<OperatorClass>,
    /// `ASC` or `DESC`.
    pub direction: IndexDirection,
    /// `NULLS FIRST` or `LAST`.
    pub nulls: Nulls,
}

/// A column, or an expression over the columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A column.
    Column(Ident),
    /// An expression.
    Expression(Expr),
}

/// An operator class, with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorClass {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
}

/// The order of an index column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IndexDirection {
    /// Nothing written.
    #[default]
    Default,
    /// `ASC`.
    Ascending,
    /// `DESC`.
    Descending,
}

impl fmt::Display for CreateIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE {}INDEX ", When(self.unique, "UNIQUE "))?;
        write!(f, "{}", When(self.concurrently, "CONCURRENTLY "))?;
        write!(f, "{}", When(self.if_not_exists, "IF NOT EXISTS "))?;
        if let Some(name) = &self.name {
            write!(f, "{name} ")?;
        }
        write!(f, "ON {}{}", self.relation, Lead(" USING ", &self.access_method))?;
        write!(f, " ({}){}", Comma(&self.elements), InParens(" INCLUDE ", &self.include))?;
        write!(f, "{}", When(self.nulls_not_distinct, " NULLS NOT DISTINCT"))?;
        write!(f, "{}{}", InParens(" WITH ", &self.parameters), Lead(" TABLESPACE ", &self.tablespace))?;
        write!(f, "{}", Lead(" WHERE ", &self.predicate))
    }
}

impl fmt::Display for IndexElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.key, Lead(" COLLATE ", &self.collation))?;
        write!(f, "{}", Lead(" ", &self.operator_class))?;
        f.write_str(match self.direction {
            IndexDirection::Default => "",
            IndexDirection::Ascending => " ASC",
            IndexDirection::Descending => " DESC",
        })?;
        f.write_str(match self.nulls {
            Nulls::Default => "",
            Nulls::First => " NULLS FIRST",
            Nulls::Last => " NULLS LAST",
        })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Column(name) => write!(f, "{name}"),
            Key::Expression(value) => write!(f, "({value})"),
        }
    }
}

impl fmt::Display for OperatorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, InParens(" ", &self.parameters))
    }
}
