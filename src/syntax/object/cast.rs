//! Casts, conversions, transforms, languages and access methods.

use super::reference::routine;
use crate::statement::object::cast::{
    CastMethod, CreateAccessMethod, CreateCast, CreateConversion, CreateLanguage, CreateTransform, LanguageHandlers,
};
use crate::syntax::cursor::{Cursor, NameSort, Parsed};
use crate::syntax::token::TokenKind;
use crate::syntax::type_name::type_name;
use crate::syntax::words;

/// Reads what follows `CREATE CAST`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create_cast(cursor: &mut Cursor<'_>) -> Parsed<CreateCast> {
    cursor.expect_kind(TokenKind::LeftParen)?;
    let from = type_name(cursor)?;
    cursor.expect("as")?;
    let to = type_name(cursor)?;
    cursor.expect_kind(TokenKind::RightParen)?;
    let method = if cursor.eat_words(&["without", "function"]) {
        CastMethod::Binary
    } else if cursor.eat_words(&["with", "inout"]) {
        CastMethod::InOut
    } else {
        cursor.expect_words(&["with", "function"])?;
        CastMethod::Function(routine(cursor)?)
    };
    Ok(CreateCast { from, to, method, context: words::one_of(cursor) })
}

/// Reads what follows `CREATE [DEFAULT] CONVERSION`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create_conversion(cursor: &mut Cursor<'_>, is_default: bool) -> Parsed<CreateConversion> {
    let name = cursor.name()?;
    cursor.expect("for")?;
    let from = cursor.string()?;
    cursor.expect("to")?;
    let to = cursor.string()?;
    cursor.expect("from")?;
    Ok(CreateConversion { is_default, name, from, to, function: cursor.name()? })
}

/// Reads what follows `CREATE [OR REPLACE] TRANSFORM`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create_transform(cursor: &mut Cursor<'_>, or_replace: bool) -> Parsed<CreateTransform> {
    cursor.expect("for")?;
    let data_type = type_name(cursor)?;
    cursor.expect("language")?;
    let language = cursor.ident()?;
    let mut found = CreateTransform { or_replace, data_type, language, from_sql: None, to_sql: None };
    cursor.parenthesised(|cursor| {
        let slot = match cursor.eat_one_of(&["from", "to"]) {
            Some("from") => &mut found.from_sql,
            Some(_) => &mut found.to_sql,
            None => return Err(cursor.error("FROM SQL or TO SQL")),
        };
        if slot.is_some() {
            return Err(cursor.error("each direction once"));
        }
        cursor.expect_words(&["sql", "with", "function"])?;
        *slot = Some(routine(cursor)?);
        Ok(())
    })?;
    Ok(found)
}

/// Reads what follows `CREATE [OR REPLACE]` when it makes a language; otherwise takes nothing.
///
/// # Errors
///
/// The statement cannot be read.
pub fn create_language(cursor: &mut Cursor<'_>, or_replace: bool) -> Parsed<Option<CreateLanguage>> {
    let start = cursor.index();
    let trusted = cursor.eat("trusted");
    cursor.eat("procedural");
    if !cursor.eat("language") {
        cursor.seek(start);
        return Ok(None);
    }
    let name = cursor.ident()?;
    let handlers = if cursor.eat("handler") { Some(handlers(cursor)?) } else { None };
    Ok(Some(CreateLanguage { or_replace, trusted, name, handlers }))
}

fn handlers(cursor: &mut Cursor<'_>) -> Parsed<LanguageHandlers> {
    let handler = cursor.name()?;
    let inline = if cursor.eat("inline") { Some(cursor.name()?) } else { None };
    let validator = if cursor.eat("validator") { Some(cursor.name()?) } else { None };
    if validator.is_none() {
        cursor.eat_words(&["no", "validator"]);
    }
    Ok(LanguageHandlers { handler, inline, validator })
}

/// Reads what follows `CREATE ACCESS METHOD`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create_access_method(cursor: &mut Cursor<'_>) -> Parsed<CreateAccessMethod> {
    let name = cursor.name_of(NameSort::Column)?;
    cursor.expect("type")?;
    let kind = words::expect_one_of(cursor, "INDEX or TABLE")?;
    cursor.expect("handler")?;
    Ok(CreateAccessMethod { name, kind, handler: cursor.name()? })
}
