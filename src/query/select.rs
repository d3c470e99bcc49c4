//! Queries: SELECT, VALUES, set operations, WITH.

use std::fmt;

use super::call::Window;
use super::dml::{Delete, Insert, Merge, Update};
use super::expr::Expr;
use super::expr_print::comma;
use super::from::FromItem;
use crate::pg::{Ident, Name};
use crate::source::Span;

/// A statement that returns or changes rows; what WITH may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataStatement {
    /// SELECT, VALUES or TABLE.
    Query(Query),
    /// INSERT.
    Insert(Insert),
    /// UPDATE.
    Update(Update),
    /// DELETE.
    Delete(Delete),
    /// MERGE.
    Merge(Merge),
}

/// A query with the clauses that apply to its whole result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Where it stands.
    pub span: Span,
    /// `WITH`.
    pub with: Option<With>,
    /// The rows.
    pub body: Body,
    /// `ORDER BY`.
    pub order_by: Vec<SortItem>,
    /// `LIMIT` or `FETCH FIRST`; `LIMIT ALL` is the literal NULL, as in PostgreSQL.
    pub limit: Option<Expr>,
    /// `FETCH … WITH TIES`.
    pub with_ties: bool,
    /// `OFFSET`.
    pub offset: Option<Expr>,
    /// `FOR UPDATE` and its kin.
    pub locking: Vec<Locking>,
}

/// Where the rows of a query come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A SELECT.
    Select(Box<Select>),
    /// `VALUES`.
    Values(Vec<Vec<Expr>>),
    /// `UNION`, `INTERSECT`, `EXCEPT`.
    SetOperation {
        /// Which.
        operator: SetOperator,
        /// `ALL`.
        all: bool,
        /// Left side.
        left: Box<Query>,
        /// Right side.
        right: Box<Query>,
    },
}

/// A SELECT without the clauses that apply to its result as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Select {
    /// From `SELECT` to its last token, as far as it is known.
    pub span: Span,
    /// `DISTINCT`.
    pub distinct: Distinct,
    /// The select list; may be empty.
    pub items: Vec<SelectItem>,
    /// `INTO`.
    pub into: Option<Into>,
    /// `FROM`.
    pub from: Vec<FromItem>,
    /// `WHERE`.
    pub filter: Option<Expr>,
    /// `GROUP BY`.
    pub group_by: GroupBy,
    /// `HAVING`.
    pub having: Option<Expr>,
    /// `WINDOW`.
    pub windows: Vec<(Ident, Window)>,
}

/// `DISTINCT`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Distinct {
    /// Absent, or `ALL`.
    #[default]
    No,
    /// `DISTINCT`.
    All,
    /// `DISTINCT ON (…)`.
    On(Vec<Expr>),
}

/// An output column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectItem {
    /// The value; may be a star.
    pub expr: Expr,
    /// Its name when written.
    pub alias: Option<Ident>,
}

/// `SELECT … INTO table`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Into {
    /// The new table.
    pub name: Name,
    /// `TEMPORARY` or `UNLOGGED`.
    pub persistence: IntoPersistence,
}

/// How long the table of `SELECT … INTO` lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntoPersistence {
    /// Neither.
    Permanent,
    /// `TEMPORARY`.
    Temporary,
    /// `UNLOGGED`.
    Unlogged,
}

/// `GROUP BY`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupBy {
    /// `GROUP BY DISTINCT`.
    pub distinct: bool,
    /// The items.
    pub items: Vec<GroupItem>,
}

/// One item of `GROUP BY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupItem {
    /// An expression.
    Expr(Expr),
    /// `()`.
    Empty,
    /// `ROLLUP (…)`.
    Rollup(Vec<Expr>),
    /// `CUBE (…)`.
    Cube(Vec<Expr>),
    /// `GROUPING SETS (…)`.
    Sets(Vec<GroupItem>),
}

/// The set operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOperator {
    /// `UNION`.
    Union,
    /// `INTERSECT`.
    Intersect,
    /// `EXCEPT`.
    Except,
}

/// One key of `ORDER BY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortItem {
    /// The key.
    pub expr: Expr,
    /// `ASC`, `DESC`, `USING op`.
    pub direction: SortDirection,
    /// `NULLS FIRST` or `LAST`.
    pub nulls: Nulls,
}

/// The direction of a sort key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SortDirection {
    /// Nothing written.
    #[default]
    Default,
    /// `ASC`.
    Ascending,
    /// `DESC`.
    Descending,
    /// `USING op`.
    Using(super::Operator),
}

/// Where NULLs sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Nulls {
    /// Nothing written.
    #[default]
    Default,
    /// `NULLS FIRST`.
    First,
    /// `NULLS LAST`.
    Last,
}

/// `FOR UPDATE OF t NOWAIT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locking {
    /// Strength of the row lock.
    pub strength: LockStrength,
    /// `OF`.
    pub of: Vec<Name>,
    /// `NOWAIT` or `SKIP LOCKED`.
    pub wait: LockWait,
}

/// Strength of a row lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockStrength {
    /// `FOR UPDATE`.
    Update,
    /// `FOR NO KEY UPDATE`.
    NoKeyUpdate,
    /// `FOR SHARE`.
    Share,
    /// `FOR KEY SHARE`.
    KeyShare,
}

/// What to do about a row that is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockWait {
    /// Wait.
    Wait,
    /// `NOWAIT`.
    NoWait,
    /// `SKIP LOCKED`.
    SkipLocked,
}

/// `WITH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct With {
    /// `RECURSIVE`.
    pub recursive: bool,
    /// The common table expressions.
    pub ctes: Vec<Cte>,
}

/// A common table expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cte {
    /// Its name.
    pub name: Ident,
    /// Where the name stands.
    pub span: Span,
    /// Column names when written.
    pub columns: Vec<Ident>,
    /// `MATERIALIZED` (true) or `NOT MATERIALIZED` (false).
    pub materialized: Option<bool>,
    /// What it computes.
    pub body: Box<DataStatement>,
    /// `SEARCH` and `CYCLE` clauses, as SQL text.
    pub search_cycle: String,
}

impl Query {
    /// Makes a query that has only a body.
    pub fn of(span: Span, body: Body) -> Self {
        let (order_by, locking) = (Vec::new(), Vec::new());
        Query { span, with: None, body, order_by, limit: None, with_ties: false, offset: None, locking }
    }

    /// Says whether nothing but the body is there.
    pub fn is_bare(&self) -> bool {
        self.with.is_none() && self.has_no_tail()
    }

    fn has_no_tail(&self) -> bool {
        self.order_by.is_empty() && self.limit.is_none() && self.offset.is_none() && self.locking.is_empty()
    }
}

impl fmt::Display for DataStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DataStatement::Query(query) => write!(f, "{query}"),
            DataStatement::Insert(insert) => write!(f, "{insert}"),
            DataStatement::Update(update) => write!(f, "{update}"),
            DataStatement::Delete(delete) => write!(f, "{delete}"),
            DataStatement::Merge(merge) => write!(f, "{merge}"),
        }
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(with) = &self.with {
            write!(f, "{with} ")?;
        }
        match &self.body {
            Body::Select(select) => write!(f, "{select}")?,
            Body::Values(rows) => values(f, rows)?,
            Body::SetOperation { operator, all, left, right } => {
                write!(f, "({left}) {operator}{} ({right})", if *all { " ALL" } else { "" })?;
            }
        }
        self.fmt_tail(f)
    }
}

impl Query {
    fn fmt_tail(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.order_by.is_empty() {
            f.write_str(" ORDER BY ")?;
            comma(f, &self.order_by)?;
        }
        if let Some(offset) = &self.offset {
            write!(f, " OFFSET ({offset})")?;
        }
        match &self.limit {
            Some(limit) if self.with_ties => write!(f, " FETCH FIRST ({limit}) ROWS WITH TIES")?,
            Some(limit) => write!(f, " LIMIT {limit}")?,
            None => {}
        }
        self.locking.iter().try_for_each(|locking| write!(f, " {locking}"))
    }
}

fn values(f: &mut fmt::Formatter<'_>, rows: &[Vec<Expr>]) -> fmt::Result {
    f.write_str("VALUES ")?;
    for (at, row) in rows.iter().enumerate() {
        f.write_str(if at > 0 { ", (" } else { "(" })?;
        comma(f, row)?;
        f.write_str(")")?;
    }
    Ok(())
}

impl fmt::Display for Select {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SELECT")?;
        match &self.distinct {
            Distinct::No => {}
            Distinct::All => f.write_str(" DISTINCT")?,
            Distinct::On(keys) => {
                f.write_str(" DISTINCT ON (")?;
                comma(f, keys)?;
                f.write_str(")")?;
            }
        }
        f.write_str(" ")?;
        comma(f, &self.items)?;
        if let Some(into) = &self.into {
            write!(f, " {into}")?;
        }
        if !self.from.is_empty() {
            f.write_str(" FROM ")?;
            comma(f, &self.from)?;
        }
        if let Some(filter) = &self.filter {
            write!(f, " WHERE {filter}")?;
        }
        if !self.group_by.items.is_empty() {
            f.write_str(if self.group_by.distinct { " GROUP BY DISTINCT " } else { " GROUP BY " })?;
            comma(f, &self.group_by.items)?;
        }
        if let Some(having) = &self.having {
            write!(f, " HAVING {having}")?;
        }
        for (at, (name, window)) in self.windows.iter().enumerate() {
            f.write_str(if at > 0 { ", " } else { " WINDOW " })?;
            write!(f, "{name} AS ({window})")?;
        }
        Ok(())
    }
}

impl fmt::Display for SelectItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.alias {
            Some(alias) => write!(f, "{} AS {alias}", self.expr),
            None => write!(f, "{}", self.expr),
        }
    }
}

impl fmt::Display for Into {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let persistence = match self.persistence {
            IntoPersistence::Permanent => "TABLE",
            IntoPersistence::Temporary => "TEMPORARY TABLE",
            IntoPersistence::Unlogged => "UNLOGGED TABLE",
        };
        write!(f, "INTO {persistence} {}", self.name)
    }
}

impl fmt::Display for GroupItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            GroupItem::Expr(expr) => return write!(f, "{expr}"),
            GroupItem::Empty => return f.write_str("()"),
            GroupItem::Sets(items) => {
                f.write_str("GROUPING SETS (")?;
                comma(f, items)?;
                return f.write_str(")");
            }
            GroupItem::Rollup(_) => "ROLLUP",
            GroupItem::Cube(_) => "CUBE",
        };
        let (GroupItem::Rollup(items) | GroupItem::Cube(items)) = self else { return Ok(()) };
        write!(f, "{word} (")?;
        comma(f, items)?;
        f.write_str(")")
    }
}

impl fmt::Display for SetOperator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SetOperator::Union => "UNION",
            SetOperator::Intersect => "INTERSECT",
            SetOperator::Except => "EXCEPT",
        })
    }
}

impl fmt::Display for SortItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.expr)?;
        match &self.direction {
            SortDirection::Default => {}
            SortDirection::Ascending => f.write_str(" ASC")?,
            SortDirection::Descending => f.write_str(" DESC")?,
            SortDirection::Using(operator) => write!(f, " USING {operator}")?,
        }
        f.write_str(match self.nulls {
            Nulls::Default => "",
            Nulls::First => " NULLS FIRST",
            Nulls::Last => " NULLS LAST",
        })
    }
}

impl fmt::Display for Locking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.strength {
            LockStrength::Update => "FOR UPDATE",
            LockStrength::NoKeyUpdate => "FOR NO KEY UPDATE",
            LockStrength::Share => "FOR SHARE",
            LockStrength::KeyShare => "FOR KEY SHARE",
        })?;
        if !self.of.is_empty() {
            f.write_str(" OF ")?;
            comma(f, &self.of)?;
        }
        f.write_str(match self.wait {
            LockWait::Wait => "",
            LockWait::NoWait => " NOWAIT",
            LockWait::SkipLocked => " SKIP LOCKED",
        })
    }
}

impl fmt::Display for With {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.recursive { "WITH RECURSIVE " } else { "WITH " })?;
        comma(f, &self.ctes)
    }
}

impl fmt::Display for Cte {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if !self.columns.is_empty() {
            f.write_str("(")?;
            comma(f, &self.columns)?;
            f.write_str(")")?;
        }
        let materialized = match self.materialized {
            None => "",
            Some(true) => "MATERIALIZED ",
            Some(false) => "NOT MATERIALIZED ",
        };
        write!(f, " AS {materialized}({})", self.body)?;
        if self.search_cycle.is_empty() { Ok(()) } else { write!(f, " {}", self.search_cycle) }
    }
}
