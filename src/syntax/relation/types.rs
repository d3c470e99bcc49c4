//! CREATE TYPE and ALTER TYPE.

use super::common::{collation, generic_change, value_type};
use super::options::{definition, value};
use crate::pg::Ident;
use crate::statement::relation::{
    AlterType, Attribute, AttributeAction, AttributeActionKind, CreateType, ParameterValue, TypeChange, TypeDefinition,
    ValuePlace,
};
use crate::syntax::cursor::{Cursor, NameSort, Parsed};
use crate::syntax::token::TokenKind;
use crate::syntax::words::behavior;

/// Takes what follows `CREATE TYPE`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn create_type(cursor: &mut Cursor<'_>) -> Parsed<CreateType> {
    let name = cursor.name()?;
    let definition = if cursor.eat("as") {
        if cursor.eat("enum") {
            TypeDefinition::Enum(listed(cursor, Cursor::string)?)
        } else if cursor.eat("range") {
            TypeDefinition::Range(definition(cursor)?)
        } else {
            TypeDefinition::Composite(listed(cursor, attribute)?)
        }
    } else if cursor.is(TokenKind::LeftParen) {
        TypeDefinition::Base(definition(cursor)?)
    } else {
        TypeDefinition::Shell
    };
    Ok(CreateType { name, definition })
}

/// Takes a list in parentheses that may be empty.
fn listed<'a, T>(cursor: &mut Cursor<'a>, item: impl FnMut(&mut Cursor<'a>) -> Parsed<T>) -> Parsed<Vec<T>> {
    if cursor.peek(1).is_some_and(|token| token.kind == TokenKind::RightParen) {
        cursor.expect_kind(TokenKind::LeftParen)?;
        cursor.expect_kind(TokenKind::RightParen)?;
        return Ok(Vec::new());
    }
    cursor.parenthesised(item)
}

fn attribute(cursor: &mut Cursor<'_>) -> Parsed<Attribute> {
    let start = cursor.index();
    let name = cursor.ident()?;
    let type_name = value_type(cursor)?;
    let collation = collation(cursor)?;
    Ok(Attribute { span: cursor.span_from(start), name, type_name, collation })
}

/// Takes what follows `ALTER TYPE`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn alter_type(cursor: &mut Cursor<'_>) -> Parsed<AlterType> {
    let name = cursor.name()?;
    Ok(AlterType { name, change: type_change(cursor)? })
}

fn type_change(cursor: &mut Cursor<'_>) -> Parsed<TypeChange> {
    if let Some(change) = generic_change(cursor)? {
        return Ok(TypeChange::Generic(change));
    }
    if cursor.eat_words(&["add", "value"]) {
        return add_value(cursor);
    }
    if cursor.eat_words(&["rename", "value"]) {
        let from = cursor.string()?;
        cursor.expect("to")?;
        return Ok(TypeChange::RenameValue { from, to: cursor.string()? });
    }
    if cursor.eat_words(&["rename", "attribute"]) {
        let from = cursor.ident()?;
        cursor.expect("to")?;
        let to = cursor.ident()?;
        return Ok(TypeChange::RenameAttribute { from, to, behavior: behavior(cursor) });
    }
    if cursor.eat("set") {
        return cursor.parenthesised(property).map(TypeChange::SetProperties);
    }
    cursor.list(attribute_action).map(TypeChange::Attributes)
}

fn add_value(cursor: &mut Cursor<'_>) -> Parsed<TypeChange> {
    let if_not_exists = cursor.eat_if_not_exists();
    let value = cursor.string()?;
    let place = match cursor.eat_one_of(&["before", "after"]) {
        Some("before") => Some(ValuePlace::Before(cursor.string()?)),
        Some(_) => Some(ValuePlace::After(cursor.string()?)),
        None => None,
    };
    Ok(TypeChange::AddValue { if_not_exists, value, place })
}

fn property(cursor: &mut Cursor<'_>) -> Parsed<(Ident, Option<ParameterValue>)> {
    let name = cursor.name_of(NameSort::Label)?;
    if !cursor.eat_operator("=") {
        return Err(cursor.error("="));
    }
    let value = if cursor.eat("none") { None } else { Some(value(cursor)?) };
    Ok((name, value))
}

fn attribute_action(cursor: &mut Cursor<'_>) -> Parsed<AttributeAction> {
    let start = cursor.index();
    let verb = cursor.eat_one_of(&["add", "drop", "alter"]);
    if verb.is_none() {
        return Err(cursor.error("a change of the type"));
    }
    cursor.expect("attribute")?;
    let kind = match verb {
        Some("add") => AttributeActionKind::Add(attribute(cursor)?),
        Some("drop") => {
            let if_exists = cursor.eat_if_exists();
            AttributeActionKind::Drop { if_exists, name: cursor.ident()? }
        }
        _ => AttributeActionKind::SetType(altered_attribute(cursor)?),
    };
    let behavior = behavior(cursor);
    Ok(AttributeAction { span: cursor.span_from(start), kind, behavior })
}

fn altered_attribute(cursor: &mut Cursor<'_>) -> Parsed<Attribute> {
    let start = cursor.index();
    let name = cursor.ident()?;
    cursor.eat_words(&["set", "data"]);
    cursor.expect("type")?;
    let type_name = value_type(cursor)?;
    let collation = collation(cursor)?;
    Ok(Attribute { span: cursor.span_from(start), name, type_name, collation })
}
