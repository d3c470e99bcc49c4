//! SELECT, VALUES, TABLE, set operations and the clauses behind them.

use super::clause::{expr, expr_or_default, items, sort, window};
use super::from::from_list;
use super::with::with_clause;
use crate::pg::Parts;
use crate::pg::keyword::Folded;
use crate::query::{
    Body, Distinct, Expr, ExprKind, FromItem, FromKind, GroupBy, GroupItem, Into, IntoPersistence, Literal,
    LockStrength, LockWait, Locking, Query, Select, SelectItem, SetOperator,
};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::token::TokenKind;

/// Reads a query: WITH, a body, and the clauses that apply to its result; it ends at index `end` or before.
///
/// # Errors
///
/// No query starts here, or one that is not understood.
pub fn query(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Query> {
    let start = cursor.index();
    let with = with_clause(cursor, end)?;
    let mut found = set_expression(cursor, end, Binding::Loose)?;
    if with.is_some() {
        if found.with.is_some() {
            return Err(cursor.error("only one WITH"));
        }
        found.with = with;
    }
    tail(cursor, end, &mut found)?;
    found.span = cursor.span_from(start);
    Ok(found)
}

/// How tightly the operator on the left binds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Binding {
    Loose,
    Union,
    Intersect,
}

fn set_expression(cursor: &mut Cursor<'_>, end: usize, binding: Binding) -> Parsed<Query> {
    let start = cursor.index();
    let mut left = operand(cursor, end)?;
    loop {
        let intersect = cursor.is_word("intersect");
        let union = cursor.is_word("union") || cursor.is_word("except");
        let taken = match binding {
            Binding::Loose => intersect || union,
            Binding::Union => intersect,
            Binding::Intersect => false,
        };
        if !taken {
            return Ok(left);
        }
        let operator = match cursor.eat_one_of(&["union", "intersect", "except"]) {
            Some("union") => SetOperator::Union,
            Some("intersect") => SetOperator::Intersect,
            _ => SetOperator::Except,
        };
        let all = cursor.eat("all");
        if !all {
            cursor.eat("distinct");
        }
        let right = set_expression(cursor, end, if intersect { Binding::Intersect } else { Binding::Union })?;
        let body = Body::SetOperation { operator, all, left: Box::new(left), right: Box::new(right) };
        left = Query::of(cursor.span_from(start), body);
    }
}

fn operand(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Query> {
    let start = cursor.index();
    if cursor.is(TokenKind::LeftParen) {
        let behind = cursor.matching(start)?;
        cursor.advance()?;
        let inner = query(cursor, behind - 1)?;
        cursor.expect_kind(TokenKind::RightParen)?;
        return Ok(inner);
    }
    let body = if cursor.eat("values") {
        Body::Values(cursor.list(|cursor| row(cursor, end))?)
    } else if cursor.eat("table") {
        Body::Select(Box::new(table_command(cursor)?))
    } else {
        cursor.expect("select")?;
        Body::Select(Box::new(select(cursor, start, end)?))
    };
    Ok(Query::of(cursor.span_from(start), body))
}

/// A row of VALUES.
fn row(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Vec<Expr>> {
    if !cursor.leaves_out_constants() {
        return cursor.parenthesised(|cursor| expr_or_default(cursor, end));
    }
    let items = cursor.parenthesised(|cursor| match constant(cursor) {
        Some(length) => {
            cursor.seek(cursor.index() + length);
            Ok(None)
        }
        None => expr_or_default(cursor, end).map(Some),
    });
    Ok(items?.into_iter().flatten().collect())
}

/// How many tokens a constant has that makes up an item of a list; `None` for everything that is not seen to be one.
fn constant(cursor: &Cursor<'_>) -> Option<usize> {
    use TokenKind as K;
    let kind = |ahead| cursor.peek(ahead).map(|token| token.kind);
    let is_plain_word = |ahead| Folded::new(cursor.peek_text(ahead)).category().is_none();
    let length = match (kind(0)?, kind(1)?) {
        (K::String, K::DoubleColon) if kind(2) == Some(K::Word) && is_plain_word(2) => 3,
        (K::Word, K::String) if is_plain_word(0) => 2,
        (K::Operator, K::Number) if cursor.peek_text(0) == "-" => 2,
        (K::String | K::Number, _) => 1,
        (K::PsqlVariable, _) if cursor.peek_text(0).starts_with(":'") => 1,
        (K::Word, _) if ["null", "true", "false", "default"].iter().any(|word| cursor.is_word(word)) => 1,
        _ => return None,
    };
    matches!(kind(length), Some(K::Comma | K::RightParen)).then_some(length)
}

/// `TABLE t` is `SELECT * FROM t`.
fn table_command(cursor: &mut Cursor<'_>) -> Parsed<Select> {
    let start = cursor.index();
    let only = cursor.eat("only");
    let name = cursor.name()?;
    let span = cursor.span_from(start);
    let item = SelectItem { expr: Expr::new(span, ExprKind::Star(Parts::new())), alias: None };
    let from = vec![FromItem { span, kind: FromKind::Table { name, only, alias: None, sample: None } }];
    Ok(Select { span, items: vec![item], from, ..Select::default() })
}

fn select(cursor: &mut Cursor<'_>, start: usize, end: usize) -> Parsed<Select> {
    let mut found = Select { distinct: distinct(cursor, end)?, ..Select::default() };
    const NO_ITEMS: &[&str] = &[
        "from",
        "into",
        "where",
        "group",
        "having",
        "window",
        "union",
        "intersect",
        "except",
        "order",
        "limit",
        "offset",
        "fetch",
        "for",
    ];
    let empty = cursor.index() >= end
        || cursor.at_end()
        || cursor.is(TokenKind::RightParen)
        || NO_ITEMS.iter().any(|word| cursor.is_word(word));
    if !empty {
        found.items = items(cursor, end)?;
    }
    if cursor.eat("into") {
        found.into = Some(into(cursor)?);
    }
    if cursor.eat("from") {
        found.from = from_list(cursor, end)?;
    }
    if cursor.eat("where") {
        found.filter = Some(expr(cursor, end)?);
    }
    if cursor.eat_words(&["group", "by"]) {
        found.group_by = group_by(cursor, end)?;
    }
    if cursor.eat("having") {
        found.having = Some(expr(cursor, end)?);
    }
    if cursor.eat("window") {
        found.windows = cursor.list(|cursor| {
            let name = cursor.ident()?;
            cursor.expect("as")?;
            cursor.expect_kind(TokenKind::LeftParen)?;
            let window = window(cursor)?;
            cursor.expect_kind(TokenKind::RightParen)?;
            Ok((name, window))
        })?;
    }
    found.span = cursor.span_from(start);
    Ok(found)
}

fn distinct(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Distinct> {
    if !cursor.eat("distinct") {
        cursor.eat("all");
        return Ok(Distinct::No);
    }
    if !cursor.eat("on") {
        return Ok(Distinct::All);
    }
    cursor.parenthesised(|cursor| expr(cursor, end)).map(Distinct::On)
}

fn into(cursor: &mut Cursor<'_>) -> Parsed<Into> {
    let mut persistence = IntoPersistence::Permanent;
    if cursor.is_word("local") || cursor.is_word("global") {
        let temporary = cursor.is_word_at(1, "temp") || cursor.is_word_at(1, "temporary");
        if temporary {
            cursor.advance()?;
        }
    }
    match cursor.eat_one_of(&["temporary", "temp", "unlogged"]) {
        Some("unlogged") => persistence = IntoPersistence::Unlogged,
        Some(_) => persistence = IntoPersistence::Temporary,
        None => {}
    }
    cursor.eat("table");
    Ok(Into { name: cursor.name()?, persistence })
}

fn group_by(cursor: &mut Cursor<'_>, end: usize) -> Parsed<GroupBy> {
    let distinct = cursor.eat("distinct");
    if !distinct {
        cursor.eat("all");
    }
    Ok(GroupBy { distinct, items: cursor.list(|cursor| group_item(cursor, end))? })
}

fn group_item(cursor: &mut Cursor<'_>, end: usize) -> Parsed<GroupItem> {
    let open_at =
        |cursor: &Cursor<'_>, ahead: usize| cursor.peek(ahead).is_some_and(|token| token.kind == TokenKind::LeftParen);
    if open_at(cursor, 0) && cursor.peek(1).is_some_and(|token| token.kind == TokenKind::RightParen) {
        cursor.advance()?;
        cursor.advance()?;
        return Ok(GroupItem::Empty);
    }
    if cursor.is_words(&["grouping", "sets"]) && open_at(cursor, 2) {
        cursor.advance()?;
        cursor.advance()?;
        return cursor.parenthesised(|cursor| group_item(cursor, end)).map(GroupItem::Sets);
    }
    let keyword = ["rollup", "cube"].into_iter().find(|word| cursor.is_word(word) && open_at(cursor, 1));
    match keyword {
        Some("rollup") => {
            cursor.advance()?;
            cursor.parenthesised(|cursor| expr(cursor, end)).map(GroupItem::Rollup)
        }
        Some(_) => {
            cursor.advance()?;
            cursor.parenthesised(|cursor| expr(cursor, end)).map(GroupItem::Cube)
        }
        None => expr(cursor, end).map(GroupItem::Expr),
    }
}

/// Reads ORDER BY, LIMIT, OFFSET, FETCH and row locks, in any order that PostgreSQL takes.
fn tail(cursor: &mut Cursor<'_>, end: usize, found: &mut Query) -> Parsed<()> {
    let twice = |cursor: &Cursor<'_>, clause: &str| Err(cursor.error(&format!("only one {clause}")));
    loop {
        if cursor.index() >= end {
            return Ok(());
        } else if cursor.is_words(&["order", "by"]) {
            if !found.order_by.is_empty() {
                return twice(cursor, "ORDER BY");
            }
            cursor.eat_words(&["order", "by"]);
            found.order_by = sort(cursor, end)?;
        } else if cursor.is_word("limit") || cursor.is_word("fetch") {
            if found.limit.is_some() {
                return twice(cursor, "LIMIT");
            }
            limit(cursor, end, found)?;
        } else if cursor.is_word("offset") {
            if found.offset.is_some() {
                return twice(cursor, "OFFSET");
            }
            cursor.advance()?;
            found.offset = Some(expr(cursor, end)?);
            let _ = cursor.eat_one_of(&["rows", "row"]);
        } else if cursor.eat_words(&["for", "read", "only"]) {
        } else if cursor.is_word("for") {
            found.locking.push(locking(cursor)?);
        } else {
            return Ok(());
        }
    }
}

fn limit(cursor: &mut Cursor<'_>, end: usize, found: &mut Query) -> Parsed<()> {
    let place = cursor.here();
    let number = |digits: &str| Expr::new(place, ExprKind::Literal(Literal::Number(digits.into())));
    if cursor.eat("limit") {
        let all = Expr::new(cursor.here(), ExprKind::Literal(Literal::Null));
        found.limit = Some(if cursor.eat("all") { all } else { expr(cursor, end)? });
        return Ok(());
    }
    cursor.expect("fetch")?;
    if cursor.eat_one_of(&["first", "next"]).is_none() {
        return Err(cursor.error("FIRST or NEXT"));
    }
    let bare = cursor.is_word("row") || cursor.is_word("rows");
    found.limit = Some(if bare { number("1") } else { expr(cursor, end)? });
    if cursor.eat_one_of(&["row", "rows"]).is_none() {
        return Err(cursor.error("ROW or ROWS"));
    }
    found.with_ties = cursor.eat_words(&["with", "ties"]);
    if found.with_ties { Ok(()) } else { cursor.expect("only") }
}

fn locking(cursor: &mut Cursor<'_>) -> Parsed<Locking> {
    cursor.expect("for")?;
    let strength = if cursor.eat("update") {
        LockStrength::Update
    } else if cursor.eat_words(&["no", "key", "update"]) {
        LockStrength::NoKeyUpdate
    } else if cursor.eat("share") {
        LockStrength::Share
    } else {
        cursor.expect_words(&["key", "share"])?;
        LockStrength::KeyShare
    };
    let of = if cursor.eat("of") { cursor.list(Cursor::name)? } else { Vec::new() };
    let wait = if cursor.eat("nowait") {
        LockWait::NoWait
    } else if cursor.eat_words(&["skip", "locked"]) {
        LockWait::SkipLocked
    } else {
        LockWait::Wait
    };
    Ok(Locking { strength, of, wait })
}
