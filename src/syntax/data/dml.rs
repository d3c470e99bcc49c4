//! INSERT, UPDATE and DELETE.

use super::clause::{expr, expr_or_default, items};
use super::from::{from_list, index_expression};
use super::select::query;
use crate::query::{
    Arbiter, Assignment, ColumnTarget, ConflictAction, Delete, Expr, ExprKind, Filter, Insert, InsertSource,
    OnConflict, Overriding, Returning, Step, Target, Update, With,
};
use crate::syntax::cursor::{Cursor, NameSort, Parsed};
use crate::syntax::expression::expression;
use crate::syntax::token::TokenKind;

/// Reads INSERT, the WITH before it already taken.
pub(super) fn insert(cursor: &mut Cursor<'_>, end: usize, with: Option<With>) -> Parsed<Insert> {
    cursor.expect_words(&["insert", "into"])?;
    let name = cursor.name()?;
    let alias = if cursor.eat("as") { Some(cursor.ident()?) } else { None };
    let columns = if at_columns(cursor) { cursor.parenthesised(column_target)? } else { Vec::new() };
    let overriding = overriding(cursor)?;
    let source = if cursor.eat_words(&["default", "values"]) {
        InsertSource::DefaultValues
    } else {
        InsertSource::Query(Box::new(query(cursor, end)?))
    };
    let on_conflict = if cursor.is_words(&["on", "conflict"]) { Some(on_conflict(cursor, end)?) } else { None };
    let returning = returning(cursor, end)?;
    let target = Target { name, only: false, alias };
    Ok(Insert { with, target, columns, overriding, source, on_conflict, returning })
}

/// A parenthesis behind the relation lists columns unless it opens a query.
fn at_columns(cursor: &Cursor<'_>) -> bool {
    let mut ahead = 0;
    while cursor.peek(ahead).is_some_and(|token| token.kind == TokenKind::LeftParen) {
        ahead += 1;
    }
    ahead == 1 && !["select", "with", "values", "table"].iter().any(|word| cursor.is_word_at(ahead, word))
}

/// Reads OVERRIDING when it stands here.
pub(super) fn overriding(cursor: &mut Cursor<'_>) -> Parsed<Option<Overriding>> {
    if !cursor.eat("overriding") {
        return Ok(None);
    }
    let found = if cursor.eat("system") {
        Overriding::System
    } else {
        cursor.expect("user")?;
        Overriding::User
    };
    cursor.expect("value")?;
    Ok(Some(found))
}

/// Reads a column to assign, with the steps into it.
pub(super) fn column_target(cursor: &mut Cursor<'_>) -> Parsed<ColumnTarget> {
    let span = cursor.here();
    let name = cursor.ident()?;
    let mut steps = Vec::new();
    loop {
        if cursor.eat_kind(TokenKind::Dot) {
            steps.push(Step::Field(cursor.name_of(NameSort::Label)?));
        } else if cursor.is(TokenKind::LeftBracket) {
            steps.push(subscript(cursor)?);
        } else {
            return Ok(ColumnTarget { name, span, steps });
        }
    }
}

fn subscript(cursor: &mut Cursor<'_>) -> Parsed<Step> {
    let behind = cursor.matching(cursor.index())?;
    cursor.expect_kind(TokenKind::LeftBracket)?;
    let start = cursor.index();
    let tokens = cursor.tokens(start, behind - 1);
    let mut depth = 0u32;
    let colon = tokens.iter().position(|token| {
        match token.kind {
            TokenKind::LeftParen | TokenKind::LeftBracket => depth += 1,
            TokenKind::RightParen | TokenKind::RightBracket => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.kind == TokenKind::Colon
    });
    let step = match colon {
        None => Step::Index(Box::new(expression(cursor, behind - 1)?)),
        Some(colon) => {
            let low = bound(cursor, start + colon)?;
            cursor.expect_kind(TokenKind::Colon)?;
            Step::Slice(low, bound(cursor, behind - 1)?)
        }
    };
    cursor.expect_kind(TokenKind::RightBracket)?;
    Ok(step)
}

fn bound(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Option<Box<Expr>>> {
    if cursor.index() == end { Ok(None) } else { expression(cursor, end).map(|bound| Some(Box::new(bound))) }
}

fn on_conflict(cursor: &mut Cursor<'_>, end: usize) -> Parsed<OnConflict> {
    cursor.expect_words(&["on", "conflict"])?;
    let arbiter = if cursor.eat_words(&["on", "constraint"]) {
        Some(Arbiter::Constraint(cursor.ident()?))
    } else if cursor.is(TokenKind::LeftParen) {
        let elements = cursor.parenthesised(|cursor| {
            let element = index_expression(cursor, usize::MAX)?;
            let collation = if cursor.eat("collate") { Some(cursor.name()?) } else { None };
            let class = if cursor.is_name(NameSort::Column) { Some(cursor.name()?) } else { None };
            Ok((element, collation, class))
        })?;
        let predicate = if cursor.eat("where") { Some(expr(cursor, end)?) } else { None };
        Some(Arbiter::Index { elements, predicate })
    } else {
        None
    };
    cursor.expect("do")?;
    if cursor.eat("nothing") {
        return Ok(OnConflict { arbiter, action: ConflictAction::Nothing });
    }
    cursor.expect_words(&["update", "set"])?;
    let set = assignments(cursor, end)?;
    let filter = if cursor.eat("where") { Some(expr(cursor, end)?) } else { None };
    Ok(OnConflict { arbiter, action: ConflictAction::Update { set, filter } })
}

/// Reads the list of SET.
pub(super) fn assignments(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Vec<Assignment>> {
    cursor.list(|cursor| {
        if !cursor.is(TokenKind::LeftParen) {
            let target = column_target(cursor)?;
            equals(cursor)?;
            return Ok(Assignment::Single(target, expr_or_default(cursor, end)?));
        }
        let targets = cursor.parenthesised(column_target)?;
        equals(cursor)?;
        Ok(Assignment::Multiple(targets, row_source(cursor, end)?))
    })
}

fn equals(cursor: &mut Cursor<'_>) -> Parsed<()> {
    if cursor.eat_operator("=") { Ok(()) } else { Err(cursor.error("`=`")) }
}

/// The right side of a multiple assignment; a row in it may hold DEFAULT, which no expression may.
fn row_source(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Expr> {
    let explicit = cursor.is_word("row");
    let open = cursor.index() + usize::from(explicit);
    let is_open = cursor.tokens(open, open + 1).first().is_some_and(|token| token.kind == TokenKind::LeftParen);
    let has_default = is_open
        && cursor
            .tokens(open, cursor.matching(open)?)
            .iter()
            .any(|token| token.kind == TokenKind::Word && cursor.slice(token.span).eq_ignore_ascii_case("default"));
    if !has_default {
        return expr(cursor, end);
    }
    let start = cursor.index();
    cursor.seek(open);
    let fields = cursor.parenthesised(|cursor| expr_or_default(cursor, end))?;
    Ok(Expr::new(cursor.span_from(start), ExprKind::Row { fields, explicit }))
}

/// Reads RETURNING when it stands here.
pub(super) fn returning(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Option<Returning>> {
    if !cursor.eat("returning") {
        return Ok(None);
    }
    let mut found = Returning { old: None, new: None, items: Vec::new() };
    if cursor.is_word("with") && cursor.peek(1).is_some_and(|token| token.kind == TokenKind::LeftParen) {
        cursor.advance()?;
        cursor.parenthesised(|cursor| {
            let is_old = cursor.eat("old");
            if !is_old {
                cursor.expect("new")?;
            }
            cursor.expect("as")?;
            let alias = Some(cursor.ident()?);
            let place = if is_old { &mut found.old } else { &mut found.new };
            if place.is_some() {
                return Err(cursor.error("OLD and NEW once each"));
            }
            *place = alias;
            Ok(())
        })?;
    }
    found.items = items(cursor, end)?;
    Ok(Some(found))
}

/// Reads the relation of UPDATE, DELETE or MERGE with its alias.
pub(super) fn target(cursor: &mut Cursor<'_>) -> Parsed<Target> {
    let only = cursor.eat("only");
    let parenthesised = only && cursor.eat_kind(TokenKind::LeftParen);
    let name = cursor.name()?;
    if parenthesised {
        cursor.expect_kind(TokenKind::RightParen)?;
    }
    if !only {
        cursor.eat_operator("*");
    }
    let explicit = cursor.eat("as");
    let implicit = cursor.is_name(NameSort::Column) && !cursor.is_word("set");
    let alias = if explicit || implicit { Some(cursor.ident()?) } else { None };
    Ok(Target { name, only, alias })
}

/// Reads UPDATE, the WITH before it already taken.
pub(super) fn update(cursor: &mut Cursor<'_>, end: usize, with: Option<With>) -> Parsed<Update> {
    cursor.expect("update")?;
    let target = target(cursor)?;
    cursor.expect("set")?;
    let set = assignments(cursor, end)?;
    let from = if cursor.eat("from") { from_list(cursor, end)? } else { Vec::new() };
    let filter = filter(cursor, end)?;
    Ok(Update { with, target, set, from, filter, returning: returning(cursor, end)? })
}

/// Reads DELETE, the WITH before it already taken.
pub(super) fn delete(cursor: &mut Cursor<'_>, end: usize, with: Option<With>) -> Parsed<Delete> {
    cursor.expect_words(&["delete", "from"])?;
    let target = target(cursor)?;
    let using = if cursor.eat("using") { from_list(cursor, end)? } else { Vec::new() };
    let filter = filter(cursor, end)?;
    Ok(Delete { with, target, using, filter, returning: returning(cursor, end)? })
}

fn filter(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Filter> {
    if !cursor.eat("where") {
        return Ok(Filter::None);
    }
    if cursor.eat_words(&["current", "of"]) {
        return cursor.ident().map(Filter::CurrentOf);
    }
    expr(cursor, end).map(Filter::Where)
}
