//! Cursors: DECLARE, FETCH, MOVE, CLOSE.

use crate::query::DataStatement;
use crate::statement::session::portal::{Close, DeclareCursor, Fetch, FetchCommand, FetchCount, FetchDirection};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::expression::data_statement;
use crate::syntax::words;

/// Reads what follows `DECLARE`.
///
/// # Errors
///
/// No such statement stands here.
pub fn declare(cursor: &mut Cursor<'_>) -> Parsed<DeclareCursor> {
    let name = cursor.ident()?;
    let mut options = Vec::new();
    while let Some(option) = words::one_of(cursor) {
        options.push(option);
    }
    cursor.expect("cursor")?;
    let hold = cursor.eat_words(&["with", "hold"]);
    cursor.eat_words(&["without", "hold"]);
    cursor.expect("for")?;
    match data_statement(cursor, words::end(cursor))? {
        DataStatement::Query(query) => Ok(DeclareCursor { name, options, hold, query }),
        _ => Err(cursor.error("a query")),
    }
}

/// Reads what follows `FETCH` or `MOVE`.
///
/// # Errors
///
/// No such statement stands here.
pub fn fetch(cursor: &mut Cursor<'_>, command: FetchCommand) -> Parsed<Fetch> {
    let (direction, count) =
        if names_cursor(cursor) { (FetchDirection::Forward, FetchCount::Rows(1)) } else { distance(cursor)? };
    cursor.eat_one_of(&["from", "in"]);
    Ok(Fetch { command, direction, count, cursor: cursor.ident()? })
}

/// Says whether a cursor's name stands here, even one that is also a direction's word.
fn names_cursor(cursor: &Cursor<'_>) -> bool {
    cursor.peek(1).is_none() || cursor.is_word("from") || cursor.is_word("in")
}

fn distance(cursor: &mut Cursor<'_>) -> Parsed<(FetchDirection, FetchCount)> {
    use FetchDirection::{Absolute, Backward, Forward, Relative};
    const WORDS: &[&str] = &["next", "prior", "first", "last", "absolute", "relative", "all", "forward", "backward"];
    let Some(word) = cursor.eat_one_of(WORDS) else {
        return Ok((Forward, FetchCount::Rows(words::small_integer(cursor)?)));
    };
    Ok(match word {
        "next" => (Forward, FetchCount::Rows(1)),
        "prior" => (Backward, FetchCount::Rows(1)),
        "first" => (Absolute, FetchCount::Rows(1)),
        "last" => (Absolute, FetchCount::Rows(-1)),
        "absolute" => (Absolute, FetchCount::Rows(words::small_integer(cursor)?)),
        "relative" => (Relative, FetchCount::Rows(words::small_integer(cursor)?)),
        "all" => (Forward, FetchCount::All),
        "forward" => (Forward, count(cursor)?),
        _ => (Backward, count(cursor)?),
    })
}

fn count(cursor: &mut Cursor<'_>) -> Parsed<FetchCount> {
    if cursor.eat("all") {
        Ok(FetchCount::All)
    } else if words::is_number(cursor) {
        words::small_integer(cursor).map(FetchCount::Rows)
    } else {
        Ok(FetchCount::Rows(1))
    }
}

/// Reads what follows `CLOSE`.
///
/// # Errors
///
/// No such statement stands here.
pub fn close(cursor: &mut Cursor<'_>) -> Parsed<Close> {
    let name = if cursor.eat("all") { None } else { Some(cursor.ident()?) };
    Ok(Close { cursor: name })
}
