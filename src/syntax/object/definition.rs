//! Free option lists.

use super::reference::operator_name;
use crate::statement::object::definition::{Definition, DefinitionValue, ForeignOption, OptionAction};
use crate::statement::object::reference::OperatorName;
use crate::syntax::cursor::{Cursor, NameSort, Parsed};
use crate::syntax::token::TokenKind;
use crate::syntax::type_name::type_name;
use crate::syntax::words;

/// Takes `(name = value, name, …)`.
///
/// # Errors
///
/// No such list stands here.
pub fn definitions(cursor: &mut Cursor<'_>) -> Parsed<Vec<Definition>> {
    cursor.parenthesised(definition)
}

/// Takes `WITH (…)`, or nothing.
///
/// # Errors
///
/// No list follows `WITH`.
pub fn with_definitions(cursor: &mut Cursor<'_>) -> Parsed<Vec<Definition>> {
    if cursor.eat("with") { definitions(cursor) } else { Ok(Vec::new()) }
}

/// Takes storage parameters in parentheses, whose names may have a namespace.
///
/// # Errors
///
/// No such list stands here.
pub fn parameters(cursor: &mut Cursor<'_>) -> Parsed<Vec<Definition>> {
    cursor.parenthesised(|cursor| {
        let start = cursor.index();
        let mut name = cursor.name_of(NameSort::Label)?;
        let mut namespace = None;
        if cursor.eat_kind(TokenKind::Dot) {
            namespace = Some(std::mem::replace(&mut name, cursor.name_of(NameSort::Label)?));
        }
        let value = if cursor.eat_operator("=") { Some(value(cursor)?) } else { None };
        Ok(Definition { span: cursor.span_from(start), namespace, name, value })
    })
}

/// Takes `(name = value, …)` of ALTER OPERATOR, where NONE stands for no value.
///
/// # Errors
///
/// No such list stands here.
pub fn operator_definitions(cursor: &mut Cursor<'_>) -> Parsed<Vec<Definition>> {
    cursor.parenthesised(|cursor| {
        let mut found = definition(cursor)?;
        found.value = found.value.filter(|value| *value != DefinitionValue::Text("none".into()));
        Ok(found)
    })
}

/// Takes one item.
///
/// # Errors
///
/// No item stands here.
pub fn definition(cursor: &mut Cursor<'_>) -> Parsed<Definition> {
    let start = cursor.index();
    let name = cursor.name_of(NameSort::Label)?;
    let value = if cursor.eat_operator("=") { Some(value(cursor)?) } else { None };
    Ok(Definition { span: cursor.span_from(start), namespace: None, name, value })
}

fn value(cursor: &mut Cursor<'_>) -> Parsed<DefinitionValue> {
    if words::is_number(cursor) {
        return words::number(cursor).map(DefinitionValue::Number);
    }
    if words::is_string(cursor) {
        return cursor.string().map(DefinitionValue::Text);
    }
    if cursor.is(TokenKind::Operator) {
        return operator_name(cursor).map(DefinitionValue::Operator);
    }
    if cursor.is_word("operator") && cursor.peek(1).is_some_and(|token| token.kind == TokenKind::LeftParen) {
        return qualified_operator(cursor).map(DefinitionValue::Operator);
    }
    if words::is_reserved(cursor) || cursor.is_word("none") {
        let token = cursor.advance()?;
        return Ok(DefinitionValue::Text(cursor.slice(token.span).to_ascii_lowercase()));
    }
    type_name(cursor).map(DefinitionValue::Type)
}

fn qualified_operator(cursor: &mut Cursor<'_>) -> Parsed<OperatorName> {
    cursor.expect("operator")?;
    cursor.expect_kind(TokenKind::LeftParen)?;
    let name = operator_name(cursor)?;
    cursor.expect_kind(TokenKind::RightParen)?;
    Ok(name)
}

/// Takes `OPTIONS (name 'value', …)` of CREATE, or nothing.
///
/// # Errors
///
/// No such list stands behind `OPTIONS`.
pub fn foreign_options(cursor: &mut Cursor<'_>) -> Parsed<Vec<ForeignOption>> {
    if !cursor.eat("options") {
        return Ok(Vec::new());
    }
    cursor.parenthesised(|cursor| {
        let name = cursor.name_of(NameSort::Label)?;
        Ok(ForeignOption { action: None, name, value: Some(cursor.string()?) })
    })
}

/// Takes `OPTIONS (SET name 'value', DROP name, …)` of ALTER, or nothing.
///
/// # Errors
///
/// No such list stands behind `OPTIONS`.
pub fn altered_foreign_options(cursor: &mut Cursor<'_>) -> Parsed<Vec<ForeignOption>> {
    if !cursor.eat("options") {
        return Ok(Vec::new());
    }
    cursor.parenthesised(|cursor| {
        // An option may itself be called `set`; then its value follows at once.
        let action: Option<OptionAction> = match words_follow(cursor) {
            true => words::one_of(cursor),
            false => None,
        };
        let name = cursor.name_of(NameSort::Label)?;
        let value = if action == Some(OptionAction::Drop) { None } else { Some(cursor.string()?) };
        Ok(ForeignOption { action, name, value })
    })
}

fn words_follow(cursor: &Cursor<'_>) -> bool {
    cursor
        .peek(1)
        .is_some_and(|token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdent | TokenKind::UnicodeIdent))
}
