//! What a statement reads from: tables, subqueries, functions, joins.

use std::fmt;

use super::expr::Expr;
use super::expr_print::comma;
use super::select::Query;
use crate::pg::{Ident, Name, TypeName};
use crate::source::Span;

/// One item of FROM and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromItem {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: FromKind,
}

/// The forms of a FROM item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromKind {
    /// A relation or a common table expression.
    Table {
        /// Its name.
        name: Name,
        /// `ONLY`.
        only: bool,
        /// Its alias.
        alias: Option<Alias>,
        /// `TABLESAMPLE`.
        sample: Option<Sample>,
    },
    /// A query in parentheses.
    Subquery {
        /// `LATERAL`.
        lateral: bool,
        /// The query.
        query: Box<Query>,
        /// Its alias.
        alias: Option<Alias>,
    },
    /// A function call, or `ROWS FROM (…)`.
    Function {
        /// `LATERAL`.
        lateral: bool,
        /// The calls; more than one only with `ROWS FROM`.
        calls: Vec<FunctionCall>,
        /// `ROWS FROM` is written.
        rows_from: bool,
        /// `WITH ORDINALITY`.
        ordinality: bool,
        /// Its alias.
        alias: Option<Alias>,
    },
    /// A join.
    Join {
        /// `NATURAL`.
        natural: bool,
        /// The kind.
        kind: JoinKind,
        /// Left side.
        left: Box<FromItem>,
        /// Right side.
        right: Box<FromItem>,
        /// `ON` or `USING`.
        condition: JoinCondition,
        /// Alias of the join as a whole, in parentheses.
        alias: Option<Alias>,
    },
}

/// A function in FROM with the column definitions that it needs when it returns `record`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionCall {
    /// The call; an expression, because `CURRENT_DATE` and the like may stand here too.
    pub call: Expr,
    /// `AS (a int, b text)` inside `ROWS FROM`.
    pub definitions: Vec<ColumnDefinition>,
}

/// An alias: `AS t (a, b)` or `AS t (a int, b text)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alias {
    /// The name; absent only before column definitions.
    pub name: Option<Ident>,
    /// Column names.
    pub columns: Vec<Ident>,
    /// Column definitions of a function that returns `record`.
    pub definitions: Vec<ColumnDefinition>,
}

/// A column of a function that returns `record`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnDefinition {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub data_type: TypeName,
    /// Its collation when written.
    pub collation: Option<Name>,
}

/// `TABLESAMPLE method (arguments) REPEATABLE (seed)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The method.
    pub method: Name,
    /// Its arguments.
    pub arguments: Vec<Expr>,
    /// `REPEATABLE`.
    pub seed: Option<Box<Expr>>,
}

/// The kinds of join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// `[INNER] JOIN`, and `CROSS JOIN` when there is no condition.
    Inner,
    /// `LEFT JOIN`.
    Left,
    /// `RIGHT JOIN`.
    Right,
    /// `FULL JOIN`.
    Full,
}

/// What a join matches on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JoinCondition {
    /// Nothing: a cross or natural join.
    None,
    /// `ON`.
    On(Expr),
    /// `USING (…) [AS alias]`.
    Using(Vec<Ident>, Option<Ident>),
}

impl fmt::Display for FromItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FromKind::Table { name, only, alias, sample } => {
                write!(f, "{}{name}", if *only { "ONLY " } else { "" })?;
                aliased(f, alias)?;
                sample.as_ref().map_or(Ok(()), |sample| write!(f, " {sample}"))
            }
            FromKind::Subquery { lateral, query, alias } => {
                write!(f, "{}({query})", if *lateral { "LATERAL " } else { "" })?;
                aliased(f, alias)
            }
            FromKind::Function { lateral, calls, rows_from, ordinality, alias } => {
                f.write_str(if *lateral { "LATERAL " } else { "" })?;
                f.write_str(if *rows_from { "ROWS FROM (" } else { "" })?;
                comma(f, calls)?;
                f.write_str(if *rows_from { ")" } else { "" })?;
                f.write_str(if *ordinality { " WITH ORDINALITY" } else { "" })?;
                aliased(f, alias)
            }
            FromKind::Join { alias: Some(alias), .. } => {
                f.write_str("(")?;
                self.fmt_join(f)?;
                write!(f, ") AS {alias}")
            }
            FromKind::Join { .. } => self.fmt_join(f),
        }
    }
}

impl FromItem {
    fn fmt_join(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FromKind::Join { natural, kind, left, right, condition, .. } = &self.kind else { return Ok(()) };
        let word = match (natural, kind, condition) {
            (false, JoinKind::Inner, JoinCondition::None) => "CROSS JOIN",
            (false, JoinKind::Inner, _) => "JOIN",
            (false, JoinKind::Left, _) => "LEFT JOIN",
            (false, JoinKind::Right, _) => "RIGHT JOIN",
            (false, JoinKind::Full, _) => "FULL JOIN",
            (true, JoinKind::Inner, _) => "NATURAL JOIN",
            (true, JoinKind::Left, _) => "NATURAL LEFT JOIN",
            (true, JoinKind::Right, _) => "NATURAL RIGHT JOIN",
            (true, JoinKind::Full, _) => "NATURAL FULL JOIN",
        };
        write!(f, "{} {word} {}", Side(left), Side(right))?;
        match condition {
            JoinCondition::None => Ok(()),
            JoinCondition::On(on) => write!(f, " ON {on}"),
            JoinCondition::Using(columns, alias) => {
                f.write_str(" USING (")?;
                comma(f, columns)?;
                f.write_str(")")?;
                alias.as_ref().map_or(Ok(()), |alias| write!(f, " AS {alias}"))
            }
        }
    }
}

/// A side of a join: a join within it stands in parentheses.
struct Side<'a>(&'a FromItem);

impl fmt::Display for Side<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            FromKind::Join { alias: None, .. } => write!(f, "({})", self.0),
            _ => write!(f, "{}", self.0),
        }
    }
}

fn aliased(f: &mut fmt::Formatter<'_>, alias: &Option<Alias>) -> fmt::Result {
    alias.as_ref().map_or(Ok(()), |alias| write!(f, " AS {alias}"))
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "{name}")?;
        }
        if self.columns.is_empty() && self.definitions.is_empty() {
            return Ok(());
        }
        f.write_str(" (")?;
        comma(f, &self.columns)?;
        comma(f, &self.definitions)?;
        f.write_str(")")
    }
}

impl fmt::Display for ColumnDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.data_type)?;
        self.collation.as_ref().map_or(Ok(()), |collation| write!(f, " COLLATE {collation}"))
    }
}

impl fmt::Display for FunctionCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.call)?;
        if self.definitions.is_empty() {
            return Ok(());
        }
        f.write_str(" AS (")?;
        comma(f, &self.definitions)?;
        f.write_str(")")
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TABLESAMPLE {} (", self.method)?;
        comma(f, &self.arguments)?;
        f.write_str(")")?;
        self.seed.as_ref().map_or(Ok(()), |seed| write!(f, " REPEATABLE ({seed})"))
    }
}
