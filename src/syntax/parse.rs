//! One statement: tokens to model.

use super::cursor::{Cursor, Parsed};
use super::token::Token;
use super::{expression, object, relation, session};
use crate::statement::Statement;

/// Reads the tokens of one statement, the semicolon not included.
///
/// # Errors
///
/// PostgreSQL would refuse it, or tenet does not understand it.
pub fn statement(text: &str, tokens: &[Token]) -> Parsed<Statement> {
    let mut cursor = Cursor::new(text, tokens);
    let found = family(&mut cursor, tokens.len())?;
    cursor.finish()?;
    Ok(found)
}

fn family(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Statement> {
    const DATA: &[&str] = &["select", "insert", "update", "delete", "with", "values", "table", "merge"];
    let is_data = DATA.iter().any(|word| cursor.is_word(word)) || cursor.is(super::token::TokenKind::LeftParen);
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
