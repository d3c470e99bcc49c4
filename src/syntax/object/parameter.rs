//! Parameters of routines and aggregates.

use crate::pg::keyword::{self, Category};
use crate::statement::object::parameter::{AggregateArguments, Parameter, ParameterMode};
use crate::syntax::cursor::{Cursor, NameSort, Parsed};
use crate::syntax::token::TokenKind;
use crate::syntax::type_name::type_name;
use crate::syntax::words;

/// Takes a parameter with its default: `INOUT total numeric DEFAULT 0`.
///
/// # Errors
///
/// No parameter stands here.
pub fn parameter(cursor: &mut Cursor<'_>) -> Parsed<Parameter> {
    let start = cursor.index();
    let mut found = argument(cursor)?;
    if cursor.eat("default") || cursor.eat_operator("=") || cursor.eat_kind(TokenKind::ColonEquals) {
        found.default = Some(words::item_expression(cursor)?);
        found.span = cursor.span_from(start);
    }
    Ok(found)
}

/// Takes an argument of a reference: mode, name and type in the order of PostgreSQL's `func_arg`.
///
/// # Errors
///
/// No argument stands here.
pub fn argument(cursor: &mut Cursor<'_>) -> Parsed<Parameter> {
    let start = cursor.index();
    let before = mode(cursor);
    let name = if names_an_argument(cursor) { Some(cursor.name_of(NameSort::Function)?) } else { None };
    let mode = match (before, &name) {
        (None, Some(_)) => mode(cursor),
        _ => before,
    };
    let data_type = type_name(cursor)?;
    Ok(Parameter { span: cursor.span_from(start), mode, name, data_type, default: None })
}

/// Takes arguments in parentheses, which may be none.
///
/// # Errors
///
/// Something else stands here.
pub fn arguments(cursor: &mut Cursor<'_>) -> Parsed<Vec<Parameter>> {
    possibly_empty(cursor, argument)
}

/// Takes a list in parentheses that may be empty.
///
/// # Errors
///
/// A missing parenthesis, or what `item` refuses.
pub fn possibly_empty<T>(cursor: &mut Cursor<'_>, item: impl FnMut(&mut Cursor<'_>) -> Parsed<T>) -> Parsed<Vec<T>> {
    if cursor.is(TokenKind::LeftParen) && cursor.peek(1).is_some_and(|token| token.kind == TokenKind::RightParen) {
        cursor.advance()?;
        cursor.advance()?;
        return Ok(Vec::new());
    }
    cursor.parenthesised(item)
}

fn mode(cursor: &mut Cursor<'_>) -> Option<ParameterMode> {
    // `IN OUT` is another spelling of INOUT.
    if cursor.eat_words(&["in", "out"]) {
        return Some(ParameterMode::InOut);
    }
    words::one_of(cursor)
}

/// Says whether the next token is a parameter's name: a type, or a mode and a type, follows it.
fn names_an_argument(cursor: &Cursor<'_>) -> bool {
    let Some(next) = cursor.peek(1) else { return false };
    if !cursor.is_name(NameSort::Function) {
        return false;
    }
    match next.kind {
        TokenKind::QuotedIdent | TokenKind::UnicodeIdent => true,
        TokenKind::Word => {
            let word = cursor.slice(next.span).to_ascii_lowercase();
            match keyword::category(&word) {
                None | Some(Category::Unreserved | Category::TypeOrFunction) => true,
                // `double precision` is a type; no type begins with PRECISION.
                Some(Category::ColumnName) => word != "precision",
                Some(Category::Reserved) => matches!(word.as_str(), "in" | "variadic"),
            }
        }
        _ => false,
    }
}

/// Takes an aggregate's arguments in parentheses.
///
/// # Errors
///
/// Something else stands here.
pub fn aggregate_arguments(cursor: &mut Cursor<'_>) -> Parsed<AggregateArguments> {
    cursor.expect_kind(TokenKind::LeftParen)?;
    if cursor.eat_operator("*") {
        cursor.expect_kind(TokenKind::RightParen)?;
        return Ok(AggregateArguments::Star);
    }
    let direct = if cursor.is_word("order") { Vec::new() } else { cursor.list(argument)? };
    let ordered = if cursor.eat_words(&["order", "by"]) { cursor.list(argument)? } else { Vec::new() };
    check_variadic(cursor, &direct, &ordered)?;
    cursor.expect_kind(TokenKind::RightParen)?;
    Ok(AggregateArguments::List { direct, ordered })
}

/// Refuses what PostgreSQL does: a direct VARIADIC argument that is not repeated, alone, behind `ORDER BY`.
fn check_variadic(cursor: &Cursor<'_>, direct: &[Parameter], ordered: &[Parameter]) -> Parsed<()> {
    let Some(last) = direct.last().filter(|last| last.mode == Some(ParameterMode::Variadic)) else { return Ok(()) };
    let same = |other: &Parameter| other.mode == last.mode && plain(other) == plain(last);
    match ordered {
        [] => Ok(()),
        [only] if same(only) => Ok(()),
        _ => Err(cursor.error("the same VARIADIC argument behind ORDER BY")),
    }
}

/// A type's text, which tells types apart without their places.
fn plain(parameter: &Parameter) -> String {
    parameter.data_type.to_string()
}
