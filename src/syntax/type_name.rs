//! Type names: the grammar's `Typename`, with its spellings resolved as PostgreSQL's parser resolves them.

use super::cursor::{Cursor, NameSort, Parsed};
use super::token::TokenKind;
use crate::pg::{Ident, IntervalFields, Name, TypeName};

/// Takes a type name.
///
/// # Errors
///
/// No type name stands here, or a modifier that is no constant or name.
pub fn type_name(cursor: &mut Cursor<'_>) -> Parsed<TypeName> {
    let set_of = cursor.eat("setof");
    let mut found = simple(cursor)?;
    found.set_of = set_of;
    array_bounds(cursor, &mut found)?;
    Ok(found)
}

/// Takes a type name without `SETOF` and array bounds: what may stand before a string literal.
///
/// # Errors
///
/// As [`type_name`].
pub fn simple(cursor: &mut Cursor<'_>) -> Parsed<TypeName> {
    let start = cursor.index();
    if let Some(found) = keyword_type(cursor)? {
        return Ok(found);
    }
    // Unlike a function's, even the schema of a type may not be `int` or another word that only a column can be.
    if !cursor.is_name(NameSort::Function) {
        return Err(cursor.error("a type"));
    }
    let name = cursor.qualified(NameSort::Function)?;
    let mut found = TypeName::named(name);
    if cursor.is_operator("%") && cursor.is_word_at(1, "type") {
        cursor.advance()?;
        cursor.advance()?;
        found.percent_type = true;
        return Ok(found);
    }
    found.modifiers = modifiers(cursor)?;
    found.name.span = cursor.span_from(start);
    Ok(found)
}

fn array_bounds(cursor: &mut Cursor<'_>, found: &mut TypeName) -> Parsed<()> {
    if cursor.eat("array") {
        found.bounds.push(if cursor.is(TokenKind::LeftBracket) { bound(cursor)? } else { None });
        return Ok(());
    }
    while cursor.is(TokenKind::LeftBracket) {
        found.bounds.push(bound(cursor)?);
    }
    Ok(())
}

fn bound(cursor: &mut Cursor<'_>) -> Parsed<Option<u32>> {
    cursor.expect_kind(TokenKind::LeftBracket)?;
    let length = if cursor.is(TokenKind::RightBracket) { None } else { Some(cursor.integer()?) };
    cursor.expect_kind(TokenKind::RightBracket)?;
    length.map(|length| u32::try_from(length).map_err(|_| cursor.error("an array length"))).transpose()
}

/// The types whose names are key words; `None` for any other.
fn keyword_type(cursor: &mut Cursor<'_>) -> Parsed<Option<TypeName>> {
    let span = cursor.here();
    // A key word behind which a dot stands is the schema of some other type.
    if cursor.peek(1).is_some_and(|token| token.kind == TokenKind::Dot) || !cursor.is(TokenKind::Word) {
        return Ok(None);
    }
    let word = cursor.peek_text(0).to_ascii_lowercase();
    // `double` alone is no key word of a type: `alignment = double` in a CREATE TYPE.
    if word == "double" && !cursor.is_word_at(1, "precision") {
        return Ok(None);
    }
    let builtin = |name: &str| TypeName::builtin(name, span);
    let plain = match word.as_str() {
        "int" | "integer" => "int4",
        "smallint" => "int2",
        "bigint" => "int8",
        "real" => "float4",
        "boolean" => "bool",
        "double" | "float" | "decimal" | "dec" | "numeric" | "bit" | "character" | "char" | "varchar" | "national"
        | "nchar" | "timestamp" | "time" | "interval" => return parameterised(cursor, &word).map(Some),
        _ => return Ok(None),
    };
    cursor.advance()?;
    Ok(Some(builtin(plain)))
}

fn parameterised(cursor: &mut Cursor<'_>, word: &str) -> Parsed<TypeName> {
    let span = cursor.here();
    cursor.advance()?;
    let mut found = TypeName::builtin("numeric", span);
    let mut named = |name: &str| found.name.parts[1] = Ident::exact(name);
    match word {
        "double" => {
            cursor.expect("precision")?;
            named("float8");
        }
        "float" => {
            let bits = modifiers(cursor)?;
            let short = bits.first().and_then(|bits| bits.parse::<u32>().ok()).is_some_and(|bits| bits <= 24);
            named(if short { "float4" } else { "float8" });
        }
        "bit" => {
            let varying = cursor.eat("varying");
            named(if varying { "varbit" } else { "bit" });
            found.modifiers = modifiers(cursor)?;
            if !varying && found.modifiers.is_empty() {
                found.modifiers.push("1".into());
            }
        }
        "character" | "char" | "varchar" | "national" | "nchar" => return character(cursor, found, word),
        "timestamp" | "time" => return time(cursor, found, word),
        "interval" => {
            named("interval");
            found.interval = Some(interval_fields(cursor)?);
        }
        _ => found.modifiers = modifiers(cursor)?,
    }
    Ok(found)
}

fn character(cursor: &mut Cursor<'_>, mut found: TypeName, word: &str) -> Parsed<TypeName> {
    if word == "national" && cursor.eat_one_of(&["character", "char"]).is_none() {
        return Err(cursor.error("CHARACTER"));
    }
    let varying = word == "varchar" || cursor.eat("varying");
    found.name.parts[1] = Ident::exact(if varying { "varchar" } else { "bpchar" });
    found.modifiers = length(cursor)?;
    if !varying && found.modifiers.is_empty() {
        found.modifiers.push("1".into());
    }
    Ok(found)
}

fn time(cursor: &mut Cursor<'_>, mut found: TypeName, word: &str) -> Parsed<TypeName> {
    found.modifiers = length(cursor)?;
    let zone = cursor.eat_words(&["with", "time", "zone"]);
    if !zone {
        cursor.eat_words(&["without", "time", "zone"]);
    }
    found.name.parts[1] = Ident::exact(match (word, zone) {
        ("timestamp", true) => "timestamptz",
        ("timestamp", false) => "timestamp",
        (_, true) => "timetz",
        (_, false) => "time",
    });
    Ok(found)
}

/// Takes what may stand behind `interval`: fields and a precision.
///
/// # Errors
///
/// A precision that is no integer.
pub fn interval_fields(cursor: &mut Cursor<'_>) -> Parsed<IntervalFields> {
    let mut found = IntervalFields::default();
    const FIELDS: &[&str] = &["year", "month", "day", "hour", "minute", "second"];
    if let Some(first) = cursor.eat_one_of(FIELDS) {
        found.fields = first.into();
        if cursor.is_word("to") {
            let start = cursor.index();
            cursor.advance()?;
            match cursor.eat_one_of(FIELDS) {
                Some(last) => found.fields = format!("{first} to {last}"),
                None => cursor.seek(start),
            }
        }
    }
    let may_have_precision = found.fields.is_empty() || found.fields.ends_with("second");
    if may_have_precision && cursor.is(TokenKind::LeftParen) {
        cursor.advance()?;
        let digits = cursor.integer()?;
        cursor.expect_kind(TokenKind::RightParen)?;
        found.precision = Some(u32::try_from(digits).map_err(|_| cursor.error("a precision"))?);
    }
    Ok(found)
}

/// Takes a length or precision in parentheses: for these types the grammar allows nothing else.
fn length(cursor: &mut Cursor<'_>) -> Parsed<Vec<String>> {
    if !cursor.eat_kind(TokenKind::LeftParen) {
        return Ok(Vec::new());
    }
    let digits = cursor.expect_kind(TokenKind::Number)?;
    cursor.expect_kind(TokenKind::RightParen)?;
    Ok(vec![cursor.slice(digits.span).to_string()])
}

/// Takes modifiers in parentheses: constants and names, kept as SQL text.
fn modifiers(cursor: &mut Cursor<'_>) -> Parsed<Vec<String>> {
    if !cursor.is(TokenKind::LeftParen) {
        return Ok(Vec::new());
    }
    cursor.parenthesised(|cursor| {
        let start = cursor.index();
        if cursor.is_operator("-") || cursor.is(TokenKind::Number) {
            cursor.integer()?;
        } else if cursor.is(TokenKind::String) {
            cursor.string()?;
        } else {
            let name: Name = cursor.qualified(NameSort::Column)?;
            return Ok(name.to_string());
        }
        Ok(cursor.slice(cursor.span_from(start)).to_string())
    })
}
