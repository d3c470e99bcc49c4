//! Queries: blocks, set operations, and what may be carried into them from outside.

use super::analysis::{Analysis, Level, unfollowed};
use super::determined::Extreme;
use super::formula::Formula;
use super::lower::{Truth, fields, is_star};
use super::node::{Import, NodeId, Output, Stack};
use super::term::TermId;
use super::window::window_parts;
use crate::pg::{Ident, function};
use crate::query::visit::{self, Node as Met};
use crate::query::{
    Body, Call, Distinct, Expr, ExprKind, GroupItem, Literal, Query, Select, SelectItem, SetOperator, SortDirection,
    SortItem, Step,
};
use crate::scope::{Hole, opaque};

/// A block that was read.
type Read = Result<NodeId, Hole>;

impl Analysis<'_> {
    /// Reads a query that stands in an expression of the block.
    pub(super) fn subquery(&mut self, query: &Query) -> Read {
        let node = self.query(query)?;
        let at = self.levels.last().map(|level| level.at.clone()).unwrap_or_default();
        self.child(node, &at, Vec::new());
        Ok(node)
    }

    /// Reads a query.
    pub(super) fn query(&mut self, query: &Query) -> Read {
        self.begin();
        let visible = self.ctes.len();
        let read = self.bounded(self.open.len());
        let read = read.and_then(|()| self.with(query.with.as_ref())).and_then(|()| self.body(query));
        self.ctes.truncate(visible);
        match read {
            Ok(()) => self.end(),
            Err(hole) => {
                self.open.pop();
                Err(hole)
            }
        }
    }

    fn body(&mut self, query: &Query) -> Result<(), Hole> {
        match &query.body {
            Body::Select(select) => self.select(query, select),
            Body::Values(rows) => self.values(query, rows),
            Body::SetOperation { operator, left, right, .. } => self.set_operation(query, *operator, (left, right)),
        }
    }

    fn select(&mut self, query: &Query, select: &Select) -> Result<(), Hole> {
        self.levels.push(Level::default());
        let read = self.select_at_level(query, select);
        self.levels.pop();
        read
    }

    fn select_at_level(&mut self, query: &Query, select: &Select) -> Result<(), Hole> {
        let top = Stack::new();
        for item in &select.from {
            self.from(item, &top)?;
        }
        if let Some(filter) = &select.filter {
            let held = self.filters_by(filter)?;
            self.fact(&top, held);
        }
        self.grouped(&select.group_by.items)?;
        let outputs = self.outputs(&select.items)?;
        let keys = self.group_keys(&select.group_by.items, &outputs)?;
        self.having(select)?;
        self.tail(query, &outputs)?;
        // One that no call names is not looked at by PostgreSQL; looking at it here is no harm.
        select.windows.iter().try_for_each(|(_, window)| self.window(window))?;
        let distinct = match &select.distinct {
            Distinct::On(list) => Some(self.terms_of(list)?),
            Distinct::No | Distinct::All => None,
        };
        let from_within = self.levels.last().is_some_and(|level| level.aggregates.get());
        // One of its sets is empty: there is a row of no rows, and what it lacks of the others is NULL.
        let has_empty_set = keys.is_none() && !select.group_by.items.is_empty();
        let aggregates = from_within || select.having.is_some() || has_empty_set || aggregated(query, select);
        if aggregates && !from_within && select.group_by.items.is_empty() {
            self.filters(query, select)?;
        }
        let windows = self.partitions(query, select)?;
        let barriers =
            Barriers { limited: query.limit.is_some() || query.offset.is_some(), aggregates, keys, windows, distinct };
        let extreme = if aggregates { self.extreme(&select.items)? } else { None };
        self.close(outputs, barriers, extreme);
        Ok(())
    }

    /// Groups that HAVING leaves out are of no account, and what it tests without aggregates is the same for all rows of
    /// a group.
    fn having(&mut self, select: &Select) -> Result<(), Hole> {
        let items = &select.group_by.items;
        // What a grouping set lacks is NULL, whatever the rows say.
        let is_grouped = !items.is_empty() && items.iter().all(|item| matches!(item, GroupItem::Expr(_)));
        for conjunct in select.having.iter().flat_map(Expr::conjuncts) {
            let held = self.filters_by(conjunct)?;
            let of_one_row =
                |call: &&Call| !is_aggregate(call) && !self.context.effects.routines.is_known(call.name.last());
            if is_grouped && calls_in([conjunct].into_iter()).iter().all(of_one_row) {
                self.fact(&Stack::new(), held);
            }
        }
        Ok(())
    }

    /// Rows that no aggregate takes do not count, where there is one group whatever the rows.
    fn filters(&mut self, query: &Query, select: &Select) -> Result<(), Hole> {
        let calls = calls(query, select);
        let taken: Option<Vec<&Expr>> =
            calls.iter().filter(|call| is_aggregate(call)).map(|call| call.filter.as_ref()).collect();
        if let Some(filters) = taken.filter(|filters| !filters.is_empty()) {
            let ways = filters.into_iter().map(|filter| self.holds(filter, Truth::True));
            let held = Formula::any(ways.collect::<Result<Vec<_>, _>>()?);
            self.fact(&Stack::new(), held);
        }
        Ok(())
    }

    /// Settles what goes out of the block and what may come in.
    fn close(&mut self, mut outputs: Vec<Output>, mut barriers: Barriers, extreme: Option<Extreme>) {
        self.determined(&mut barriers, &outputs);
        // An aggregate over no rows at all is a row, too.
        let bare = barriers.aggregates && barriers.keys.is_none();
        let own = (self.block().made.0, self.terms.made());
        if bare || barriers.keys.is_some() {
            for output in &mut outputs {
                let is_key = barriers.keys.as_ref().is_some_and(|keys| keys.contains(&output.term));
                if !is_key && self.terms.is_about(output.term, own) {
                    output.term = self.terms.fresh();
                }
            }
        }
        // That of an outer level's column is over that level's rows.
        let of_row = extreme.filter(|extreme| self.terms.is_about(extreme.of, own));
        let of_row = of_row.and_then(|extreme| Some((outputs.get(extreme.at)?.term, extreme.of)));
        let import = barriers.import(&outputs);
        let held = self.open.last().map_or(Formula::True, |block| self.held_by(block));
        let block = self.block();
        block.export = match of_row {
            // Of no rows it is NULL.
            Some((output, of)) if bare => Formula::Where(output, Box::new(held.and(Formula::Same(output, of)))),
            Some((output, of)) => held.and(Formula::Same(output, of)),
            None if bare => Formula::True,
            None => held,
        };
        block.import = import;
        block.outputs = outputs;
    }

    fn outputs(&mut self, items: &[SelectItem]) -> Result<Vec<Output>, Hole> {
        let mut outputs = Vec::new();
        for item in items {
            match &item.expr.kind {
                _ if is_star(&item.expr) => outputs.extend(self.starred(&item.expr)?),
                _ => {
                    let term = self.value(&item.expr)?.term;
                    let name = item.alias.clone().or_else(|| crate::catalog::names::column_label(&item.expr));
                    outputs.push(Output { name: name.unwrap_or_else(|| Ident::exact("?column?")), term });
                }
            }
        }
        Ok(outputs)
    }

    /// Returns the columns that a star stands for; `(r).*` is `r.*`.
    pub(super) fn starred(&mut self, expr: &Expr) -> Result<Vec<Output>, Hole> {
        match &expr.kind {
            ExprKind::Star(qualifier) => self.star(qualifier, expr.span),
            ExprKind::Indirection(base, steps) if steps.as_slice() == [Step::Star] => match &base.kind {
                ExprKind::Column(parts) if parts.len() == 1 && self.variables.whole(&parts[0]).is_some() => {
                    self.star(parts, expr.span)
                }
                _ => Err(unfollowed(expr.span, "the fields of a value")),
            },
            _ => Err(unfollowed(expr.span, "the fields of a value")),
        }
    }

    /// Reads select items that belong to a statement rather than a query.
    pub(super) fn returned(&mut self, items: &[SelectItem]) -> Result<Vec<Output>, Hole> {
        self.outputs(items)
    }

    fn tail(&mut self, query: &Query, outputs: &[Output]) -> Result<(), Hole> {
        for item in &query.order_by {
            if let SortDirection::Using(operator) = &item.direction {
                return Err(unfollowed(item.expr.span, &format!("an order by the operator `{}`", operator.symbol)));
            }
            let is_output = match &item.expr.kind {
                ExprKind::Column(parts) => {
                    matches!(parts.as_slice(), [name] if outputs.iter().any(|output| output.name == *name))
                }
                ExprKind::Literal(_) => true,
                _ => false,
            };
            if !is_output {
                self.value(&item.expr)?;
            }
            self.sorted(item)?;
        }
        for count in query.limit.iter().chain(&query.offset) {
            self.value(count)?;
        }
        Ok(())
    }

    /// An operator that sorts is a function like any other.
    pub(super) fn sorted(&self, item: &SortItem) -> Result<(), Hole> {
        match &item.direction {
            SortDirection::Using(operator) => {
                opaque::sorting(self.context, operator, item.expr.span).map_or(Ok(()), Err)
            }
            _ => Ok(()),
        }
    }

    /// Returns the values of a list.
    pub(super) fn terms_of(&mut self, list: &[Expr]) -> Result<Vec<TermId>, Hole> {
        list.iter().map(|expr| self.value(expr).map(|value| value.term)).collect()
    }

    /// Returns the keys that every group has; `None` without GROUP BY.
    pub(super) fn group_keys(&mut self, items: &[GroupItem], outputs: &[Output]) -> Result<Option<Vec<TermId>>, Hole> {
        if items.is_empty() {
            return Ok(None);
        }
        let mut keys = Vec::new();
        for item in items {
            keys.extend(self.common_keys(item, outputs)?);
        }
        // Grouping by nothing at all makes a row of no rows.
        Ok(Some(keys).filter(|keys| !keys.is_empty() || !items.iter().any(is_empty_set)))
    }

    /// Returns the keys that all grouping sets of an item have: what one lacks is NULL in its rows.
    fn common_keys(&mut self, item: &GroupItem, outputs: &[Output]) -> Result<Vec<TermId>, Hole> {
        match item {
            GroupItem::Expr(expr) => match position(expr).and_then(|at| outputs.get(at)) {
                Some(output) => Ok(vec![output.term]),
                None => self.terms_of(fields(expr).unwrap_or(std::slice::from_ref(expr))),
            },
            GroupItem::Empty => Ok(Vec::new()),
            // Both have the empty set among theirs.
            GroupItem::Rollup(list) | GroupItem::Cube(list) => self.terms_of(list).map(|_| Vec::new()),
            GroupItem::Sets(items) => {
                let mut common: Option<Vec<TermId>> = None;
                for item in items {
                    let own = self.common_keys(item, outputs)?;
                    common = Some(match common {
                        Some(keys) => keys.into_iter().filter(|key| own.contains(key)).collect(),
                        None => own,
                    });
                }
                Ok(common.unwrap_or_default())
            }
        }
    }

    fn values(&mut self, query: &Query, rows: &[Vec<Expr>]) -> Result<(), Hole> {
        self.levels.push(Level::default());
        let read = self.value_rows(rows).and_then(|outputs| self.tail(query, &outputs).map(|()| outputs));
        self.levels.pop();
        let outputs = read?;
        let limited = query.limit.is_some() || query.offset.is_some();
        self.close(outputs, Barriers { limited, ..Barriers::default() }, None);
        Ok(())
    }

    fn value_rows(&mut self, rows: &[Vec<Expr>]) -> Result<Vec<Output>, Hole> {
        let width = rows.first().map_or(0, Vec::len);
        let mut read: Vec<Vec<TermId>> = Vec::new();
        for row in rows {
            if let Some(star) = row.iter().find(|value| is_star(value)) {
                return Err(unfollowed(star.span, "a star among values"));
            }
            read.push(self.terms_of(row)?);
        }
        let name = |at: usize| Ident::exact(&format!("column{}", at + 1));
        if let [row] = read.as_slice() {
            return Ok(row.iter().enumerate().map(|(at, term)| Output { name: name(at), term: *term }).collect());
        }
        let outputs: Vec<Output> = (0..width).map(|at| Output { name: name(at), term: self.terms.fresh() }).collect();
        // Rows may be many: what they agree on is found column by column.
        let same = outputs.iter().enumerate().map(|(at, output)| {
            let mut column: Vec<TermId> = read.iter().filter_map(|row| row.get(at).copied()).collect();
            column.sort();
            column.dedup();
            match column.as_slice() {
                [only] => Formula::Same(output.term, *only),
                _ => Formula::True,
            }
        });
        let same = Formula::all(same.collect::<Vec<_>>());
        self.fact(&Stack::new(), same);
        Ok(outputs)
    }

    fn set_operation(
        &mut self,
        query: &Query,
        operator: SetOperator,
        (left, right): (&Query, &Query),
    ) -> Result<(), Hole> {
        let (left, right) = (self.query(left)?, self.query(right)?);
        let outputs: Vec<Output> = self.node(left).outputs.clone();
        let outputs: Vec<Output> =
            outputs.into_iter().map(|output| Output { term: self.terms.fresh(), ..output }).collect();
        let ways: Vec<Formula> = [left, right].into_iter().map(|node| self.branch(node, &outputs)).collect();
        let [left, right] = ways.as_slice() else { return Ok(()) };
        let held = match operator {
            SetOperator::Union => Formula::any([left.clone(), right.clone()]),
            SetOperator::Intersect => left.clone().and(right.clone()),
            SetOperator::Except => left.clone(),
        };
        self.fact(&Stack::new(), held);
        self.levels.push(Level::default());
        let tail = self.tail(query, &outputs);
        self.levels.pop();
        tail?;
        let limited = query.limit.is_some() || query.offset.is_some();
        self.close(outputs, Barriers { limited, ..Barriers::default() }, None);
        Ok(())
    }

    /// Adds a part of a set operation, and returns what holds for the rows that come from it.
    pub(super) fn branch(&mut self, node: NodeId, outputs: &[Output]) -> Formula {
        let own = self.node(node).outputs.iter().map(|output| output.term);
        let links: Vec<(TermId, TermId)> = outputs.iter().map(|output| output.term).zip(own).collect();
        let same = links.iter().map(|(output, own)| Formula::Same(*output, *own));
        let held = Formula::all(same.collect::<Vec<_>>()).and(self.node(node).export.clone());
        self.child(node, &Stack::new(), links);
        held
    }
}

/// What stands between a block's rows and its output.
#[derive(Debug, Default)]
pub(super) struct Barriers {
    /// LIMIT, OFFSET or FETCH.
    limited: bool,
    /// Whether rows are aggregated.
    aggregates: bool,
    /// The keys that every group has.
    keys: Option<Vec<TermId>>,
    /// What each window is divided by.
    windows: Vec<Vec<TermId>>,
    /// DISTINCT ON.
    distinct: Option<Vec<TermId>>,
}

impl Barriers {
    /// Returns each list of what rows are grouped or divided by.
    pub(super) fn lists(&mut self) -> impl Iterator<Item = &mut Vec<TermId>> {
        self.keys.iter_mut().chain(&mut self.windows).chain(&mut self.distinct)
    }

    /// Facts about an output column may be used within when filtering by it before or after is the same.
    fn import(&self, outputs: &[Output]) -> Import {
        let is_open = !self.limited
            && !self.aggregates
            && self.keys.is_none()
            && self.windows.is_empty()
            && self.distinct.is_none();
        if is_open {
            return Import::All;
        }
        if self.limited {
            return Import::Only(Vec::new());
        }
        let passes = |term: &TermId| {
            let in_keys = match (&self.keys, self.aggregates) {
                (Some(keys), _) => keys.contains(term),
                (None, true) => false,
                (None, false) => true,
            };
            in_keys && self.windows.iter().chain(&self.distinct).all(|list| list.contains(term))
        };
        Import::Only(outputs.iter().map(|output| output.term).filter(passes).collect())
    }
}

/// Returns the place of an output column that is named by its number.
fn position(expr: &Expr) -> Option<usize> {
    match &expr.kind {
        ExprKind::Literal(Literal::Number(digits)) => digits.parse::<usize>().ok()?.checked_sub(1),
        _ => None,
    }
}

fn is_empty_set(item: &GroupItem) -> bool {
    match item {
        GroupItem::Expr(_) => false,
        GroupItem::Empty | GroupItem::Rollup(_) | GroupItem::Cube(_) => true,
        GroupItem::Sets(items) => items.iter().any(is_empty_set),
    }
}

/// The calls of a block itself, those of the queries in it left out.
pub(super) fn calls<'q>(query: &'q Query, select: &'q Select) -> Vec<&'q Call> {
    calls_in(of_groups(query, select))
}

/// What is computed of each group of a block.
fn of_groups<'q>(query: &'q Query, select: &'q Select) -> impl Iterator<Item = &'q Expr> {
    let exprs = select
        .items
        .iter()
        .map(|item| &item.expr)
        .chain(&select.having)
        .chain(query.order_by.iter().map(|item| &item.expr));
    let on = match &select.distinct {
        Distinct::On(list) => list.as_slice(),
        _ => &[],
    };
    // An aggregate in a named window makes one row of all, as anywhere else.
    let windows = select.windows.iter().flat_map(|(_, window)| window_parts(window));
    exprs.chain(on).chain(windows)
}

fn calls_in<'q>(exprs: impl Iterator<Item = &'q Expr>) -> Vec<&'q Call> {
    let mut found = Vec::new();
    for expr in exprs {
        let mut depth = 0u32;
        visit::expr(expr, &mut |node| match node {
            Met::Query(_) => depth += 1,
            Met::End => depth -= 1,
            Met::Expr(Expr { kind: ExprKind::Call(call), .. }) if depth == 0 => found.push(&**call),
            _ => {}
        });
    }
    found
}

/// Says whether each row of a query is one of the relation that it reads, so that PostgreSQL can write through it.
pub(super) fn sees_rows_apart(query: &Query, select: &Select) -> bool {
    query.with.is_none()
        && query.limit.is_none()
        && query.offset.is_none()
        && query.locking.is_empty()
        && select.distinct == Distinct::No
        && select.group_by.items.is_empty()
        && select.having.is_none()
        && select.windows.is_empty()
        && !calls(query, select).into_iter().any(|call| call.over.is_some() || is_aggregate(call))
}

fn aggregated(query: &Query, select: &Select) -> bool {
    calls(query, select).into_iter().any(is_aggregate)
}

/// Says whether a call is that of an aggregate.
pub(super) fn is_aggregate(call: &Call) -> bool {
    let marked = call.star || call.distinct || call.filter.is_some() || call.within_group || !call.order_by.is_empty();
    call.over.is_none() && (marked || function::is_aggregate(call.name.last().as_str()))
}
