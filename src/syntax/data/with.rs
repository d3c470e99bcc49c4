//! WITH, and the statements that may stand in it and behind it.

use super::{dml, merge, select};
use crate::query::{Cte, DataStatement, With};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::token::TokenKind;

/// Reads a query, INSERT, UPDATE, DELETE or MERGE with the WITH before it, up to index `end`.
///
/// # Errors
///
/// They are none of these, or one that is not understood.
pub fn data_statement(cursor: &mut Cursor<'_>, end: usize) -> Parsed<DataStatement> {
    let start = cursor.index();
    let with = with_clause(cursor, end)?;
    let found = if cursor.is_word("insert") {
        DataStatement::Insert(dml::insert(cursor, end, with)?)
    } else if cursor.is_word("update") {
        DataStatement::Update(dml::update(cursor, end, with)?)
    } else if cursor.is_word("delete") {
        DataStatement::Delete(dml::delete(cursor, end, with)?)
    } else if cursor.is_word("merge") {
        DataStatement::Merge(merge::merge(cursor, end, with)?)
    } else {
        cursor.seek(start);
        DataStatement::Query(select::query(cursor, end)?)
    };
    if cursor.index() < end && !cursor.at_end() {
        return Err(cursor.error("the end of the statement"));
    }
    Ok(found)
}

/// Reads WITH when it stands here.
pub(super) fn with_clause(cursor: &mut Cursor<'_>, _end: usize) -> Parsed<Option<With>> {
    if !cursor.eat("with") {
        return Ok(None);
    }
    let recursive = cursor.eat("recursive");
    Ok(Some(With { recursive, ctes: cursor.list(cte)? }))
}

fn cte(cursor: &mut Cursor<'_>) -> Parsed<Cte> {
    let span = cursor.here();
    let name = cursor.ident()?;
    let columns = if cursor.is(TokenKind::LeftParen) { cursor.parenthesised(Cursor::ident)? } else { Vec::new() };
    cursor.expect("as")?;
    let materialized = if cursor.eat("materialized") {
        Some(true)
    } else if cursor.eat_words(&["not", "materialized"]) {
        Some(false)
    } else {
        None
    };
    let behind = cursor.matching(cursor.index())?;
    cursor.expect_kind(TokenKind::LeftParen)?;
    let body = Box::new(data_statement(cursor, behind - 1)?);
    cursor.expect_kind(TokenKind::RightParen)?;
    let start = cursor.index();
    search(cursor)?;
    cycle(cursor)?;
    let search_cycle = if cursor.index() > start { cursor.slice(cursor.span_from(start)) } else { "" }.to_string();
    Ok(Cte { name, span, columns, materialized, body, search_cycle })
}

fn search(cursor: &mut Cursor<'_>) -> Parsed<()> {
    if !cursor.eat("search") {
        return Ok(());
    }
    if cursor.eat_one_of(&["depth", "breadth"]).is_none() {
        return Err(cursor.error("DEPTH or BREADTH"));
    }
    cursor.expect_words(&["first", "by"])?;
    cursor.list(Cursor::ident)?;
    cursor.expect("set")?;
    cursor.ident().map(drop)
}

fn cycle(cursor: &mut Cursor<'_>) -> Parsed<()> {
    if !cursor.eat("cycle") {
        return Ok(());
    }
    cursor.list(Cursor::ident)?;
    cursor.expect("set")?;
    cursor.ident()?;
    if cursor.eat("to") {
        constant(cursor)?;
        cursor.expect("default")?;
        constant(cursor)?;
    }
    cursor.expect("using")?;
    cursor.ident().map(drop)
}

fn constant(cursor: &mut Cursor<'_>) -> Parsed<()> {
    let constant = matches!(
        cursor.peek(0).map(|token| token.kind),
        Some(TokenKind::String | TokenKind::Number | TokenKind::EscapeString | TokenKind::DollarString)
    );
    let word = ["true", "false", "null"].iter().any(|word| cursor.is_word(word));
    if constant || word { cursor.advance().map(drop) } else { Err(cursor.error("a constant")) }
}
