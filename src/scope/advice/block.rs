//! The blocks of a statement, and the relations that each names.

use crate::pg::{Ident, Name};
use crate::query::visit::{self, Node};
use crate::query::{
    Body, DataStatement, Delete, Expr, Filter, FromItem, FromKind, Insert, JoinCondition, JoinKind, Merge, Query,
    Select, Target, Update,
};
use crate::source::Span;

/// A part of a statement with relations of its own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Block<'s> {
    /// A SELECT, with the query that it is the body of.
    Select(&'s Query, &'s Select),
    /// INSERT; its source is a block of its own.
    Insert(&'s Insert),
    /// UPDATE.
    Update(&'s Update),
    /// DELETE.
    Delete(&'s Delete),
    /// MERGE.
    Merge(&'s Merge),
}

/// A relation as a block names it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occurrence<'s> {
    /// The relation.
    pub(super) name: &'s Name,
    /// Its alias.
    pub(super) alias: Option<&'s Ident>,
    /// Whether it is what the block writes.
    pub(super) is_target: bool,
    /// The condition of the innermost outer join that may leave it NULL.
    pub(super) nullable: Option<&'s JoinCondition>,
    /// The condition of the inner join whose right side it is.
    pub(super) joined: Option<&'s JoinCondition>,
}

/// All blocks of a statement.
#[derive(Debug, Default)]
pub(super) struct Blocks<'s> {
    /// Each with the block around it.
    list: Vec<(Block<'s>, Option<usize>)>,
}

impl<'s> Blocks<'s> {
    /// Finds the blocks of a statement.
    pub(super) fn of(data: &'s DataStatement) -> Self {
        let mut blocks = Blocks::default();
        let root = blocks.write(data);
        // What an INSERT takes its rows from does not see its target.
        let mut around: Vec<Option<usize>> = vec![root.filter(|_| !matches!(data, DataStatement::Insert(_)))];
        let closed = closed(data);
        visit::statement(data, &mut |node| match node {
            Node::Query(query) => {
                let is_closed = closed.iter().any(|known| std::ptr::eq(*known, query));
                let outer = around.last().copied().flatten().filter(|_| !is_closed);
                around.push(match &query.body {
                    Body::Select(select) => Some(blocks.push(Block::Select(query, select), outer)),
                    _ => outer,
                });
            }
            Node::End => drop(around.pop()),
            Node::Cte(cte) => drop(blocks.write(&cte.body)),
            _ => {}
        });
        blocks
    }

    fn write(&mut self, data: &'s DataStatement) -> Option<usize> {
        let block = match data {
            DataStatement::Query(_) => return None,
            DataStatement::Insert(insert) => Block::Insert(insert),
            DataStatement::Update(update) => Block::Update(update),
            DataStatement::Delete(delete) => Block::Delete(delete),
            DataStatement::Merge(merge) => Block::Merge(merge),
        };
        Some(self.push(block, None))
    }

    fn push(&mut self, block: Block<'s>, around: Option<usize>) -> usize {
        self.list.push((block, around));
        self.list.len() - 1
    }

    /// Finds the block that names a relation at a place.
    pub(super) fn at(&self, span: Span) -> Option<(usize, Occurrence<'s>)> {
        let mut all = self.list.iter().enumerate();
        all.find_map(|(at, (block, _))| {
            let found = block.relations().into_iter().find(|found| found.name.span == span)?;
            Some((at, found))
        })
    }

    /// Returns a block.
    pub(super) fn get(&self, at: usize) -> Block<'s> {
        self.list[at].0
    }

    /// Returns the block around another.
    pub(super) fn around(&self, at: usize) -> Option<usize> {
        self.list[at].1
    }
}

/// The queries that see no relation of the block around them.
fn closed(data: &DataStatement) -> Vec<&Query> {
    let mut found = Vec::new();
    visit::statement(data, &mut |node| {
        if let Node::Cte(cte) = node
            && let DataStatement::Query(query) = &*cte.body
        {
            found.push(query);
        }
        if let Node::From(item) = node
            && let FromKind::Subquery { lateral: false, query, .. } = &item.kind
        {
            found.push(&**query);
        }
    });
    found
}

impl<'s> Block<'s> {
    /// Returns the relations that it names itself, the written one first.
    pub(super) fn relations(self) -> Vec<Occurrence<'s>> {
        let mut found = Vec::new();
        if let Some(target) = self.target() {
            let (name, alias) = (&target.name, target.alias.as_ref());
            found.push(Occurrence { name, alias, is_target: true, nullable: None, joined: None });
        }
        self.items().into_iter().for_each(|item| relations(item, None, None, &mut found));
        found
    }

    /// Returns what it writes.
    pub(super) fn target(self) -> Option<&'s Target> {
        match self {
            Block::Select(..) => None,
            Block::Insert(insert) => Some(&insert.target),
            Block::Update(update) => Some(&update.target),
            Block::Delete(delete) => Some(&delete.target),
            Block::Merge(merge) => Some(&merge.target),
        }
    }

    /// Returns what stands in its FROM or USING.
    pub(super) fn items(self) -> Vec<&'s FromItem> {
        match self {
            Block::Select(_, select) => select.from.iter().collect(),
            Block::Insert(_) => Vec::new(),
            Block::Update(update) => update.from.iter().collect(),
            Block::Delete(delete) => delete.using.iter().collect(),
            Block::Merge(merge) => vec![&merge.source],
        }
    }

    /// Returns its condition: WHERE, and ON of a MERGE.
    pub(super) fn filter(self) -> Option<&'s Expr> {
        let of = |filter: &'s Filter| match filter {
            Filter::Where(condition) => Some(condition),
            _ => None,
        };
        match self {
            Block::Select(_, select) => select.filter.as_ref(),
            Block::Insert(_) => None,
            Block::Update(update) => of(&update.filter),
            Block::Delete(delete) => of(&delete.filter),
            Block::Merge(merge) => Some(&merge.on),
        }
    }

    /// Returns the conditions of its joins, with whether the join drops rows that do not match.
    pub(super) fn joins(self) -> Vec<(&'s FromItem, &'s Expr)> {
        let mut found = Vec::new();
        self.items().into_iter().for_each(|item| joins(item, &mut found));
        found
    }
}

impl Occurrence<'_> {
    /// Returns the name that its columns are qualified with.
    pub(super) fn qualifier(&self) -> &Ident {
        self.alias.unwrap_or(self.name.last())
    }

    /// Returns it as a reader knows it: `queues q`.
    pub(super) fn shown(&self) -> String {
        match self.alias {
            Some(alias) => format!("`{} {alias}`", self.name),
            None => format!("`{}`", self.name),
        }
    }
}

fn relations<'s>(
    item: &'s FromItem,
    nullable: Option<&'s JoinCondition>,
    joined: Option<&'s JoinCondition>,
    found: &mut Vec<Occurrence<'s>>,
) {
    match &item.kind {
        FromKind::Table { name, alias, .. } => {
            let alias = alias.as_ref().and_then(|alias| alias.name.as_ref());
            found.push(Occurrence { name, alias, is_target: false, nullable, joined });
        }
        FromKind::Join { kind, left, right, condition, .. } => {
            let outer = Some(condition);
            let (left_null, right_null) = match kind {
                JoinKind::Inner => (nullable, nullable),
                JoinKind::Left => (nullable, outer),
                JoinKind::Right => (outer, nullable),
                JoinKind::Full => (outer, outer),
            };
            relations(left, left_null, None, found);
            relations(right, right_null, Some(condition).filter(|_| *kind == JoinKind::Inner), found);
        }
        FromKind::Subquery { .. } | FromKind::Function { .. } => {}
    }
}

fn joins<'s>(item: &'s FromItem, found: &mut Vec<(&'s FromItem, &'s Expr)>) {
    if let FromKind::Join { left, right, condition, .. } = &item.kind {
        joins(left, found);
        joins(right, found);
        if let JoinCondition::On(on) = condition {
            found.push((item, on));
        }
    }
}

/// Says whether a relation lies within an item of FROM.
pub(super) fn holds(item: &FromItem, span: Span) -> bool {
    let mut found = Vec::new();
    relations(item, None, None, &mut found);
    found.iter().any(|relation| relation.name.span == span)
}
