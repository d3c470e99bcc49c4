//! COPY.

use super::setting::boolean_or_string;
use crate::pg::Ident;
use crate::statement::session::copy::{Copy, CopyDirection, CopyEndpoint, CopyOption, CopySource, CopyValue};
use crate::syntax::cursor::{Cursor, NameSort, Parsed};
use crate::syntax::expression::{data_statement, expression};
use crate::syntax::token::TokenKind;
use crate::syntax::words;

/// Reads what follows `COPY`.
///
/// # Errors
///
/// No such statement stands here.
pub fn copy(cursor: &mut Cursor<'_>) -> Parsed<Copy> {
    let mut options = Vec::new();
    let source = if cursor.is(TokenKind::LeftParen) {
        query(cursor)?
    } else {
        if cursor.eat("binary") {
            options.push(option("format", CopyValue::Text("binary".into())));
        }
        let name = cursor.name()?;
        CopySource::Relation(name, words::optional_columns(cursor)?)
    };
    let direction = words::expect_one_of(cursor, "FROM or TO")?;
    let is_query = matches!(source, CopySource::Statement(_));
    if is_query && direction == CopyDirection::From {
        return Err(cursor.error("TO, the only way for a query"));
    }
    let endpoint = endpoint(cursor)?;
    if !is_query && let Some(delimiters) = delimiters(cursor)? {
        options.push(delimiters);
    }
    cursor.eat("with");
    options.extend(copy_options(cursor)?);
    let filter = if direction == CopyDirection::From && cursor.eat("where") {
        Some(expression(cursor, words::end(cursor))?)
    } else {
        None
    };
    Ok(Copy { source, direction, endpoint, options, filter })
}

fn query(cursor: &mut Cursor<'_>) -> Parsed<CopySource> {
    let behind = cursor.matching(cursor.index())?;
    cursor.expect_kind(TokenKind::LeftParen)?;
    let statement = data_statement(cursor, behind - 1)?;
    cursor.expect_kind(TokenKind::RightParen)?;
    Ok(CopySource::Statement(Box::new(statement)))
}

fn endpoint(cursor: &mut Cursor<'_>) -> Parsed<CopyEndpoint> {
    if cursor.eat("program") {
        return cursor.string().map(CopyEndpoint::Program);
    }
    match cursor.eat_one_of(&["stdin", "stdout"]) {
        Some(_) => Ok(CopyEndpoint::Client),
        None => cursor.string().map(CopyEndpoint::File),
    }
}

fn delimiters(cursor: &mut Cursor<'_>) -> Parsed<Option<CopyOption>> {
    if cursor.is_word("using") {
        cursor.expect_words(&["using", "delimiters"])?;
    } else if !cursor.eat("delimiters") {
        return Ok(None);
    }
    Ok(Some(option("delimiter", CopyValue::Text(cursor.string()?))))
}

fn option(name: &str, value: CopyValue) -> CopyOption {
    CopyOption { name: Ident::exact(name), value }
}

fn copy_options(cursor: &mut Cursor<'_>) -> Parsed<Vec<CopyOption>> {
    if cursor.is(TokenKind::LeftParen) {
        return cursor.parenthesised(|cursor| {
            let name = cursor.name_of(NameSort::Label)?;
            Ok(CopyOption { name, value: value(cursor)? })
        });
    }
    let mut options = Vec::new();
    while let Some(found) = bare_option(cursor)? {
        options.push(found);
    }
    Ok(options)
}

fn value(cursor: &mut Cursor<'_>) -> Parsed<CopyValue> {
    if cursor.is(TokenKind::Comma) || cursor.is(TokenKind::RightParen) {
        Ok(CopyValue::None)
    } else if cursor.eat_operator("*") {
        Ok(CopyValue::Star)
    } else if cursor.eat("default") {
        Ok(CopyValue::Text("default".into()))
    } else if cursor.is(TokenKind::LeftParen) {
        cursor.parenthesised(boolean_or_string).map(CopyValue::List)
    } else if words::is_number(cursor) {
        words::number(cursor).map(CopyValue::Number)
    } else {
        boolean_or_string(cursor).map(CopyValue::Text)
    }
}

/// Takes an option of the syntax without parentheses, under the name that it has within them.
fn bare_option(cursor: &mut Cursor<'_>) -> Parsed<Option<CopyOption>> {
    const WORDS: &[&str] =
        &["binary", "csv", "freeze", "header", "delimiter", "null", "quote", "escape", "encoding", "force"];
    let Some(word) = cursor.eat_one_of(WORDS) else { return Ok(None) };
    let found = match word {
        "binary" | "csv" => option("format", CopyValue::Text(word.into())),
        "freeze" | "header" => option(word, CopyValue::Flag),
        "force" => forced(cursor)?,
        _ => {
            if word != "encoding" {
                cursor.eat("as");
            }
            option(word, CopyValue::Text(cursor.string()?))
        }
    };
    Ok(Some(found))
}

fn forced(cursor: &mut Cursor<'_>) -> Parsed<CopyOption> {
    let name = if cursor.eat("quote") {
        "force_quote"
    } else if cursor.eat_words(&["not", "null"]) {
        "force_not_null"
    } else {
        cursor.expect("null")?;
        "force_null"
    };
    if cursor.eat_operator("*") {
        return Ok(option(name, CopyValue::Star));
    }
    let columns = words::idents(cursor)?.iter().map(|column| column.as_str().to_string()).collect();
    Ok(option(name, CopyValue::List(columns)))
}
