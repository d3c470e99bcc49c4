//! DROP of the kinds of this family, and TRUNCATE.

use super::common::relation_expr;
use crate::pg::Name;
use crate::statement::relation::{Drop, DropKind, Truncate};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::type_name::type_name;
use crate::syntax::words::{behavior, one_of};

/// Takes what follows `DROP`; `None` when another family drops it.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn drop(cursor: &mut Cursor<'_>) -> Parsed<Option<Drop>> {
    let Some(kind) = one_of::<DropKind>(cursor) else { return Ok(None) };
    let concurrently = kind == DropKind::Index && cursor.eat("concurrently");
    let if_exists = cursor.eat_if_exists();
    let names = match kind {
        DropKind::Type | DropKind::Domain => cursor.list(plain_type)?,
        DropKind::Schema | DropKind::Extension => cursor.list(simple_name)?,
        _ => cursor.list(Cursor::name)?,
    };
    Ok(Some(Drop { kind, concurrently, if_exists, names, behavior: behavior(cursor) }))
}

/// Takes a type that has a name and nothing else: only such types can be dropped.
fn plain_type(cursor: &mut Cursor<'_>) -> Parsed<Name> {
    let start = cursor.index();
    let found = type_name(cursor)?;
    let is_plain = !found.set_of
        && !found.percent_type
        && found.modifiers.is_empty()
        && found.bounds.is_empty()
        && found.interval.as_ref().is_none_or(|interval| *interval == Default::default());
    if !is_plain {
        cursor.seek(start);
        return Err(cursor.error("the name of a type"));
    }
    Ok(found.name)
}

fn simple_name(cursor: &mut Cursor<'_>) -> Parsed<Name> {
    let span = cursor.here();
    cursor.ident().map(|name| Name::simple(name, span))
}

/// Takes what follows `TRUNCATE`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn truncate(cursor: &mut Cursor<'_>) -> Parsed<Truncate> {
    cursor.eat("table");
    let relations = cursor.list(relation_expr)?;
    let restart_identity = cursor.eat_words(&["restart", "identity"]);
    if !restart_identity {
        cursor.eat_words(&["continue", "identity"]);
    }
    Ok(Truncate { relations, restart_identity, behavior: behavior(cursor) })
}
