//! ALTER: which parser reads what follows.

use super::{
    alter_object, database, foreign, function, grant, operator, operator_class, policy, publication, reference, role,
    text_search, trigger,
};
use crate::statement::object::Statement;
use crate::statement::object::reference::Kind;
use crate::syntax::cursor::{Cursor, Parsed};

/// Reads what follows `ALTER`; `None` when it alters what another family defines.
///
/// # Errors
///
/// The statement is of this family and cannot be read.
pub fn alter(cursor: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    if cursor.eat_words(&["default", "privileges"]) {
        return grant::alter_default(cursor).map(|found| Some(Statement::AlterDefaultPrivileges(found.into())));
    }
    if cursor.eat_words(&["user", "mapping"]) {
        return foreign::alter_user_mapping(cursor).map(|found| Some(Statement::AlterUserMapping(found.into())));
    }
    if cursor.eat("system") {
        return database::alter_system(cursor).map(|found| Some(Statement::AlterSystem(found.into())));
    }
    if cursor.eat("group") {
        return group(cursor).map(Some);
    }
    let kind = match cursor.eat("user") {
        true => Some(Kind::Role),
        false => reference::kind(cursor).filter(|kind| is_ours(*kind)),
    };
    let Some(kind) = kind else { return Ok(None) };
    match alter_object::alter(cursor, kind)? {
        Some(found) => Ok(Some(Statement::AlterObject(found.into()))),
        None => own(cursor, kind).map(Some),
    }
}

/// Reads what follows `ALTER GROUP`: a new name, or members.
fn group(cursor: &mut Cursor<'_>) -> Parsed<Statement> {
    match alter_object::alter(cursor, Kind::Role)? {
        Some(found) => Ok(Statement::AlterObject(found.into())),
        None => role::alter_group(cursor).map(|found| Statement::AlterRole(found.into())),
    }
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
fn own(cursor: &mut Cursor<'_>, kind: Kind) -> Parsed<Statement> {
    Ok(match kind {
        Kind::Function | Kind::Procedure | Kind::Routine => {
            Statement::AlterFunction(function::alter(cursor, kind)?.into())
        }
        Kind::Collation => Statement::RefreshCollation(operator::refresh_collation(cursor)?),
        Kind::Database => Statement::AlterDatabase(database::alter_database(cursor)?.into()),
        Kind::EventTrigger => Statement::AlterEventTrigger(trigger::alter_event(cursor)?),
        Kind::ForeignDataWrapper => Statement::AlterWrapper(foreign::alter_wrapper(cursor)?.into()),
        Kind::Operator => Statement::AlterOperator(operator::alter_operator(cursor)?.into()),
        Kind::OperatorFamily => Statement::AlterOperatorFamily(operator_class::alter_family(cursor)?.into()),
        Kind::Policy => Statement::AlterPolicy(policy::alter(cursor)?.into()),
        Kind::Publication => Statement::AlterPublication(publication::alter_publication(cursor)?.into()),
        Kind::Role => role::alter(cursor)?,
        Kind::Server => Statement::AlterServer(foreign::alter_server(cursor)?.into()),
        Kind::Subscription => Statement::AlterSubscription(publication::alter_subscription(cursor)?.into()),
        Kind::Tablespace => Statement::AlterTablespace(database::alter_tablespace(cursor)?),
        Kind::TextSearchConfiguration => {
            Statement::AlterConfiguration(text_search::alter_configuration(cursor)?.into())
        }
        Kind::TextSearchDictionary => Statement::AlterDictionary(text_search::alter_dictionary(cursor)?),
        _ => return Err(cursor.error("an action that this kind of object knows")),
    })
}
