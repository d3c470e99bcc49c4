//! CREATE SEQUENCE, ALTER SEQUENCE, and the options of sequences.

use crate::statement::relation::{AlterSequence, CreateSequence, Persistence, SequenceOption};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::token::TokenKind;
use crate::syntax::type_name;

/// Takes what follows `CREATE … SEQUENCE`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn create_sequence(cursor: &mut Cursor<'_>, persistence: Persistence) -> Parsed<CreateSequence> {
    let if_not_exists = cursor.eat_if_not_exists();
    let name = cursor.name()?;
    let mut options = Vec::new();
    while let Some(option) = sequence_option(cursor)? {
        options.push(option);
    }
    Ok(CreateSequence { persistence, if_not_exists, name, options })
}

/// Takes the options behind `ALTER SEQUENCE name`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn alter_sequence(cursor: &mut Cursor<'_>, if_exists: bool, name: crate::pg::Name) -> Parsed<AlterSequence> {
    let mut options = vec![required_option(cursor)?];
    while let Some(option) = sequence_option(cursor)? {
        options.push(option);
    }
    Ok(AlterSequence { if_exists, name, options })
}

/// Takes options in parentheses if they come next.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn in_parentheses(cursor: &mut Cursor<'_>) -> Parsed<Vec<SequenceOption>> {
    if !cursor.eat_kind(TokenKind::LeftParen) {
        return Ok(Vec::new());
    }
    let mut options = vec![required_option(cursor)?];
    while !cursor.eat_kind(TokenKind::RightParen) {
        options.push(required_option(cursor)?);
    }
    Ok(options)
}

/// Takes one option.
///
/// # Errors
///
/// None comes next.
pub(super) fn required_option(cursor: &mut Cursor<'_>) -> Parsed<SequenceOption> {
    sequence_option(cursor)?.ok_or_else(|| cursor.error("an option of a sequence"))
}

fn sequence_option(cursor: &mut Cursor<'_>) -> Parsed<Option<SequenceOption>> {
    const FIRST: &[&str] = &[
        "as",
        "cache",
        "cycle",
        "increment",
        "logged",
        "unlogged",
        "maxvalue",
        "minvalue",
        "no",
        "owned",
        "sequence",
        "start",
        "restart",
    ];
    let Some(word) = cursor.eat_one_of(FIRST) else { return Ok(None) };
    Ok(Some(match word {
        "as" => SequenceOption::As(type_name::simple(cursor)?),
        "cache" => SequenceOption::Cache(cursor.integer()?),
        "cycle" => SequenceOption::Cycle,
        "increment" => SequenceOption::Increment(behind(cursor, "by")?),
        "logged" => SequenceOption::Logged,
        "unlogged" => SequenceOption::Unlogged,
        "maxvalue" => SequenceOption::MaxValue(cursor.integer()?),
        "minvalue" => SequenceOption::MinValue(cursor.integer()?),
        "no" => negated(cursor)?,
        "owned" => owned_by(cursor)?,
        "sequence" => {
            cursor.expect("name")?;
            SequenceOption::Name(cursor.name()?)
        }
        "start" => SequenceOption::Start(behind(cursor, "with")?),
        _ => restart(cursor)?,
    }))
}

fn behind(cursor: &mut Cursor<'_>, word: &str) -> Parsed<i64> {
    cursor.eat(word);
    cursor.integer()
}

fn negated(cursor: &mut Cursor<'_>) -> Parsed<SequenceOption> {
    match cursor.eat_one_of(&["cycle", "maxvalue", "minvalue"]) {
        Some("cycle") => Ok(SequenceOption::NoCycle),
        Some("maxvalue") => Ok(SequenceOption::NoMaxValue),
        Some(_) => Ok(SequenceOption::NoMinValue),
        None => Err(cursor.error("CYCLE, MAXVALUE or MINVALUE")),
    }
}

fn owned_by(cursor: &mut Cursor<'_>) -> Parsed<SequenceOption> {
    cursor.expect("by")?;
    let column = cursor.name()?;
    let is_none = column.parts.len() == 1 && *column.last() == "none";
    Ok(SequenceOption::OwnedBy(if is_none { None } else { Some(column) }))
}

/// Takes what follows `RESTART`.
///
/// # Errors
///
/// `WITH` without a number.
pub(super) fn restart(cursor: &mut Cursor<'_>) -> Parsed<SequenceOption> {
    let has_value = cursor.eat("with") || cursor.is(TokenKind::Number) || cursor.is(TokenKind::Operator);
    Ok(SequenceOption::Restart(if has_value { Some(cursor.integer()?) } else { None }))
}
