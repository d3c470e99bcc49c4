//! Prepared statements and EXPLAIN.

use super::maintenance;
use crate::pg::Ident;
use crate::statement::session::maintenance::UtilityOption;
use crate::statement::session::prepared::{Deallocate, Execute, Explain, Prepare};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::expression::data_statement;
use crate::syntax::token::TokenKind;
use crate::syntax::type_name::type_name;
use crate::syntax::{parse, words};

/// Reads what follows `PREPARE`.
///
/// # Errors
///
/// No such statement stands here.
pub fn prepare(cursor: &mut Cursor<'_>) -> Parsed<Prepare> {
    let name = cursor.ident()?;
    let types = if cursor.is(TokenKind::LeftParen) { cursor.parenthesised(type_name)? } else { Vec::new() };
    cursor.expect("as")?;
    let statement = data_statement(cursor, words::end(cursor))?;
    Ok(Prepare { name, types, statement })
}

/// Reads what follows `EXECUTE`.
///
/// # Errors
///
/// No such statement stands here.
pub fn execute(cursor: &mut Cursor<'_>) -> Parsed<Execute> {
    let name = cursor.ident()?;
    let arguments =
        if cursor.is(TokenKind::LeftParen) { cursor.parenthesised(words::item_expression)? } else { Vec::new() };
    Ok(Execute { name, arguments })
}

/// Reads what follows `DEALLOCATE`.
///
/// # Errors
///
/// No such statement stands here.
pub fn deallocate(cursor: &mut Cursor<'_>) -> Parsed<Deallocate> {
    // `DEALLOCATE prepare` names a statement called so; another token behind it makes it noise.
    if cursor.peek(1).is_some() {
        cursor.eat("prepare");
    }
    let name = if cursor.eat("all") { None } else { Some(cursor.ident()?) };
    Ok(Deallocate { name })
}

/// The command tags of what EXPLAIN explains.
const EXPLAINABLE: &[&str] = &[
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "MERGE",
    "DECLARE CURSOR",
    "CREATE TABLE AS",
    "CREATE MATERIALIZED VIEW",
    "REFRESH MATERIALIZED VIEW",
    "EXECUTE",
];

/// Reads what follows `EXPLAIN`.
///
/// # Errors
///
/// No statement that can be explained stands here.
pub fn explain(cursor: &mut Cursor<'_>) -> Parsed<Explain> {
    let options = options(cursor)?;
    let (start, end) = (cursor.index(), words::end(cursor));
    let statement = Box::new(parse::statement(cursor.text(), cursor.tokens(start, end))?);
    if !EXPLAINABLE.contains(&statement.tag()) {
        return Err(cursor.error("a statement that can be explained"));
    }
    cursor.seek(end);
    Ok(Explain { options, statement })
}

fn options(cursor: &mut Cursor<'_>) -> Parsed<Vec<UtilityOption>> {
    // A parenthesis may also open a query.
    let opens_query = ["select", "values", "with", "table"].iter().any(|word| cursor.is_word_at(1, word));
    let nested = cursor.peek(1).is_some_and(|token| token.kind == TokenKind::LeftParen);
    if cursor.is(TokenKind::LeftParen) && !opens_query && !nested {
        return maintenance::options(cursor);
    }
    let flag = |name: &str| UtilityOption { name: Ident::exact(name), value: None };
    let mut found = Vec::new();
    if cursor.eat("analyze") || cursor.eat("analyse") {
        found.push(flag("analyze"));
    }
    if cursor.eat("verbose") {
        found.push(flag("verbose"));
    }
    Ok(found)
}
