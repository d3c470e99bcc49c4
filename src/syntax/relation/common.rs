//! Clauses that statements on relations of several kinds share.

use super::extent::ends_with;
use crate::pg::{Ident, TypeName};
use crate::statement::relation::{GenericChange, MoveAll, Persistence, RelationExpr, RelationKind, WithData};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::object::role_spec::role_spec;
use crate::syntax::token::TokenKind;
use crate::syntax::type_name::type_name;
use crate::syntax::words::end;

/// Takes `TEMPORARY`, `TEMP` with an obsolete `LOCAL` or `GLOBAL` before it, or `UNLOGGED`, if one comes next.
///
/// # Errors
///
/// `LOCAL` or `GLOBAL` without the rest.
pub(super) fn persistence(cursor: &mut Cursor<'_>) -> Parsed<Persistence> {
    if cursor.eat("unlogged") {
        return Ok(Persistence::Unlogged);
    }
    let scope = cursor.eat_one_of(&["local", "global"]);
    match cursor.eat_one_of(&["temporary", "temp"]) {
        Some(_) => Ok(Persistence::Temporary),
        None if scope.is_some() => Err(cursor.error("TEMPORARY")),
        None => Ok(Persistence::Permanent),
    }
}

/// Takes a relation with or without its descendants: `t`, `t *`, `ONLY t`, `ONLY (t)`.
///
/// # Errors
///
/// Another token.
pub(super) fn relation_expr(cursor: &mut Cursor<'_>) -> Parsed<RelationExpr> {
    if cursor.eat("only") {
        let in_parentheses = cursor.eat_kind(TokenKind::LeftParen);
        let name = cursor.name()?;
        if in_parentheses {
            cursor.expect_kind(TokenKind::RightParen)?;
        }
        return Ok(RelationExpr { only: true, name });
    }
    let name = cursor.name()?;
    cursor.eat_operator("*");
    Ok(RelationExpr { only: false, name })
}

/// Returns where a query ends before an optional `WITH [NO] DATA` at the end of the statement, and what that says.
pub(super) fn with_data(cursor: &Cursor<'_>) -> (usize, WithData) {
    let end = end(cursor);
    if ends_with(cursor, &["with", "no", "data"]) {
        (end - 3, WithData::No)
    } else if ends_with(cursor, &["with", "data"]) {
        (end - 2, WithData::Yes)
    } else {
        (end, WithData::Yes)
    }
}

/// Takes `RENAME TO`, `OWNER TO` or `SET SCHEMA` with what follows, if one comes next.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn generic_change(cursor: &mut Cursor<'_>) -> Parsed<Option<GenericChange>> {
    if cursor.eat_words(&["rename", "to"]) {
        cursor.ident().map(GenericChange::Rename).map(Some)
    } else if cursor.eat_words(&["owner", "to"]) {
        role_spec(cursor).map(GenericChange::OwnerTo).map(Some)
    } else if cursor.eat_words(&["set", "schema"]) {
        cursor.ident().map(GenericChange::SetSchema).map(Some)
    } else {
        Ok(None)
    }
}

/// Takes what follows `ALL IN TABLESPACE`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn move_all(cursor: &mut Cursor<'_>, kind: RelationKind) -> Parsed<MoveAll> {
    let from = cursor.ident()?;
    let owned_by = if cursor.eat_words(&["owned", "by"]) { cursor.list(role_spec)? } else { Vec::new() };
    cursor.expect_words(&["set", "tablespace"])?;
    let to = cursor.ident()?;
    Ok(MoveAll { kind, from, owned_by, to, nowait: cursor.eat("nowait") })
}

/// Takes a name behind these words if they come next.
///
/// # Errors
///
/// A token that is no name.
pub(super) fn named_clause(cursor: &mut Cursor<'_>, words: &[&str]) -> Parsed<Option<Ident>> {
    if cursor.eat_words(words) { cursor.ident().map(Some) } else { Ok(None) }
}

/// Takes `COLLATE` and a collation if they come next.
///
/// # Errors
///
/// A token that is no name.
pub(super) fn collation(cursor: &mut Cursor<'_>) -> Parsed<Option<crate::pg::Name>> {
    if cursor.eat("collate") { cursor.name().map(Some) } else { Ok(None) }
}

/// Takes the type of a column, attribute or domain.
///
/// # Errors
///
/// No type, or one that only a routine can have: `SETOF` and `%TYPE`.
pub(super) fn value_type(cursor: &mut Cursor<'_>) -> Parsed<TypeName> {
    let start = cursor.index();
    let found = type_name(cursor)?;
    if found.set_of || found.percent_type {
        cursor.seek(start);
        return Err(cursor.error("the type of a value"));
    }
    Ok(found)
}
