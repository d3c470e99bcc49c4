//! A statement taken apart: blocks, what holds in each, and what has to be shown of the rows that they meet.

use super::formula::Formula;
use super::term::TermId;
use crate::pg::{Ident, Name};
use crate::rules::Rule;
use crate::source::Span;

/// The outer joins on whose nullable sides a place lies, outermost first.
pub(super) type Stack = Vec<u32>;

/// A block, as an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeId(pub(super) usize);

/// A query, or a part of a set operation.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// The rows and unknown values that are its own or belong to a part of it.
    pub(super) made: (u32, u32),
    /// What holds at each place.
    pub(super) facts: Vec<(Stack, Formula)>,
    /// Its outer joins.
    pub(super) joins: Vec<Outer>,
    /// How columns look from outside an outer join: the join, the column as seen, the column itself.
    pub(super) shadows: Vec<(u32, TermId, TermId)>,
    /// What has to be shown.
    pub(super) demands: Vec<Demand>,
    /// The queries in it.
    pub(super) children: Vec<Child>,
    /// Which facts about its output may be used within it.
    pub(super) import: Import,
    /// What it puts out.
    pub(super) outputs: Vec<Output>,
    /// What holds for every row that it puts out.
    pub(super) export: Formula,
}

/// A column of a block's result.
#[derive(Clone, Debug)]
pub(super) struct Output {
    /// Its name.
    pub(super) name: Ident,
    /// Its value.
    pub(super) term: TermId,
}

/// An outer join.
#[derive(Clone, Debug)]
pub(super) struct Outer {
    /// The place where it stands.
    pub(super) stack: Stack,
    /// The nullable side, or for FULL both.
    pub(super) sides: Vec<u32>,
    /// The condition, which holds on the nullable side for rows that are matched.
    pub(super) on: Formula,
}

/// A query within a block.
#[derive(Clone, Debug)]
pub(super) struct Child {
    /// The query.
    pub(super) node: NodeId,
    /// Where it stands.
    pub(super) stack: Stack,
    /// What the block's output columns are in it, of a part of a set operation.
    pub(super) links: Vec<(TermId, TermId)>,
    /// What decides whether it runs.
    pub(super) runs: Runs,
}

/// When a query within a block runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Runs {
    /// For rows of the block: without any it has no effect.
    ForRows,
    /// Always, as a statement in WITH does that writes.
    Always,
    /// Always, and of the rows of the block nothing is known in it but whose they are: this term names their tenant.
    Once(Option<TermId>),
}

/// Which facts about a block's output hold within it: those that filter before or after with the same result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Import {
    /// All.
    #[default]
    All,
    /// Those about these terms.
    Only(Vec<TermId>),
}

/// Something to be shown: that a row is the tenant's.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    /// Where the row is met.
    pub(super) stack: Stack,
    /// The tenant of the row.
    pub(super) tenant: TermId,
    /// What is asked of the term.
    pub(super) what: What,
    /// The place in the source.
    pub(super) span: Span,
    /// The relation.
    pub(super) relation: Name,
    /// The rule that reports what is not shown.
    pub(super) rule: &'static Rule,
}

/// What has to be shown of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A row that is read.
    Read,
    /// A row that is changed, locked or deleted.
    Written,
    /// The tenant that a row gets, which must not be NULL.
    Given,
}
