//! One walk over a statement: every expression, query and relation in it, at any depth.

use super::{
    Arbiter, Argument, Assignment, Body, Call, ConflictAction, Cte, DataStatement, Delete, Distinct, Expr, ExprKind,
    Filter, FrameBound, FromItem, FromKind, GroupItem, InOperand, Insert, InsertSource, JoinCondition, Merge,
    MergeAction, Operator, Over, Query, Returning, Select, SortDirection, SortItem, Step, Target, Update, Window, With,
};

/// Something that the walk meets; what it contains is met after it.
#[derive(Clone, Copy, Debug)]
pub enum Node<'a> {
    /// An expression.
    Expr(&'a Expr),
    /// A query, at the top or in another statement.
    Query(&'a Query),
    /// The end of the query that was met last and has not ended.
    End,
    /// From here to the end of its query the name of a common table expression hides the table that has it.
    Cte(&'a Cte),
    /// The operator of `ORDER BY … USING`.
    Operator(&'a Operator),
    /// An item of FROM or USING.
    From(&'a FromItem),
    /// The relation that a statement writes.
    Target(&'a Target),
}

/// Walks over a statement and calls `meet` for everything in it, outer things first.
pub fn statement<'a>(statement: &'a DataStatement, meet: &mut dyn FnMut(Node<'a>)) {
    match statement {
        DataStatement::Query(inner) => query(inner, meet),
        DataStatement::Insert(inner) => insert(inner, meet),
        DataStatement::Update(inner) => update(inner, meet),
        DataStatement::Delete(inner) => delete(inner, meet),
        DataStatement::Merge(inner) => merge(inner, meet),
    }
}

/// Walks over a query.
pub fn query<'a>(query: &'a Query, meet: &mut dyn FnMut(Node<'a>)) {
    meet(Node::Query(query));
    with(&query.with, meet);
    match &query.body {
        Body::Select(inner) => select(inner, meet),
        Body::Values(rows) => rows.iter().flatten().for_each(|value| expr(value, meet)),
        Body::SetOperation { left, right, .. } => {
            self::query(left, meet);
            self::query(right, meet);
        }
    }
    sort(&query.order_by, meet);
    query.limit.iter().chain(&query.offset).for_each(|count| expr(count, meet));
    meet(Node::End);
}

/// Walks over an expression.
pub fn expr<'a>(expr: &'a Expr, meet: &mut dyn FnMut(Node<'a>)) {
    meet(Node::Expr(expr));
    match &expr.kind {
        ExprKind::Column(_) | ExprKind::Star(_) | ExprKind::Literal(_) | ExprKind::Parameter(_) => {}
        ExprKind::Value(_) | ExprKind::Default => {}
        ExprKind::Prefix(_, operand) | ExprKind::Not(operand) | ExprKind::Is { operand, .. } => {
            self::expr(operand, meet)
        }
        ExprKind::Cast(operand, _) | ExprKind::Collate(operand, _) => self::expr(operand, meet),
        ExprKind::Infix(left, _, right) | ExprKind::Distinct { left, right, .. } => {
            self::expr(left, meet);
            self::expr(right, meet);
        }
        ExprKind::And(list) | ExprKind::Or(list) | ExprKind::Array(list) | ExprKind::SqlCall(_, list) => {
            all(list, meet)
        }
        ExprKind::Special(_, list) | ExprKind::Row { fields: list, .. } => all(list, meet),
        ExprKind::In { operand, source, .. } | ExprKind::Quantified { left: operand, source, .. } => {
            self::expr(operand, meet);
            in_operand(source, meet);
        }
        ExprKind::Between { operand, low, high, .. } => [operand, low, high].iter().for_each(|e| self::expr(e, meet)),
        ExprKind::Like { operand, pattern, escape, .. } => {
            [operand, pattern].into_iter().chain(escape).for_each(|e| self::expr(e, meet));
        }
        ExprKind::AtTimeZone(operand, zone) => std::iter::once(operand).chain(zone).for_each(|e| self::expr(e, meet)),
        ExprKind::Indirection(base, path) => {
            self::expr(base, meet);
            steps(path, meet);
        }
        ExprKind::Call(inner) => call(inner, meet),
        ExprKind::Case { operand, branches, otherwise } => {
            operand.iter().for_each(|e| self::expr(e, meet));
            for (condition, result) in branches {
                self::expr(condition, meet);
                self::expr(result, meet);
            }
            otherwise.iter().for_each(|e| self::expr(e, meet));
        }
        ExprKind::Exists(inner) | ExprKind::Subquery(inner) | ExprKind::ArrayQuery(inner) => query(inner, meet),
    }
}

fn all<'a>(list: &'a [Expr], meet: &mut dyn FnMut(Node<'a>)) {
    list.iter().for_each(|item| expr(item, meet));
}

fn in_operand<'a>(source: &'a InOperand, meet: &mut dyn FnMut(Node<'a>)) {
    match source {
        InOperand::List(list) => all(list, meet),
        InOperand::Query(inner) => query(inner, meet),
    }
}

fn steps<'a>(steps: &'a [Step], meet: &mut dyn FnMut(Node<'a>)) {
    for step in steps {
        match step {
            Step::Field(_) | Step::Star => {}
            Step::Index(index) => expr(index, meet),
            Step::Slice(low, high) => low.iter().chain(high).for_each(|bound| expr(bound, meet)),
        }
    }
}

fn call<'a>(call: &'a Call, meet: &mut dyn FnMut(Node<'a>)) {
    call.arguments.iter().for_each(|Argument { value, .. }| expr(value, meet));
    sort(&call.order_by, meet);
    call.filter.iter().for_each(|filter| expr(filter, meet));
    if let Some(Over::Window(inner)) = &call.over {
        window(inner, meet);
    }
}

fn window<'a>(window: &'a Window, meet: &mut dyn FnMut(Node<'a>)) {
    all(&window.partition_by, meet);
    sort(&window.order_by, meet);
    for bound in window.frame.iter().flat_map(|frame| std::iter::once(&frame.start).chain(&frame.end)) {
        if let FrameBound::Preceding(offset) | FrameBound::Following(offset) = bound {
            expr(offset, meet);
        }
    }
}

fn sort<'a>(keys: &'a [SortItem], meet: &mut dyn FnMut(Node<'a>)) {
    for key in keys {
        expr(&key.expr, meet);
        if let SortDirection::Using(operator) = &key.direction {
            meet(Node::Operator(operator));
        }
    }
}

/// Only WITH RECURSIVE lets a body see its own name and those behind it.
fn with<'a>(with: &'a Option<With>, meet: &mut dyn FnMut(Node<'a>)) {
    let Some(With { recursive, ctes }) = with else { return };
    if *recursive {
        ctes.iter().for_each(|cte| meet(Node::Cte(cte)));
    }
    for cte in ctes {
        statement(&cte.body, meet);
        if !recursive {
            meet(Node::Cte(cte));
        }
    }
}

fn select<'a>(select: &'a Select, meet: &mut dyn FnMut(Node<'a>)) {
    if let Distinct::On(keys) = &select.distinct {
        all(keys, meet);
    }
    select.items.iter().for_each(|item| expr(&item.expr, meet));
    select.from.iter().for_each(|item| from(item, meet));
    select.filter.iter().for_each(|filter| expr(filter, meet));
    select.group_by.items.iter().for_each(|item| group(item, meet));
    select.having.iter().for_each(|having| expr(having, meet));
    select.windows.iter().for_each(|(_, inner)| window(inner, meet));
}

fn group<'a>(item: &'a GroupItem, meet: &mut dyn FnMut(Node<'a>)) {
    match item {
        GroupItem::Expr(key) => expr(key, meet),
        GroupItem::Empty => {}
        GroupItem::Rollup(keys) | GroupItem::Cube(keys) => all(keys, meet),
        GroupItem::Sets(items) => items.iter().for_each(|item| group(item, meet)),
    }
}

fn from<'a>(item: &'a FromItem, meet: &mut dyn FnMut(Node<'a>)) {
    meet(Node::From(item));
    match &item.kind {
        FromKind::Table { sample, .. } => {
            sample.iter().for_each(|sample| all(&sample.arguments, meet));
            sample.iter().flat_map(|sample| &sample.seed).for_each(|seed| expr(seed, meet));
        }
        FromKind::Subquery { query: inner, .. } => query(inner, meet),
        FromKind::Function { calls, .. } => calls.iter().for_each(|call| expr(&call.call, meet)),
        FromKind::Join { left, right, condition, .. } => {
            from(left, meet);
            from(right, meet);
            if let JoinCondition::On(on) = condition {
                expr(on, meet);
            }
        }
    }
}

fn returning<'a>(returning: &'a Option<Returning>, meet: &mut dyn FnMut(Node<'a>)) {
    returning.iter().flat_map(|list| &list.items).for_each(|item| expr(&item.expr, meet));
}

fn assignments<'a>(set: &'a [Assignment], meet: &mut dyn FnMut(Node<'a>)) {
    for assignment in set {
        match assignment {
            Assignment::Single(target, value) => {
                steps(&target.steps, meet);
                expr(value, meet);
            }
            Assignment::Multiple(targets, source) => {
                targets.iter().for_each(|target| steps(&target.steps, meet));
                expr(source, meet);
            }
        }
    }
}

fn insert<'a>(insert: &'a Insert, meet: &mut dyn FnMut(Node<'a>)) {
    with(&insert.with, meet);
    meet(Node::Target(&insert.target));
    if let InsertSource::Query(source) = &insert.source {
        query(source, meet);
    }
    if let Some(conflict) = &insert.on_conflict {
        if let Some(Arbiter::Index { elements, predicate }) = &conflict.arbiter {
            elements.iter().for_each(|(element, ..)| expr(element, meet));
            predicate.iter().for_each(|predicate| expr(predicate, meet));
        }
        if let ConflictAction::Update { set, filter } = &conflict.action {
            assignments(set, meet);
            filter.iter().for_each(|filter| expr(filter, meet));
        }
    }
    returning(&insert.returning, meet);
}

fn filter<'a>(filter: &'a Filter, meet: &mut dyn FnMut(Node<'a>)) {
    if let Filter::Where(condition) = filter {
        expr(condition, meet);
    }
}

fn update<'a>(update: &'a Update, meet: &mut dyn FnMut(Node<'a>)) {
    with(&update.with, meet);
    meet(Node::Target(&update.target));
    assignments(&update.set, meet);
    update.from.iter().for_each(|item| from(item, meet));
    filter(&update.filter, meet);
    returning(&update.returning, meet);
}

fn delete<'a>(delete: &'a Delete, meet: &mut dyn FnMut(Node<'a>)) {
    with(&delete.with, meet);
    meet(Node::Target(&delete.target));
    delete.using.iter().for_each(|item| from(item, meet));
    filter(&delete.filter, meet);
    returning(&delete.returning, meet);
}

fn merge<'a>(merge: &'a Merge, meet: &mut dyn FnMut(Node<'a>)) {
    with(&merge.with, meet);
    meet(Node::Target(&merge.target));
    from(&merge.source, meet);
    expr(&merge.on, meet);
    for when in &merge.whens {
        when.condition.iter().for_each(|condition| expr(condition, meet));
        match &when.action {
            MergeAction::Update(set) => assignments(set, meet),
            MergeAction::Insert { columns, values, .. } => {
                columns.iter().for_each(|target| steps(&target.steps, meet));
                values.iter().for_each(|row| all(row, meet));
            }
            MergeAction::Delete | MergeAction::Nothing => {}
        }
    }
    returning(&merge.returning, meet);
}
