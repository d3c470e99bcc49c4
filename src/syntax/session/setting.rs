//! SET, RESET and SHOW.

use super::transaction;
use crate::pg::Name;
use crate::statement::session::setting::{
    Attached, Change, Reset, Set, SetConstraints, SetScope, Show, TimeZone, Value, ZoneFields,
};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::token::TokenKind;
use crate::syntax::words;

/// Reads what follows `SET`.
///
/// # Errors
///
/// No setting, or a value that is not understood.
pub fn set(cursor: &mut Cursor<'_>) -> Parsed<Set> {
    // `SET SESSION AUTHORIZATION` and `SET SESSION CHARACTERISTICS` begin with a word that may also be the scope, and
    // before TO any of these words is a setting's name.
    let is_name = assigns(cursor) || cursor.is_word_at(1, "authorization") || cursor.is_word_at(1, "characteristics");
    let word = if is_name { None } else { cursor.eat_one_of(&["session", "local"]) };
    let scope = if word == Some("local") { SetScope::Local } else { SetScope::Session };
    Ok(Set { scope, change: change(cursor)? })
}

/// Reads what follows `SET CONSTRAINTS`.
///
/// # Errors
///
/// No constraint, or no time.
pub fn set_constraints(cursor: &mut Cursor<'_>) -> Parsed<SetConstraints> {
    let names = if cursor.eat("all") { Vec::new() } else { words::names(cursor)? };
    Ok(SetConstraints { names, when: words::expect_one_of(cursor, "DEFERRED or IMMEDIATE")? })
}

/// Takes a whole `SET` of a session, a role or a database, without the word itself.
///
/// # Errors
///
/// No setting, or a value that is not understood.
pub fn change(cursor: &mut Cursor<'_>) -> Parsed<Change> {
    if cursor.eat_words(&["transaction", "snapshot"]) {
        return cursor.string().map(Change::Snapshot);
    }
    if cursor.eat("transaction") {
        return some_modes(cursor).map(Change::Transaction);
    }
    if cursor.eat_words(&["session", "characteristics", "as", "transaction"]) {
        return some_modes(cursor).map(Change::SessionCharacteristics);
    }
    routine_change(cursor)
}

/// Says whether the next word is the name of a setting that gets a value.
fn assigns(cursor: &Cursor<'_>) -> bool {
    cursor.is_word_at(1, "to") || matches!(cursor.peek_text(1), "=" | ".")
}

fn some_modes(cursor: &mut Cursor<'_>) -> Parsed<Vec<crate::statement::session::transaction::TransactionMode>> {
    let modes = transaction::modes(cursor)?;
    if modes.is_empty() { Err(cursor.error("a transaction mode")) } else { Ok(modes) }
}

/// Takes a SET that a routine may have: any but that of transaction modes.
///
/// # Errors
///
/// No setting, or a value that is not understood.
pub fn routine_change(cursor: &mut Cursor<'_>) -> Parsed<Change> {
    // Each of these words is an ordinary setting's name when TO or = follows it.
    if !assigns(cursor)
        && let Some(found) = special(cursor)?
    {
        return Ok(found);
    }
    let name = setting_name(cursor)?;
    if cursor.eat_words(&["from", "current"]) {
        return Ok(Change::FromCurrent(name));
    }
    generic_values(cursor, name)
}

/// Takes `name TO value`, the only form that ALTER SYSTEM knows.
///
/// # Errors
///
/// No setting, or a value that is not understood.
pub fn generic_change(cursor: &mut Cursor<'_>) -> Parsed<Change> {
    let name = setting_name(cursor)?;
    generic_values(cursor, name)
}

fn generic_values(cursor: &mut Cursor<'_>, name: Name) -> Parsed<Change> {
    if !cursor.eat("to") && !cursor.eat_operator("=") {
        return Err(cursor.error("TO or `=`"));
    }
    if cursor.eat("default") {
        return Ok(Change::Default(name));
    }
    Ok(Change::Value(name, cursor.list(value)?))
}

fn special(cursor: &mut Cursor<'_>) -> Parsed<Option<Change>> {
    let found = if cursor.eat_words(&["time", "zone"]) {
        Change::TimeZone(time_zone(cursor)?)
    } else if cursor.eat("schema") {
        Change::Schema(cursor.string()?)
    } else if cursor.eat("names") {
        let default = cursor.eat("default");
        Change::Names(if !default && words::is_string(cursor) { Some(cursor.string()?) } else { None })
    } else if cursor.eat("role") {
        Change::Role(words::word_or_string(cursor)?)
    } else if cursor.eat_words(&["session", "authorization"]) {
        let default = cursor.eat("default");
        Change::SessionAuthorization(if default { None } else { Some(words::word_or_string(cursor)?) })
    } else if cursor.eat_words(&["xml", "option"]) {
        Change::XmlOption(words::expect_one_of(cursor, "DOCUMENT or CONTENT")?)
    } else {
        return Ok(None);
    };
    Ok(Some(found))
}

/// Takes a setting's name: one word, or several with dots between, none of them reserved.
///
/// # Errors
///
/// Another token, or a reserved word.
pub fn setting_name(cursor: &mut Cursor<'_>) -> Parsed<Name> {
    let start = cursor.index();
    let mut parts = vec![cursor.ident()?];
    while cursor.eat_kind(TokenKind::Dot) {
        parts.push(cursor.ident()?);
    }
    Ok(Name { parts: parts.into(), span: cursor.span_from(start) })
}

/// Takes one value of a setting.
///
/// # Errors
///
/// No value stands here.
pub fn value(cursor: &mut Cursor<'_>) -> Parsed<Value> {
    if words::is_number(cursor) {
        return words::number(cursor).map(Value::Number);
    }
    boolean_or_string(cursor).map(Value::Text)
}

/// Takes `TRUE`, `FALSE`, `ON`, a word that is not reserved, or a string, and returns its text.
///
/// # Errors
///
/// Another token, or a bad escape.
pub fn boolean_or_string(cursor: &mut Cursor<'_>) -> Parsed<String> {
    match cursor.eat_one_of(&["true", "false", "on"]) {
        Some(word) => Ok(word.into()),
        None => words::word_or_string(cursor),
    }
}

fn time_zone(cursor: &mut Cursor<'_>) -> Parsed<TimeZone> {
    if cursor.eat("default") || cursor.eat("local") {
        return Ok(TimeZone::Default);
    }
    if words::is_number(cursor) {
        return words::number(cursor).map(TimeZone::Offset);
    }
    if words::is_string(cursor) {
        return cursor.string().map(TimeZone::Name);
    }
    if !cursor.eat("interval") {
        return cursor.ident().map(|name| TimeZone::Name(name.as_str().into()));
    }
    if cursor.eat_kind(TokenKind::LeftParen) {
        let precision = Some(words::small_integer(cursor)?);
        cursor.expect_kind(TokenKind::RightParen)?;
        return Ok(TimeZone::Interval { text: cursor.string()?, fields: None, precision });
    }
    let text = cursor.string()?;
    Ok(TimeZone::Interval { text, fields: words::one_of::<ZoneFields>(cursor), precision: None })
}

/// Reads what follows `RESET`.
///
/// # Errors
///
/// No setting.
pub fn reset(cursor: &mut Cursor<'_>) -> Parsed<Reset> {
    if let Some(setting) = words::one_of(cursor) {
        return Ok(Reset::Special(setting));
    }
    if cursor.eat("all") { Ok(Reset::All) } else { setting_name(cursor).map(Reset::Name) }
}

/// Reads what follows `SHOW`.
///
/// # Errors
///
/// No setting.
pub fn show(cursor: &mut Cursor<'_>) -> Parsed<Show> {
    if let Some(setting) = words::one_of(cursor) {
        return Ok(Show::Special(setting));
    }
    if cursor.eat("all") { Ok(Show::All) } else { setting_name(cursor).map(Show::Name) }
}

/// Takes `SET …` or `RESET …` of a role or a database.
///
/// # Errors
///
/// Neither stands here.
pub fn attached(cursor: &mut Cursor<'_>) -> Parsed<Attached> {
    if cursor.eat("reset") {
        return reset(cursor).map(Attached::Reset);
    }
    cursor.expect("set")?;
    change(cursor).map(Attached::Set)
}
