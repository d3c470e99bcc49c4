//! Cursors: DECLARE, FETCH, MOVE, CLOSE.

use std::fmt;

use crate::pg::Ident;
use crate::query::Query;
use crate::statement::print::{Spaced, When};
use crate::statement::words::words;

/// DECLARE CURSOR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclareCursor {
    /// Its name.
    pub name: Ident,
    /// The options, in the order written.
    pub options: Vec<CursorOption>,
    /// `WITH HOLD`: it outlives the transaction.
    pub hold: bool,
    /// The query.
    pub query: Query,
}

words! {
    /// An option of a cursor.
    pub enum CursorOption {
        NoScroll = "NO SCROLL",
        Scroll = "SCROLL",
        Binary = "BINARY",
        Asensitive = "ASENSITIVE",
        Insensitive = "INSENSITIVE",
    }
}

/// FETCH or MOVE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// Which of the two.
    pub command: FetchCommand,
    /// Which way.
    pub direction: FetchDirection,
    /// How many rows, or which row.
    pub count: FetchCount,
    /// The cursor.
    pub cursor: Ident,
}

words! {
    /// The commands that share the form of FETCH.
    pub enum FetchCommand {
        Fetch = "FETCH",
        Move = "MOVE",
    }
}

words! {
    /// Which way FETCH goes.
    pub enum FetchDirection {
        Forward = "FORWARD",
        Backward = "BACKWARD",
        Absolute = "ABSOLUTE",
        Relative = "RELATIVE",
    }
}

/// How far FETCH goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchCount {
    /// This many rows, or to this row.
    Rows(i32),
    /// To the end.
    All,
}

/// CLOSE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// The cursor; `None` for all.
    pub cursor: Option<Ident>,
}

impl Close {
    /// Returns PostgreSQL's command tag.
    pub fn tag(&self) -> &'static str {
        if self.cursor.is_some() { "CLOSE CURSOR" } else { "CLOSE CURSOR ALL" }
    }
}

impl fmt::Display for DeclareCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DECLARE {}{} CURSOR", self.name, Spaced(&self.options))?;
        write!(f, "{} FOR {}", When(self.hold, " WITH HOLD"), self.query)
    }
}

impl fmt::Display for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.command, self.direction)?;
        match self.count {
            FetchCount::Rows(count) => write!(f, "{count}")?,
            FetchCount::All => f.write_str("ALL")?,
        }
        write!(f, " FROM {}", self.cursor)
    }
}

impl fmt::Display for Close {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cursor {
            Some(cursor) => write!(f, "CLOSE {cursor}"),
            None => f.write_str("CLOSE ALL"),
        }
    }
}
