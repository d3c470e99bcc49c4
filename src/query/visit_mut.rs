//! One walk that may change what it meets. Inner things are met before outer ones, so that a change moves nothing that is
//! still to be met.

use super::{
    Arbiter, Assignment, Body, Call, ColumnTarget, ConflictAction, DataStatement, Delete, Distinct, Expr, ExprKind,
    Filter, FrameBound, FromItem, FromKind, GroupItem, InOperand, Insert, InsertSource, JoinCondition, Merge,
    MergeAction, Over, Query, Returning, Select, SelectItem, SortItem, Step, Target, Update, Window, With,
};

/// Something that the walk meets; what it contains was met before it.
#[derive(Debug)]
pub enum NodeMut<'a> {
    /// An expression.
    Expr(&'a mut Expr),
    /// A select list or RETURNING, before anything in it.
    ListStart(&'a mut Vec<SelectItem>),
    /// The same, behind everything in it.
    ListEnd(&'a mut Vec<SelectItem>),
    /// An item of FROM or USING.
    From(&'a mut FromItem),
    /// The relation that a statement writes.
    Target(&'a mut Target),
    /// A column that a statement assigns to.
    Assigned(&'a mut ColumnTarget),
}

/// What is called for everything that the walk meets.
pub type Meet<'m> = dyn FnMut(NodeMut<'_>) + 'm;

/// Walks over a statement.
pub fn statement(statement: &mut DataStatement, meet: &mut Meet<'_>) {
    match statement {
        DataStatement::Query(inner) => query(inner, meet),
        DataStatement::Insert(inner) => insert(inner, meet),
        DataStatement::Update(inner) => update(inner, meet),
        DataStatement::Delete(inner) => delete(inner, meet),
        DataStatement::Merge(inner) => merge(inner, meet),
    }
}

/// Walks over a query.
pub fn query(query: &mut Query, meet: &mut Meet<'_>) {
    with(&mut query.with, meet);
    match &mut query.body {
        Body::Select(inner) => select(inner, meet),
        Body::Values(rows) => rows.iter_mut().flatten().for_each(|value| expr(value, meet)),
        Body::SetOperation { left, right, .. } => {
            self::query(left, meet);
            self::query(right, meet);
        }
    }
    sort(&mut query.order_by, meet);
    query.limit.iter_mut().chain(&mut query.offset).for_each(|count| expr(count, meet));
}

/// Walks over an expression.
pub fn expr(expr: &mut Expr, meet: &mut Meet<'_>) {
    parts(expr, meet);
    meet(NodeMut::Expr(expr));
}

fn parts(expr: &mut Expr, meet: &mut Meet<'_>) {
    match &mut expr.kind {
        ExprKind::Column(_) | ExprKind::Star(_) | ExprKind::Literal(_) | ExprKind::Parameter(_) => {}
        ExprKind::Value(_) | ExprKind::Default => {}
        ExprKind::Prefix(_, operand) | ExprKind::Not(operand) | ExprKind::Is { operand, .. } => {
            self::expr(operand, meet);
        }
        ExprKind::Cast(operand, _) | ExprKind::Collate(operand, _) => self::expr(operand, meet),
        ExprKind::Infix(left, _, right) | ExprKind::Distinct { left, right, .. } => {
            self::expr(left, meet);
            self::expr(right, meet);
        }
        ExprKind::And(list) | ExprKind::Or(list) | ExprKind::Array(list) | ExprKind::SqlCall(_, list) => {
            all(list, meet);
        }
        ExprKind::Special(_, list) | ExprKind::Row { fields: list, .. } => all(list, meet),
        ExprKind::In { operand, source, .. } | ExprKind::Quantified { left: operand, source, .. } => {
            self::expr(operand, meet);
            match source {
                InOperand::List(list) => all(list, meet),
                InOperand::Query(inner) => query(inner, meet),
            }
        }
        ExprKind::Between { operand, low, high, .. } => {
            [operand, low, high].into_iter().for_each(|part| self::expr(part, meet));
        }
        ExprKind::Like { operand, pattern, escape, .. } => {
            [operand, pattern].into_iter().chain(escape).for_each(|part| self::expr(part, meet));
        }
        ExprKind::AtTimeZone(operand, zone) => {
            std::iter::once(operand).chain(zone).for_each(|part| self::expr(part, meet));
        }
        ExprKind::Indirection(base, path) => {
            self::expr(base, meet);
            steps(path, meet);
        }
        ExprKind::Call(inner) => call(inner, meet),
        ExprKind::Case { operand, branches, otherwise } => {
            operand.iter_mut().for_each(|part| self::expr(part, meet));
            for (condition, result) in branches {
                self::expr(condition, meet);
                self::expr(result, meet);
            }
            otherwise.iter_mut().for_each(|part| self::expr(part, meet));
        }
        ExprKind::Exists(inner) | ExprKind::Subquery(inner) | ExprKind::ArrayQuery(inner) => query(inner, meet),
    }
}

fn all(list: &mut [Expr], meet: &mut Meet<'_>) {
    list.iter_mut().for_each(|item| expr(item, meet));
}

fn steps(steps: &mut [Step], meet: &mut Meet<'_>) {
    for step in steps {
        match step {
            Step::Field(_) | Step::Star => {}
            Step::Index(index) => expr(index, meet),
            Step::Slice(low, high) => low.iter_mut().chain(high).for_each(|bound| expr(bound, meet)),
        }
    }
}

fn call(call: &mut Call, meet: &mut Meet<'_>) {
    call.arguments.iter_mut().for_each(|argument| expr(&mut argument.value, meet));
    sort(&mut call.order_by, meet);
    call.filter.iter_mut().for_each(|filter| expr(filter, meet));
    if let Some(Over::Window(inner)) = &mut call.over {
        window(inner, meet);
    }
}

fn window(window: &mut Window, meet: &mut Meet<'_>) {
    all(&mut window.partition_by, meet);
    sort(&mut window.order_by, meet);
    for bound in window.frame.iter_mut().flat_map(|frame| std::iter::once(&mut frame.start).chain(&mut frame.end)) {
        if let FrameBound::Preceding(offset) | FrameBound::Following(offset) = bound {
            expr(offset, meet);
        }
    }
}

fn sort(keys: &mut [SortItem], meet: &mut Meet<'_>) {
    keys.iter_mut().for_each(|key| expr(&mut key.expr, meet));
}

fn with(with: &mut Option<With>, meet: &mut Meet<'_>) {
    with.iter_mut().flat_map(|with| &mut with.ctes).for_each(|cte| statement(&mut cte.body, meet));
}

fn select(select: &mut Select, meet: &mut Meet<'_>) {
    meet(NodeMut::ListStart(&mut select.items));
    if let Distinct::On(keys) = &mut select.distinct {
        all(keys, meet);
    }
    select.items.iter_mut().for_each(|item| expr(&mut item.expr, meet));
    select.from.iter_mut().for_each(|item| from(item, meet));
    select.filter.iter_mut().for_each(|filter| expr(filter, meet));
    select.group_by.items.iter_mut().for_each(|item| group(item, meet));
    select.having.iter_mut().for_each(|having| expr(having, meet));
    select.windows.iter_mut().for_each(|(_, inner)| window(inner, meet));
    meet(NodeMut::ListEnd(&mut select.items));
}

fn group(item: &mut GroupItem, meet: &mut Meet<'_>) {
    match item {
        GroupItem::Expr(key) => expr(key, meet),
        GroupItem::Empty => {}
        GroupItem::Rollup(keys) | GroupItem::Cube(keys) => all(keys, meet),
        GroupItem::Sets(items) => items.iter_mut().for_each(|item| group(item, meet)),
    }
}

fn from(item: &mut FromItem, meet: &mut Meet<'_>) {
    match &mut item.kind {
        FromKind::Table { sample, .. } => {
            if let Some(sample) = sample {
                all(&mut sample.arguments, meet);
                sample.seed.iter_mut().for_each(|seed| expr(seed, meet));
            }
        }
        FromKind::Subquery { query: inner, .. } => query(inner, meet),
        FromKind::Function { calls, .. } => calls.iter_mut().for_each(|call| expr(&mut call.call, meet)),
        FromKind::Join { left, right, condition, .. } => {
            from(left, meet);
            from(right, meet);
            if let JoinCondition::On(on) = condition {
                expr(on, meet);
            }
        }
    }
    meet(NodeMut::From(item));
}

fn returning(returning: &mut Option<Returning>, meet: &mut Meet<'_>) {
    let Some(Returning { items, .. }) = returning else { return };
    meet(NodeMut::ListStart(items));
    items.iter_mut().for_each(|item| expr(&mut item.expr, meet));
    meet(NodeMut::ListEnd(items));
}

fn assigned(targets: &mut [ColumnTarget], meet: &mut Meet<'_>) {
    for target in targets {
        steps(&mut target.steps, meet);
        meet(NodeMut::Assigned(target));
    }
}

fn assignments(set: &mut [Assignment], meet: &mut Meet<'_>) {
    for assignment in set {
        match assignment {
            Assignment::Single(target, value) => {
                assigned(std::slice::from_mut(target), meet);
                expr(value, meet);
            }
            Assignment::Multiple(targets, source) => {
                assigned(targets, meet);
                expr(source, meet);
            }
        }
    }
}

fn insert(insert: &mut Insert, meet: &mut Meet<'_>) {
    with(&mut insert.with, meet);
    meet(NodeMut::Target(&mut insert.target));
    assigned(&mut insert.columns, meet);
    if let InsertSource::Query(source) = &mut insert.source {
        query(source, meet);
    }
    if let Some(conflict) = &mut insert.on_conflict {
        if let Some(Arbiter::Index { elements, predicate }) = &mut conflict.arbiter {
            elements.iter_mut().for_each(|(element, ..)| expr(element, meet));
            predicate.iter_mut().for_each(|predicate| expr(predicate, meet));
        }
        if let ConflictAction::Update { set, filter } = &mut conflict.action {
            assignments(set, meet);
            filter.iter_mut().for_each(|filter| expr(filter, meet));
        }
    }
    returning(&mut insert.returning, meet);
}

fn filter(filter: &mut Filter, meet: &mut Meet<'_>) {
    if let Filter::Where(condition) = filter {
        expr(condition, meet);
    }
}

fn update(update: &mut Update, meet: &mut Meet<'_>) {
    with(&mut update.with, meet);
    meet(NodeMut::Target(&mut update.target));
    assignments(&mut update.set, meet);
    update.from.iter_mut().for_each(|item| from(item, meet));
    filter(&mut update.filter, meet);
    returning(&mut update.returning, meet);
}

fn delete(delete: &mut Delete, meet: &mut Meet<'_>) {
    with(&mut delete.with, meet);
    meet(NodeMut::Target(&mut delete.target));
    delete.using.iter_mut().for_each(|item| from(item, meet));
    filter(&mut delete.filter, meet);
    returning(&mut delete.returning, meet);
}

fn merge(merge: &mut Merge, meet: &mut Meet<'_>) {
    with(&mut merge.with, meet);
    meet(NodeMut::Target(&mut merge.target));
    from(&mut merge.source, meet);
    expr(&mut merge.on, meet);
    for when in &mut merge.whens {
        when.condition.iter_mut().for_each(|condition| expr(condition, meet));
        match &mut when.action {
            MergeAction::Update(set) => assignments(set, meet),
            MergeAction::Insert { columns, values, .. } => {
                assigned(columns, meet);
                values.iter_mut().for_each(|row| all(row, meet));
            }
            MergeAction::Delete | MergeAction::Nothing => {}
        }
    }
    returning(&mut merge.returning, meet);
}
