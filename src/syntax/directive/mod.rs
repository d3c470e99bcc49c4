//! Directives: what an author says about a statement in the comments above it.
//!
//! `-- tenet: allow lock/table-rewrite because the table is empty`. What looks like a directive and is none is a
//! problem, never silence.

mod attach;
mod line;

pub use attach::read;

use crate::pg::Name;
use crate::query::Expr;
use crate::source::Span;

/// The directives of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directives {
    /// Those that belong to a statement, in the order of the statements and of the file.
    pub placed: Vec<Placed>,
    /// What is meant as a directive and is none, or belongs to no statement.
    pub problems: Vec<Problem>,
}

impl Directives {
    /// Returns the directives of a statement, by its place among the pieces of the file.
    pub fn of(&self, piece: usize) -> &[Placed] {
        let from = self.placed.partition_point(|placed| placed.piece < piece);
        let behind = self.placed.partition_point(|placed| placed.piece <= piece);
        self.placed.get(from..behind).unwrap_or(&[])
    }
}

/// A directive and the statement that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// From the dashes to the end of its line; for `rollback` to the end of the line with `end`.
    pub span: Span,
    /// What it says.
    pub directive: Directive,
    /// The statement, as an index in [`super::script::Script::pieces`].
    pub piece: usize,
    /// Where it stands.
    pub place: Place,
}

/// Where a directive stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Above its statement.
    Above,
    /// Within it, above one of its parts: `renamed from` over a column.
    Within,
}

/// What a directive says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directive {
    /// `allow <rule> because <reason>`: the author accepts one finding.
    Allow {
        /// The rule, as `lock/table-rewrite`.
        rule: Text,
        /// Why.
        reason: Text,
    },
    /// `rollback` … `end`: the author's own inverse.
    Rollback(Inverse),
    /// `irreversible because <reason>`: there is no inverse.
    Irreversible(Text),
    /// `fill <column> with <expression>`: what rows written since then get when a retired column comes back.
    Fill {
        /// The column.
        column: Name,
        /// Its value.
        value: Box<Expr>,
    },
    /// `all-tenants because <reason>`: the statement touches every tenant on purpose.
    AllTenants(Text),
    /// `batch <rows>`: the statement runs in batches of so many rows; at least 1.
    Batch(u32),
    /// `after shared <version>`, `after tenant <version>`: waits for a migration of the other history.
    After(History, Text),
    /// `renamed from <old>`: the object had another name.
    RenamedFrom(Name),
}

/// The two histories of a hybrid project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// Runs once for each database.
    Shared,
    /// Runs once for each tenant.
    Tenant,
}

/// A piece of a directive as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// The SQL between `rollback` and `end`, without the dashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inverse {
    /// The lines, each with a line feed behind it.
    pub text: String,
    /// Where each line of the text stands in the file.
    pub lines: Vec<Span>,
}

impl Inverse {
    /// Returns the place in the file of a byte of the text.
    pub fn place(&self, offset: u32) -> u32 {
        let mut start = 0;
        for line in &self.lines {
            let length = line.end - line.start;
            if offset <= start + length {
                return line.start + (offset - start);
            }
            start += length + 1;
        }
        self.lines.last().map_or(0, |line| line.end)
    }
}

/// Something that is meant as a directive and cannot stand as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What does not fit.
    pub span: Span,
    /// What is wrong, and what would be understood.
    pub message: String,
    /// The known word that comes nearest to the one written.
    pub nearest: Option<&'static str>,
}

impl Directive {
    /// Returns the word that a statement may carry once, or once for each column; `None` when it may be repeated.
    fn once(&self) -> Option<String> {
        match self {
            Directive::Allow { .. } | Directive::After(..) => None,
            Directive::Rollback(_) => Some("rollback".into()),
            Directive::Irreversible(_) => Some("irreversible".into()),
            Directive::Fill { column, .. } => Some(format!("fill {column}")),
            Directive::AllTenants(_) => Some("all-tenants".into()),
            Directive::Batch(_) => Some("batch".into()),
            Directive::RenamedFrom(_) => Some("renamed from".into()),
        }
    }

    /// Says whether the two contradict or repeat each other on one statement.
    fn conflicts(&self, other: &Directive) -> bool {
        let contradicts =
            |a: &Directive, b: &Directive| matches!((a, b), (Directive::Rollback(_), Directive::Irreversible(_)));
        let repeats = self.once().is_some() && self.once() == other.once();
        repeats || contradicts(self, other) || contradicts(other, self)
    }
}
