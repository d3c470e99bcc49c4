//! References to objects of all kinds.

use crate::pg::TypeName;
use crate::statement::object::reference::{
    AggregateName, Kind, ObjectName, OperatorName, OperatorReference, Reference, RoutineName,
};
use crate::syntax::cursor::{Cursor, NameSort, Parsed};
use crate::syntax::object::parameter;
use crate::syntax::token::TokenKind;
use crate::syntax::type_name::type_name;
use crate::syntax::words;

/// Takes a kind and a name: `FUNCTION f(int)`.
///
/// # Errors
///
/// No such reference stands here.
pub fn reference(cursor: &mut Cursor<'_>) -> Parsed<Reference> {
    let kind = kind(cursor).ok_or_else(|| cursor.error("a kind of object"))?;
    of_kind(cursor, kind)
}

/// Takes the words of a kind of object.
pub fn kind(cursor: &mut Cursor<'_>) -> Option<Kind> {
    if cursor.is_words(&["procedural", "language"]) {
        cursor.eat("procedural");
    }
    words::one_of(cursor)
}

/// Takes the name of an object whose kind is known.
///
/// # Errors
///
/// No name of that kind stands here.
pub fn of_kind(cursor: &mut Cursor<'_>, kind: Kind) -> Parsed<Reference> {
    let start = cursor.index();
    let name = object_name(cursor, kind)?;
    Ok(Reference { kind, name, span: cursor.span_from(start) })
}

fn object_name(cursor: &mut Cursor<'_>, kind: Kind) -> Parsed<ObjectName> {
    match kind {
        Kind::Function | Kind::Procedure | Kind::Routine => routine(cursor).map(ObjectName::Routine),
        Kind::Aggregate => aggregate(cursor).map(ObjectName::Aggregate),
        Kind::Operator => operator(cursor).map(ObjectName::Operator),
        Kind::OperatorClass | Kind::OperatorFamily => {
            let name = cursor.name()?;
            cursor.expect("using")?;
            Ok(ObjectName::Using(name, cursor.ident()?))
        }
        Kind::Constraint | Kind::Policy | Kind::Rule | Kind::Trigger => on_relation(cursor, kind),
        Kind::Type | Kind::Domain => type_name(cursor).map(ObjectName::Type),
        Kind::Cast => cast(cursor),
        Kind::Transform => {
            cursor.expect("for")?;
            let of = type_name(cursor)?;
            cursor.expect("language")?;
            Ok(ObjectName::Transform(of, cursor.ident()?))
        }
        Kind::LargeObject => words::number(cursor).map(ObjectName::Number),
        _ if is_qualified(kind) => cursor.name().map(ObjectName::Plain),
        _ => {
            let start = cursor.index();
            let ident = cursor.ident()?;
            Ok(ObjectName::Plain(crate::pg::Name::simple(ident, cursor.span_from(start))))
        }
    }
}

/// Says whether objects of this kind live in a schema, so that their names may be qualified.
fn is_qualified(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::AccessMethod
            | Kind::Database
            | Kind::EventTrigger
            | Kind::Extension
            | Kind::ForeignDataWrapper
            | Kind::Language
            | Kind::Publication
            | Kind::Role
            | Kind::Schema
            | Kind::Server
            | Kind::Subscription
            | Kind::Tablespace
    )
}

fn on_relation(cursor: &mut Cursor<'_>, kind: Kind) -> Parsed<ObjectName> {
    let name = cursor.ident()?;
    cursor.expect("on")?;
    if kind == Kind::Constraint && cursor.eat("domain") {
        return Ok(ObjectName::OnDomain(name, cursor.name()?));
    }
    Ok(ObjectName::On(name, cursor.name()?))
}

fn cast(cursor: &mut Cursor<'_>) -> Parsed<ObjectName> {
    cursor.expect_kind(TokenKind::LeftParen)?;
    let from = type_name(cursor)?;
    cursor.expect("as")?;
    let to = type_name(cursor)?;
    cursor.expect_kind(TokenKind::RightParen)?;
    Ok(ObjectName::Cast(from, to))
}

/// Takes a routine's name and, when written, its argument types.
///
/// # Errors
///
/// No routine stands here.
pub fn routine(cursor: &mut Cursor<'_>) -> Parsed<RoutineName> {
    // Without parentheses any word but a reserved one may name a routine, with them only a function's name.
    let bare = cursor.is_name(NameSort::Column)
        && !cursor.peek(1).is_some_and(|token| matches!(token.kind, TokenKind::LeftParen | TokenKind::Dot));
    let name = cursor.qualified(if bare { NameSort::Column } else { NameSort::Function })?;
    let arguments = if cursor.is(TokenKind::LeftParen) { Some(parameter::arguments(cursor)?) } else { None };
    Ok(RoutineName { name, arguments })
}

/// Takes an aggregate's name and argument types.
///
/// # Errors
///
/// No aggregate stands here.
pub fn aggregate(cursor: &mut Cursor<'_>) -> Parsed<AggregateName> {
    let name = cursor.qualified(NameSort::Function)?;
    Ok(AggregateName { name, arguments: parameter::aggregate_arguments(cursor)? })
}

/// Takes an operator's name and its operand types.
///
/// # Errors
///
/// No operator stands here, or both operands are `NONE`.
pub fn operator(cursor: &mut Cursor<'_>) -> Parsed<OperatorReference> {
    let name = operator_name(cursor)?;
    cursor.expect_kind(TokenKind::LeftParen)?;
    let left = operand(cursor)?;
    cursor.expect_kind(TokenKind::Comma)?;
    let right = operand(cursor)?;
    if left.is_none() && right.is_none() {
        return Err(cursor.error("the type of an operand"));
    }
    cursor.expect_kind(TokenKind::RightParen)?;
    Ok(OperatorReference { name, left, right })
}

fn operand(cursor: &mut Cursor<'_>) -> Parsed<Option<TypeName>> {
    if cursor.eat("none") { Ok(None) } else { type_name(cursor).map(Some) }
}

/// Takes an operator with its qualifiers.
///
/// # Errors
///
/// No operator stands here.
pub fn operator_name(cursor: &mut Cursor<'_>) -> Parsed<OperatorName> {
    let mut qualifiers = Vec::new();
    while !cursor.is(TokenKind::Operator) {
        qualifiers.push(cursor.ident()?);
        cursor.expect_kind(TokenKind::Dot)?;
    }
    let token = cursor.expect_kind(TokenKind::Operator)?;
    let symbol = match cursor.slice(token.span) {
        "!=" => "<>",
        symbol => symbol,
    };
    Ok(OperatorName { qualifiers, symbol: symbol.into() })
}
