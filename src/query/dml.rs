//! INSERT, UPDATE, DELETE and MERGE.

use std::fmt;

use super::expr::{Expr, Step};
use super::expr_print::comma;
use super::from::FromItem;
use super::select::{Query, With};
use crate::pg::{Ident, Name};
use crate::source::Span;

/// The relation that a statement writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub name: Name,
    /// `ONLY`.
    pub only: bool,
    /// Its alias.
    pub alias: Option<Ident>,
}

/// A column that is assigned, or a part of it: `addr.lines[1]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnTarget {
    /// The column.
    pub name: Ident,
    /// Where it stands.
    pub span: Span,
    /// The part of it.
    pub steps: Vec<Step>,
}

/// INSERT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insert {
    /// `WITH`.
    pub with: Option<With>,
    /// The relation.
    pub target: Target,
    /// The columns when written.
    pub columns: Vec<ColumnTarget>,
    /// `OVERRIDING`.
    pub overriding: Option<Overriding>,
    /// The rows.
    pub source: InsertSource,
    /// `ON CONFLICT`.
    pub on_conflict: Option<OnConflict>,
    /// `RETURNING`.
    pub returning: Option<Returning>,
}

/// `OVERRIDING SYSTEM VALUE` and `OVERRIDING USER VALUE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overriding {
    /// `SYSTEM`.
    System,
    /// `USER`.
    User,
}

/// The rows of an INSERT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InsertSource {
    /// `DEFAULT VALUES`.
    DefaultValues,
    /// VALUES or any query.
    Query(Box<Query>),
}

/// `ON CONFLICT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnConflict {
    /// What it conflicts on when written.
    pub arbiter: Option<Arbiter>,
    /// What it does.
    pub action: ConflictAction,
}

/// The conflict target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arbiter {
    /// Columns and expressions, as SQL text with collation and operator class, and the predicate of a partial index.
    Index {
        /// Each with collation and operator class behind it.
        elements: Vec<(Expr, Option<Name>, Option<Name>)>,
        /// `WHERE`.
        predicate: Option<Expr>,
    },
    /// `ON CONSTRAINT`.
    Constraint(Ident),
}

/// What ON CONFLICT does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConflictAction {
    /// `DO NOTHING`.
    Nothing,
    /// `DO UPDATE SET … WHERE …`.
    Update {
        /// The assignments.
        set: Vec<Assignment>,
        /// The condition.
        filter: Option<Expr>,
    },
}

/// One assignment of SET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignment {
    /// `a = value`.
    Single(ColumnTarget, Expr),
    /// `(a, b) = source`, where the source is a row or a query.
    Multiple(Vec<ColumnTarget>, Expr),
}

/// `RETURNING`, with the names that PostgreSQL 18 allows for the old and the new row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returning {
    /// `WITH (OLD AS …)`.
    pub old: Option<Ident>,
    /// `WITH (NEW AS …)`.
    pub new: Option<Ident>,
    /// The list.
    pub items: Vec<super::SelectItem>,
}

/// UPDATE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// `WITH`.
    pub with: Option<With>,
    /// The relation.
    pub target: Target,
    /// The assignments.
    pub set: Vec<Assignment>,
    /// `FROM`.
    pub from: Vec<FromItem>,
    /// `WHERE`.
    pub filter: Filter,
    /// `RETURNING`.
    pub returning: Option<Returning>,
}

/// DELETE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delete {
    /// `WITH`.
    pub with: Option<With>,
    /// The relation.
    pub target: Target,
    /// `USING`.
    pub using: Vec<FromItem>,
    /// `WHERE`.
    pub filter: Filter,
    /// `RETURNING`.
    pub returning: Option<Returning>,
}

/// The WHERE of an UPDATE or DELETE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Absent: every row.
    None,
    /// A condition.
    Where(Expr),
    /// `CURRENT OF cursor`.
    CurrentOf(Ident),
}

/// MERGE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// `WITH`.
    pub with: Option<With>,
    /// The relation.
    pub target: Target,
    /// `USING`.
    pub source: FromItem,
    /// `ON`.
    pub on: Expr,
    /// The branches in order.
    pub whens: Vec<MergeWhen>,
    /// `RETURNING`.
    pub returning: Option<Returning>,
}

/// A WHEN branch of MERGE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeWhen {
    /// When it applies.
    pub on: MergeMatch,
    /// `AND condition`.
    pub condition: Option<Expr>,
    /// What it does.
    pub action: MergeAction,
}

/// Which rows a WHEN branch is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeMatch {
    /// `MATCHED`.
    Matched,
    /// `NOT MATCHED [BY TARGET]`.
    NotMatchedByTarget,
    /// `NOT MATCHED BY SOURCE`.
    NotMatchedBySource,
}

/// What a WHEN branch does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergeAction {
    /// `UPDATE SET`.
    Update(Vec<Assignment>),
    /// `DELETE`.
    Delete,
    /// `INSERT`.
    Insert {
        /// The columns when written.
        columns: Vec<ColumnTarget>,
        /// `OVERRIDING`.
        overriding: Option<Overriding>,
        /// The row; `None` for `DEFAULT VALUES`.
        values: Option<Vec<Expr>>,
    },
    /// `DO NOTHING`.
    Nothing,
}

fn with(f: &mut fmt::Formatter<'_>, with: &Option<With>) -> fmt::Result {
    with.as_ref().map_or(Ok(()), |with| write!(f, "{with} "))
}

fn parenthesised<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    f.write_str("(")?;
    comma(f, items)?;
    f.write_str(")")
}

fn returning(f: &mut fmt::Formatter<'_>, returning: &Option<Returning>) -> fmt::Result {
    returning.as_ref().map_or(Ok(()), |returning| write!(f, " {returning}"))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.only { "ONLY " } else { "" }, self.name)?;
        self.alias.as_ref().map_or(Ok(()), |alias| write!(f, " AS {alias}"))
    }
}

impl fmt::Display for ColumnTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        self.steps.iter().try_for_each(|step| write!(f, "{step}"))
    }
}

impl fmt::Display for Overriding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Overriding::System => "OVERRIDING SYSTEM VALUE",
            Overriding::User => "OVERRIDING USER VALUE",
        })
    }
}

impl fmt::Display for Insert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        with(f, &self.with)?;
        write!(f, "INSERT INTO {}", self.target)?;
        if !self.columns.is_empty() {
            f.write_str(" ")?;
            parenthesised(f, &self.columns)?;
        }
        if let Some(overriding) = &self.overriding {
            write!(f, " {overriding}")?;
        }
        match &self.source {
            InsertSource::DefaultValues => f.write_str(" DEFAULT VALUES")?,
            InsertSource::Query(query) => write!(f, " {query}")?,
        }
        if let Some(on_conflict) = &self.on_conflict {
            write!(f, " {on_conflict}")?;
        }
        returning(f, &self.returning)
    }
}

impl fmt::Display for OnConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ON CONFLICT")?;
        match &self.arbiter {
            None => {}
            Some(Arbiter::Constraint(name)) => write!(f, " ON CONSTRAINT {name}")?,
            Some(Arbiter::Index { elements, predicate }) => {
                for (at, (expr, collation, class)) in elements.iter().enumerate() {
                    f.write_str(if at > 0 { ", " } else { " (" })?;
                    match &expr.kind {
                        super::ExprKind::Column(_) => write!(f, "{expr}")?,
                        _ => write!(f, "({expr})")?,
                    }
                    collation.iter().try_for_each(|name| write!(f, " COLLATE {name}"))?;
                    class.iter().try_for_each(|name| write!(f, " {name}"))?;
                }
                f.write_str(")")?;
                predicate.iter().try_for_each(|predicate| write!(f, " WHERE {predicate}"))?;
            }
        }
        match &self.action {
            ConflictAction::Nothing => f.write_str(" DO NOTHING"),
            ConflictAction::Update { set, filter } => {
                f.write_str(" DO UPDATE SET ")?;
                comma(f, set)?;
                filter.iter().try_for_each(|filter| write!(f, " WHERE {filter}"))
            }
        }
    }
}

impl fmt::Display for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Assignment::Single(target, value) => write!(f, "{target} = {value}"),
            Assignment::Multiple(targets, source) => {
                parenthesised(f, targets)?;
                write!(f, " = {source}")
            }
        }
    }
}

impl fmt::Display for Returning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RETURNING ")?;
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => write!(f, "WITH (OLD AS {old}, NEW AS {new}) ")?,
            (Some(old), None) => write!(f, "WITH (OLD AS {old}) ")?,
            (None, Some(new)) => write!(f, "WITH (NEW AS {new}) ")?,
            (None, None) => {}
        }
        comma(f, &self.items)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Filter::None => Ok(()),
            Filter::Where(condition) => write!(f, " WHERE {condition}"),
            Filter::CurrentOf(cursor) => write!(f, " WHERE CURRENT OF {cursor}"),
        }
    }
}

impl fmt::Display for Update {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        with(f, &self.with)?;
        write!(f, "UPDATE {} SET ", self.target)?;
        comma(f, &self.set)?;
        if !self.from.is_empty() {
            f.write_str(" FROM ")?;
            comma(f, &self.from)?;
        }
        write!(f, "{}", self.filter)?;
        returning(f, &self.returning)
    }
}

impl fmt::Display for Delete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        with(f, &self.with)?;
        write!(f, "DELETE FROM {}", self.target)?;
        if !self.using.is_empty() {
            f.write_str(" USING ")?;
            comma(f, &self.using)?;
        }
        write!(f, "{}", self.filter)?;
        returning(f, &self.returning)
    }
}

impl fmt::Display for Merge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        with(f, &self.with)?;
        write!(f, "MERGE INTO {} USING {} ON {}", self.target, self.source, self.on)?;
        self.whens.iter().try_for_each(|when| write!(f, " {when}"))?;
        returning(f, &self.returning)
    }
}

impl fmt::Display for MergeWhen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.on {
            MergeMatch::Matched => "WHEN MATCHED",
            MergeMatch::NotMatchedByTarget => "WHEN NOT MATCHED",
            MergeMatch::NotMatchedBySource => "WHEN NOT MATCHED BY SOURCE",
        })?;
        self.condition.iter().try_for_each(|condition| write!(f, " AND {condition}"))?;
        match &self.action {
            MergeAction::Nothing => f.write_str(" THEN DO NOTHING"),
            MergeAction::Delete => f.write_str(" THEN DELETE"),
            MergeAction::Update(set) => {
                f.write_str(" THEN UPDATE SET ")?;
                comma(f, set)
            }
            MergeAction::Insert { columns, overriding, values } => {
                f.write_str(" THEN INSERT")?;
                if !columns.is_empty() {
                    f.write_str(" ")?;
                    parenthesised(f, columns)?;
                }
                overriding.iter().try_for_each(|overriding| write!(f, " {overriding}"))?;
                match values {
                    None => f.write_str(" DEFAULT VALUES"),
                    Some(row) => {
                        f.write_str(" VALUES ")?;
                        parenthesised(f, row)
                    }
                }
            }
        }
    }
}
