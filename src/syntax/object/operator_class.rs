//! Operator classes and families.

use super::reference;
use crate::pg::TypeName;
use crate::statement::object::operator_class::{
    AlterOperatorFamily, ClassItem, ClassItemKind, ClassOperator, CreateOperatorClass, CreateOperatorFamily,
    DroppedItem, FamilyChange,
};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::token::TokenKind;
use crate::syntax::type_name::type_name;
use crate::syntax::words;

/// Reads what follows `CREATE OPERATOR CLASS`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create_class(cursor: &mut Cursor<'_>) -> Parsed<CreateOperatorClass> {
    let name = cursor.name()?;
    let is_default = cursor.eat("default");
    cursor.expect_words(&["for", "type"])?;
    let data_type = type_name(cursor)?;
    cursor.expect("using")?;
    let method = cursor.ident()?;
    let family = if cursor.eat("family") { Some(cursor.name()?) } else { None };
    cursor.expect("as")?;
    Ok(CreateOperatorClass { name, is_default, data_type, method, family, items: cursor.list(item)? })
}

/// Reads what follows `CREATE OPERATOR FAMILY`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create_family(cursor: &mut Cursor<'_>) -> Parsed<CreateOperatorFamily> {
    let name = cursor.name()?;
    cursor.expect("using")?;
    Ok(CreateOperatorFamily { name, method: cursor.ident()? })
}

/// Reads what follows `ALTER OPERATOR FAMILY` when it changes the members.
///
/// # Errors
///
/// No such statement stands here.
pub fn alter_family(cursor: &mut Cursor<'_>) -> Parsed<AlterOperatorFamily> {
    let name = cursor.name()?;
    cursor.expect("using")?;
    let method = cursor.ident()?;
    let change = match cursor.eat_one_of(&["add", "drop"]) {
        Some("add") => FamilyChange::Add(cursor.list(item)?),
        Some(_) => FamilyChange::Drop(cursor.list(dropped)?),
        None => return Err(cursor.error("ADD or DROP")),
    };
    Ok(AlterOperatorFamily { name, method, change })
}

fn item(cursor: &mut Cursor<'_>) -> Parsed<ClassItem> {
    let start = cursor.index();
    let kind = match cursor.eat_one_of(&["operator", "function", "storage"]) {
        Some("operator") => operator(cursor)?,
        Some("function") => function(cursor)?,
        Some(_) => ClassItemKind::Storage(type_name(cursor)?),
        None => return Err(cursor.error("OPERATOR, FUNCTION or STORAGE")),
    };
    Ok(ClassItem { span: cursor.span_from(start), kind })
}

fn operator(cursor: &mut Cursor<'_>) -> Parsed<ClassItemKind> {
    let number = words::small_integer(cursor)?;
    let start = cursor.index();
    let mut name = reference::operator_name(cursor)?;
    let mut types = None;
    if cursor.is(TokenKind::LeftParen) {
        cursor.seek(start);
        let found = reference::operator(cursor)?;
        name = found.name;
        types = Some((found.left, found.right));
    }
    let order_by = if cursor.eat_words(&["for", "order", "by"]) {
        Some(cursor.name()?)
    } else {
        cursor.eat_words(&["for", "search"]);
        None
    };
    Ok(ClassItemKind::Operator(Box::new(ClassOperator { number, name, types, order_by })))
}

fn function(cursor: &mut Cursor<'_>) -> Parsed<ClassItemKind> {
    let number = words::small_integer(cursor)?;
    let types = if cursor.is(TokenKind::LeftParen) { operand_types(cursor)? } else { Vec::new() };
    Ok(ClassItemKind::Function { number, types, function: reference::routine(cursor)? })
}

fn operand_types(cursor: &mut Cursor<'_>) -> Parsed<Vec<TypeName>> {
    cursor.parenthesised(type_name)
}

fn dropped(cursor: &mut Cursor<'_>) -> Parsed<DroppedItem> {
    let start = cursor.index();
    let kind = words::expect_one_of(cursor, "OPERATOR or FUNCTION")?;
    let number = words::small_integer(cursor)?;
    let types = operand_types(cursor)?;
    Ok(DroppedItem { span: cursor.span_from(start), kind, number, types })
}
