//! DROP of objects that are no relations, types, schemas or extensions.

use super::reference;
use super::role_spec::{role_spec, role_specs};
use crate::statement::object::Statement;
use crate::statement::object::drop::{Drop, DropDatabase, DropOwned, DropRole, DropUserMapping, ReassignOwned};
use crate::statement::object::reference::Kind;
use crate::statement::object::role_spec::RoleSpec;
use crate::statement::words::Behavior;
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::token::TokenKind;
use crate::syntax::words;

/// Reads what follows `DROP`; `None` when it drops what another family defines.
///
/// # Errors
///
/// No such statement stands here.
pub fn drop(cursor: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    if cursor.eat_words(&["owned", "by"]) {
        let roles = role_specs(cursor)?;
        return Ok(Some(Statement::DropOwned(DropOwned { roles, behavior: words::behavior(cursor) })));
    }
    if cursor.eat_words(&["user", "mapping"]) {
        return user_mapping(cursor).map(Statement::DropUserMapping).map(Some);
    }
    if cursor.eat_one_of(&["role", "user", "group"]).is_some() {
        let if_exists = cursor.eat_if_exists();
        return Ok(Some(Statement::DropRole(DropRole { if_exists, roles: role_specs(cursor)? })));
    }
    let kind = match reference::kind(cursor) {
        Some(Kind::Database) => return database(cursor).map(Statement::DropDatabase).map(Some),
        Some(kind) => kind,
        None => return Ok(None),
    };
    match plurality(kind) {
        Some(plurality) => objects(cursor, kind, plurality).map(|found| Some(Statement::Drop(Box::new(found)))),
        None => Ok(None),
    }
}

/// How many objects one DROP may name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plurality {
    One,
    Many,
}

/// `None` for kinds of the other families.
fn plurality(kind: Kind) -> Option<Plurality> {
    use Kind as K;
    match kind {
        K::AccessMethod
        | K::Aggregate
        | K::Collation
        | K::Conversion
        | K::EventTrigger
        | K::ForeignDataWrapper
        | K::Function
        | K::Language
        | K::Operator
        | K::Procedure
        | K::Publication
        | K::Routine
        | K::Server
        | K::TextSearchConfiguration
        | K::TextSearchDictionary
        | K::TextSearchParser
        | K::TextSearchTemplate => Some(Plurality::Many),
        K::Cast
        | K::OperatorClass
        | K::OperatorFamily
        | K::Policy
        | K::Rule
        | K::Subscription
        | K::Tablespace
        | K::Transform
        | K::Trigger => Some(Plurality::One),
        _ => None,
    }
}

fn objects(cursor: &mut Cursor<'_>, kind: Kind, plurality: Plurality) -> Parsed<Drop> {
    let if_exists = cursor.eat_if_exists();
    let objects = match plurality {
        Plurality::Many => cursor.list(|cursor| reference::of_kind(cursor, kind))?,
        Plurality::One => vec![reference::of_kind(cursor, kind)?],
    };
    let behavior = if kind == Kind::Tablespace { Behavior::Restrict } else { words::behavior(cursor) };
    Ok(Drop { kind, if_exists, objects, behavior })
}

fn database(cursor: &mut Cursor<'_>) -> Parsed<DropDatabase> {
    let if_exists = cursor.eat_if_exists();
    let name = cursor.ident()?;
    cursor.eat("with");
    let force = cursor.is(TokenKind::LeftParen);
    if force {
        cursor.parenthesised(|cursor| cursor.expect("force"))?;
    }
    Ok(DropDatabase { if_exists, name, force })
}

fn user_mapping(cursor: &mut Cursor<'_>) -> Parsed<DropUserMapping> {
    let if_exists = cursor.eat_if_exists();
    let user = mapped_user(cursor)?;
    cursor.expect("server")?;
    Ok(DropUserMapping { if_exists, user, server: cursor.ident()? })
}

/// Takes `FOR user`, where USER is another word for CURRENT_USER.
///
/// # Errors
///
/// No role stands here.
pub fn mapped_user(cursor: &mut Cursor<'_>) -> Parsed<RoleSpec> {
    cursor.expect("for")?;
    if cursor.eat("user") { Ok(RoleSpec::CurrentUser) } else { role_spec(cursor) }
}

/// Reads what follows `REASSIGN`.
///
/// # Errors
///
/// No such statement stands here.
pub fn reassign(cursor: &mut Cursor<'_>) -> Parsed<ReassignOwned> {
    cursor.expect_words(&["owned", "by"])?;
    let roles = role_specs(cursor)?;
    cursor.expect("to")?;
    Ok(ReassignOwned { roles, to: role_spec(cursor)? })
}
