//! Function calls, aggregates and windows.

use std::fmt;

use super::expr::Expr;
use super::expr_print::comma;
use super::select::SortItem;
use crate::pg::{Ident, Name};

/// A call with everything that may stand around its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The function.
    pub name: Name,
    /// `f(*)`.
    pub star: bool,
    /// `DISTINCT` before the arguments.
    pub distinct: bool,
    /// The arguments.
    pub arguments: Vec<Argument>,
    /// `VARIADIC` before the last argument.
    pub variadic: bool,
    /// `ORDER BY` among the arguments, or of `WITHIN GROUP`.
    pub order_by: Vec<SortItem>,
    /// Whether `order_by` is that of `WITHIN GROUP`.
    pub within_group: bool,
    /// `FILTER (WHERE …)`.
    pub filter: Option<Expr>,
    /// `OVER`.
    pub over: Option<Over>,
}

/// One argument, with its name in `f(name => value)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The parameter's name when written.
    pub name: Option<Ident>,
    /// The value.
    pub value: Expr,
}

/// What stands behind `OVER`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Over {
    /// A window of the WINDOW clause.
    Named(Ident),
    /// A window written in place.
    Window(Window),
}

/// A window definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The window that it extends.
    pub base: Option<Ident>,
    /// `PARTITION BY`.
    pub partition_by: Vec<Expr>,
    /// `ORDER BY`.
    pub order_by: Vec<SortItem>,
    /// The frame when written.
    pub frame: Option<Frame>,
}

/// A window frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it counts in.
    pub units: FrameUnits,
    /// Where it starts.
    pub start: FrameBound,
    /// Where it ends, when `BETWEEN` is written.
    pub end: Option<FrameBound>,
    /// `EXCLUDE`.
    pub exclude: Option<FrameExclusion>,
}

/// The units of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameUnits {
    /// `ROWS`.
    Rows,
    /// `RANGE`.
    Range,
    /// `GROUPS`.
    Groups,
}

/// One end of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrameBound {
    /// `UNBOUNDED PRECEDING`.
    UnboundedPreceding,
    /// `offset PRECEDING`.
    Preceding(Box<Expr>),
    /// `CURRENT ROW`.
    CurrentRow,
    /// `offset FOLLOWING`.
    Following(Box<Expr>),
    /// `UNBOUNDED FOLLOWING`.
    UnboundedFollowing,
}

/// What a frame leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameExclusion {
    /// `EXCLUDE CURRENT ROW`.
    CurrentRow,
    /// `EXCLUDE GROUP`.
    Group,
    /// `EXCLUDE TIES`.
    Ties,
    /// `EXCLUDE NO OTHERS`.
    NoOthers,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({}", self.name, if self.distinct { "DISTINCT " } else { "" })?;
        if self.star {
            f.write_str("*")?;
        }
        for (at, argument) in self.arguments.iter().enumerate() {
            let last = at + 1 == self.arguments.len();
            f.write_str(if at > 0 { ", " } else { "" })?;
            f.write_str(if last && self.variadic { "VARIADIC " } else { "" })?;
            write!(f, "{argument}")?;
        }
        if !self.order_by.is_empty() && !self.within_group {
            f.write_str(" ORDER BY ")?;
            comma(f, &self.order_by)?;
        }
        f.write_str(")")?;
        if self.within_group {
            f.write_str(" WITHIN GROUP (ORDER BY ")?;
            comma(f, &self.order_by)?;
            f.write_str(")")?;
        }
        if let Some(filter) = &self.filter {
            write!(f, " FILTER (WHERE {filter})")?;
        }
        match &self.over {
            Some(Over::Named(name)) => write!(f, " OVER {name}"),
            Some(Over::Window(window)) => write!(f, " OVER ({window})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} => {}", self.value),
            None => write!(f, "{}", self.value),
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut space = "";
        if let Some(base) = &self.base {
            write!(f, "{base}")?;
            space = " ";
        }
        if !self.partition_by.is_empty() {
            write!(f, "{space}PARTITION BY ")?;
            comma(f, &self.partition_by)?;
            space = " ";
        }
        if !self.order_by.is_empty() {
            write!(f, "{space}ORDER BY ")?;
            comma(f, &self.order_by)?;
            space = " ";
        }
        self.frame.as_ref().map_or(Ok(()), |frame| write!(f, "{space}{frame}"))
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.units {
            FrameUnits::Rows => "ROWS ",
            FrameUnits::Range => "RANGE ",
            FrameUnits::Groups => "GROUPS ",
        })?;
        match &self.end {
            Some(end) => write!(f, "BETWEEN {} AND {end}", self.start)?,
            None => write!(f, "{}", self.start)?,
        }
        f.write_str(match self.exclude {
            None => "",
            Some(FrameExclusion::CurrentRow) => " EXCLUDE CURRENT ROW",
            Some(FrameExclusion::Group) => " EXCLUDE GROUP",
            Some(FrameExclusion::Ties) => " EXCLUDE TIES",
            Some(FrameExclusion::NoOthers) => " EXCLUDE NO OTHERS",
        })
    }
}

impl fmt::Display for FrameBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FrameBound::UnboundedPreceding => f.write_str("UNBOUNDED PRECEDING"),
            FrameBound::Preceding(offset) => write!(f, "({offset}) PRECEDING"),
            FrameBound::CurrentRow => f.write_str("CURRENT ROW"),
            FrameBound::Following(offset) => write!(f, "({offset}) FOLLOWING"),
            FrameBound::UnboundedFollowing => f.write_str("UNBOUNDED FOLLOWING"),
        }
    }
}
