//! One statement: tokens to model.

use super::cursor::{Cursor, Parsed, SyntaxError};
use super::token::{Token, TokenKind};
use super::{expression, object, relation, session};
use crate::query::Expr;
use crate::statement::Statement;

/// Reads the tokens of one statement, the semicolon not included.
///
/// # Errors
///
/// PostgreSQL would refuse it, or tenet does not understand it.
pub fn statement(text: &str, tokens: &[Token]) -> Parsed<Statement> {
    gate(text, tokens)?;
    let mut cursor = Cursor::new(text, tokens);
    let found = family(&mut cursor, tokens.len())?;
    cursor.finish()?;
    Ok(found)
}

/// Reads the tokens of one statement of which nobody asks what it gives to rows: an INSERT has no constants in its VALUES.
///
/// # Errors
///
/// PostgreSQL would refuse it, or tenet does not understand it.
pub fn outline(text: &str, tokens: &[Token]) -> Parsed<Statement> {
    // Within other statements stand definitions, which are asked for later.
    if !Cursor::new(text, tokens).is_word("insert") {
        return statement(text, tokens);
    }
    gate(text, tokens)?;
    let mut cursor = Cursor::new(text, tokens).without_constants();
    let found = family(&mut cursor, tokens.len())?;
    cursor.finish()?;
    Ok(found)
}

/// Reads tokens that are one expression.
///
/// # Errors
///
/// PostgreSQL would refuse it, or tenet does not understand it.
pub fn expression(text: &str, tokens: &[Token]) -> Parsed<Expr> {
    gate(text, tokens)?;
    expression::expression(&mut Cursor::new(text, tokens), tokens.len())
}

/// How deep parentheses and brackets may nest: every parser here recurses.
const MAX_NESTING: u32 = 200;

/// How many queries or relations one statement may chain: a chain is a nested tree.
const MAX_CHAIN: u32 = 5_000;

/// Refuses what could exhaust the stack before any parser sees it.
fn gate(text: &str, tokens: &[Token]) -> Parsed<()> {
    let (mut depth, mut chain) = (0u32, 0u32);
    for token in tokens {
        match token.kind {
            TokenKind::LeftParen | TokenKind::LeftBracket => depth += 1,
            TokenKind::RightParen | TokenKind::RightBracket => depth = depth.saturating_sub(1),
            TokenKind::Word => chain += u32::from(is_chained(text.get(token.span.range()).unwrap_or(""))),
            _ => {}
        }
        let refused = |message: &str| Err(SyntaxError { span: token.span, message: message.into() });
        if depth > MAX_NESTING {
            return refused("parentheses nested more than 200 deep");
        }
        if chain > MAX_CHAIN {
            return refused("more than 5,000 joins and set operations");
        }
    }
    Ok(())
}

fn is_chained(word: &str) -> bool {
    let length = matches!(word.len(), 4..=9);
    length && ["join", "union", "except", "intersect"].iter().any(|chained| word.eq_ignore_ascii_case(chained))
}

fn family(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Statement> {
    const DATA: &[&str] = &["select", "insert", "update", "delete", "with", "values", "table", "merge"];
    let is_data = DATA.iter().any(|word| cursor.is_word(word)) || cursor.is(TokenKind::LeftParen);
    if is_data {
        return expression::data_statement(cursor, end).map(|data| Statement::Data(Box::new(data)));
    }
    if let Some(found) = relation::statement(cursor)? {
        return Ok(Statement::Relation(Box::new(found)));
    }
    if let Some(found) = object::statement(cursor)? {
        return Ok(Statement::Object(Box::new(found)));
    }
    match session::statement(cursor)? {
        Some(found) => Ok(Statement::Session(Box::new(found))),
        None => Err(cursor.error("a statement")),
    }
}
