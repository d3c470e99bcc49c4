//! Parsers for the statements of the object family.

pub mod alter_object;
pub mod comment;
pub mod drop;
pub mod function;
pub mod grant;
pub mod parameter;
pub mod policy;
pub mod reference;
pub mod role_spec;
pub mod rule;
pub mod trigger;

use super::cursor::{Cursor, Parsed};
use super::words;
use crate::statement::object::Statement;
use crate::statement::object::function::RoutineKind;
use crate::statement::object::reference::Kind;

/// Reads a statement of this family, up to the last token; `None` when its first words belong to another family.
///
/// # Errors
///
/// The statement is of this family and cannot be read.
pub fn statement(cursor: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    const FIRST: &[&str] = &["create", "alter", "drop", "grant", "revoke", "comment", "security", "reassign"];
    let start = cursor.index();
    let Some(first) = cursor.eat_one_of(FIRST) else { return Ok(None) };
    let found = match first {
        "create" => create(cursor)?,
        "alter" => alter(cursor)?,
        "drop" => drop::drop(cursor)?,
        "grant" => Some(grant::grant(cursor)?),
        "revoke" => Some(grant::revoke(cursor)?),
        "comment" => Some(Statement::Comment(Box::new(comment::comment(cursor)?))),
        "reassign" => Some(Statement::ReassignOwned(drop::reassign(cursor)?)),
        _ => {
            cursor.expect("label")?;
            Some(Statement::SecurityLabel(Box::new(comment::security_label(cursor)?)))
        }
    };
    if found.is_none() {
        cursor.seek(start);
    }
    Ok(found)
}

/// Reads what follows `CREATE`.
fn create(cursor: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    let or_replace = cursor.eat_words(&["or", "replace"]);
    if let Some(kind) = words::one_of::<RoutineKind>(cursor) {
        return function::create(cursor, or_replace, kind).map(|found| Some(Statement::CreateFunction(found.into())));
    }
    if cursor.eat("trigger") {
        return trigger::create(cursor, or_replace).map(|found| Some(Statement::CreateTrigger(found.into())));
    }
    if cursor.eat("rule") {
        return rule::create(cursor, or_replace).map(|found| Some(Statement::CreateRule(found.into())));
    }
    if or_replace { Ok(None) } else { create_anew(cursor) }
}

/// Reads what follows `CREATE` where `OR REPLACE` may not stand.
fn create_anew(cursor: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    let found = if cursor.eat_words(&["constraint", "trigger"]) {
        Statement::CreateTrigger(trigger::create_constraint(cursor)?.into())
    } else if cursor.eat_words(&["event", "trigger"]) {
        Statement::CreateEventTrigger(trigger::create_event(cursor)?.into())
    } else if cursor.eat("policy") {
        Statement::CreatePolicy(policy::create(cursor)?.into())
    } else {
        return Ok(None);
    };
    Ok(Some(found))
}

/// Reads what follows `ALTER`.
fn alter(cursor: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    if cursor.eat_words(&["default", "privileges"]) {
        return grant::alter_default(cursor).map(|found| Some(Statement::AlterDefaultPrivileges(found.into())));
    }
    let kind = match cursor.is_words(&["user", "mapping"]) {
        false if cursor.eat_one_of(&["user", "group"]).is_some() => Kind::Role,
        _ => match reference::kind(cursor) {
            Some(kind) => kind,
            None => return Ok(None),
        },
    };
    if !is_ours(kind) {
        return Ok(None);
    }
    if let Some(found) = alter_object::alter(cursor, kind)? {
        return Ok(Some(Statement::AlterObject(found.into())));
    }
    alter_own(cursor, kind).map(Some)
}

/// Says whether this family alters objects of this kind.
fn is_ours(kind: Kind) -> bool {
    use Kind as K;
    !matches!(
        kind,
        K::Domain
            | K::Extension
            | K::ForeignTable
            | K::Index
            | K::MaterializedView
            | K::Schema
            | K::Sequence
            | K::Statistics
            | K::Table
            | K::Type
            | K::View
    )
}

/// Reads what only this kind of object knows.
fn alter_own(cursor: &mut Cursor<'_>, kind: Kind) -> Parsed<Statement> {
    match kind {
        Kind::Function | Kind::Procedure | Kind::Routine => {
            function::alter(cursor, kind).map(|found| Statement::AlterFunction(found.into()))
        }
        Kind::Policy => policy::alter(cursor).map(|found| Statement::AlterPolicy(found.into())),
        Kind::EventTrigger => trigger::alter_event(cursor).map(Statement::AlterEventTrigger),
        _ => Err(cursor.error("an action that this kind of object knows")),
    }
}
