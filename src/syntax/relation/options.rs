//! Lists of options.

use crate::pg::Ident;
use crate::pg::keyword::{self, Category};
use crate::query::Operator;
use crate::statement::relation::{GenericOption, GenericOptionChange, Parameter, ParameterValue};
use crate::syntax::cursor::{Cursor, NameSort, Parsed};
use crate::syntax::token::TokenKind;
use crate::syntax::type_name::type_name;

/// Takes storage parameters in parentheses, each possibly in a namespace.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn parameters(cursor: &mut Cursor<'_>) -> Parsed<Vec<Parameter>> {
    cursor.parenthesised(parameter)
}

/// Takes `WITH` and storage parameters if they come next.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn with_parameters(cursor: &mut Cursor<'_>) -> Parsed<Vec<Parameter>> {
    let follows = cursor.is_word("with") && cursor.peek(1).is_some_and(|token| token.kind == TokenKind::LeftParen);
    if !follows {
        return Ok(Vec::new());
    }
    cursor.expect("with")?;
    parameters(cursor)
}

/// Takes options in parentheses without a namespace: the definition of a type or of a constraint's index.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn definition(cursor: &mut Cursor<'_>) -> Parsed<Vec<Parameter>> {
    cursor.parenthesised(|cursor| {
        let name = cursor.name_of(NameSort::Label)?;
        let value = if cursor.eat_operator("=") { Some(value(cursor)?) } else { None };
        Ok(Parameter { namespace: None, name, value })
    })
}

fn parameter(cursor: &mut Cursor<'_>) -> Parsed<Parameter> {
    let first = cursor.name_of(NameSort::Label)?;
    let (namespace, name) =
        if cursor.eat_kind(TokenKind::Dot) { (Some(first), cursor.name_of(NameSort::Label)?) } else { (None, first) };
    let value = if cursor.eat_operator("=") { Some(value(cursor)?) } else { None };
    Ok(Parameter { namespace, name, value })
}

/// Takes the value of an option.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn value(cursor: &mut Cursor<'_>) -> Parsed<ParameterValue> {
    let signed = cursor.is_operator("-") || cursor.is_operator("+");
    if signed && cursor.peek(1).is_some_and(|token| token.kind == TokenKind::Number) {
        let sign = if cursor.eat_operator("-") { "-" } else { "" };
        cursor.eat_operator("+");
        return number(cursor, sign);
    }
    match cursor.peek(0).map(|token| token.kind) {
        Some(TokenKind::Number) => number(cursor, ""),
        Some(TokenKind::Operator) => operator(cursor).map(ParameterValue::Operator),
        Some(TokenKind::Word) if cursor.is_word("operator") => operator(cursor).map(ParameterValue::Operator),
        Some(TokenKind::Word) => word(cursor),
        Some(TokenKind::QuotedIdent | TokenKind::UnicodeIdent) => type_name(cursor).map(ParameterValue::Type),
        _ => cursor.string().map(ParameterValue::String),
    }
}

fn number(cursor: &mut Cursor<'_>, sign: &str) -> Parsed<ParameterValue> {
    let token = cursor.expect_kind(TokenKind::Number)?;
    Ok(ParameterValue::Number(format!("{sign}{}", cursor.slice(token.span))))
}

fn word(cursor: &mut Cursor<'_>) -> Parsed<ParameterValue> {
    let lower = cursor.peek_text(0).to_ascii_lowercase();
    if lower == "none" || keyword::category(&lower) == Some(Category::Reserved) {
        cursor.advance()?;
        return Ok(ParameterValue::String(lower));
    }
    type_name(cursor).map(ParameterValue::Type)
}

/// Takes an operator, bare or as `OPERATOR(schema.op)`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn operator(cursor: &mut Cursor<'_>) -> Parsed<Operator> {
    let qualified =
        cursor.is_word("operator") && cursor.peek(1).is_some_and(|token| token.kind == TokenKind::LeftParen);
    if !qualified {
        return symbol(cursor, None);
    }
    cursor.expect("operator")?;
    cursor.expect_kind(TokenKind::LeftParen)?;
    let schema: Option<Ident> = if cursor.is(TokenKind::Operator) {
        None
    } else {
        let schema = cursor.ident()?;
        cursor.expect_kind(TokenKind::Dot)?;
        Some(schema)
    };
    let found = symbol(cursor, schema)?;
    cursor.expect_kind(TokenKind::RightParen)?;
    Ok(found)
}

fn symbol(cursor: &mut Cursor<'_>, schema: Option<Ident>) -> Parsed<Operator> {
    let token = cursor.expect_kind(TokenKind::Operator)?;
    Ok(Operator { schema, ..Operator::plain(cursor.slice(token.span)) })
}

/// Takes `OPTIONS (name 'value', …)` if it comes next.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn generic_options(cursor: &mut Cursor<'_>) -> Parsed<Vec<GenericOption>> {
    if cursor.eat("options") { cursor.parenthesised(generic_option) } else { Ok(Vec::new()) }
}

fn generic_option(cursor: &mut Cursor<'_>) -> Parsed<GenericOption> {
    Ok(GenericOption { name: cursor.name_of(NameSort::Label)?, value: cursor.string()? })
}

/// Takes the changes in parentheses behind `OPTIONS` of an ALTER.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn generic_option_changes(cursor: &mut Cursor<'_>) -> Parsed<Vec<GenericOptionChange>> {
    cursor.parenthesised(|cursor| {
        // The three words may also be the name of an option, and then its value follows.
        let is_verb = cursor.peek(1).is_some_and(|token| {
            matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdent | TokenKind::UnicodeIdent)
        });
        match if is_verb { cursor.eat_one_of(&["add", "set", "drop"]) } else { None } {
            Some("add") => Ok(GenericOptionChange::Add { option: generic_option(cursor)?, explicit: true }),
            Some("set") => Ok(GenericOptionChange::Set(generic_option(cursor)?)),
            Some(_) => Ok(GenericOptionChange::Drop(cursor.name_of(NameSort::Label)?)),
            None => Ok(GenericOptionChange::Add { option: generic_option(cursor)?, explicit: false }),
        }
    })
}
