//! CREATE: which parser reads what follows.

use super::{
    cast, database, foreign, function, operator, operator_class, policy, publication, reference, role, rule,
    text_search, trigger,
};
use crate::statement::object::Statement;
use crate::statement::object::function::RoutineKind;
use crate::statement::object::reference::Kind;
use crate::statement::object::role::RoleKind;
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::words;

/// Reads what follows `CREATE`; `None` when it creates what another family defines.
///
/// # Errors
///
/// The statement is of this family and cannot be read.
pub fn create(cursor: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    let or_replace = cursor.eat_words(&["or", "replace"]);
    if let Some(found) = replaceable(cursor, or_replace)? {
        return Ok(Some(found));
    }
    if or_replace { Ok(None) } else { anew(cursor) }
}

/// Reads a CREATE that may have `OR REPLACE`.
fn replaceable(cursor: &mut Cursor<'_>, or_replace: bool) -> Parsed<Option<Statement>> {
    if let Some(kind) = words::one_of::<RoutineKind>(cursor) {
        return function::create(cursor, or_replace, kind).map(|found| Some(Statement::CreateFunction(found.into())));
    }
    let found = if cursor.eat("trigger") {
        Statement::CreateTrigger(trigger::create(cursor, or_replace)?.into())
    } else if cursor.eat("rule") {
        Statement::CreateRule(rule::create(cursor, or_replace)?.into())
    } else if cursor.eat("aggregate") {
        Statement::CreateAggregate(operator::create_aggregate(cursor, or_replace)?.into())
    } else if cursor.eat("transform") {
        Statement::CreateTransform(cast::create_transform(cursor, or_replace)?.into())
    } else {
        let language = cast::create_language(cursor, or_replace)?;
        return Ok(language.map(|found| Statement::CreateLanguage(found.into())));
    };
    Ok(Some(found))
}

/// Reads a CREATE that may not have `OR REPLACE`.
fn anew(cursor: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    if cursor.eat_words(&["constraint", "trigger"]) {
        return trigger::create_constraint(cursor).map(|found| Some(Statement::CreateTrigger(found.into())));
    }
    if cursor.eat_words(&["user", "mapping"]) {
        return foreign::create_user_mapping(cursor).map(|found| Some(Statement::CreateUserMapping(found.into())));
    }
    if cursor.eat_words(&["default", "conversion"]) {
        return cast::create_conversion(cursor, true).map(|found| Some(Statement::CreateConversion(found.into())));
    }
    if let Some(kind) = words::one_of::<RoleKind>(cursor) {
        return role::create(cursor, kind).map(|found| Some(Statement::CreateRole(found)));
    }
    match reference::kind(cursor) {
        Some(kind) => of_kind(cursor, kind),
        None => Ok(None),
    }
}

fn of_kind(cursor: &mut Cursor<'_>, kind: Kind) -> Parsed<Option<Statement>> {
    let found = match kind {
        Kind::AccessMethod => Statement::CreateAccessMethod(cast::create_access_method(cursor)?),
        Kind::Cast => Statement::CreateCast(cast::create_cast(cursor)?.into()),
        Kind::Collation => Statement::CreateCollation(operator::create_collation(cursor)?.into()),
        Kind::Conversion => Statement::CreateConversion(cast::create_conversion(cursor, false)?.into()),
        Kind::Database => Statement::CreateDatabase(database::create_database(cursor)?),
        Kind::EventTrigger => Statement::CreateEventTrigger(trigger::create_event(cursor)?.into()),
        Kind::ForeignDataWrapper => Statement::CreateWrapper(foreign::create_wrapper(cursor)?.into()),
        Kind::Operator => Statement::CreateOperator(operator::create_operator(cursor)?.into()),
        Kind::OperatorClass => Statement::CreateOperatorClass(operator_class::create_class(cursor)?.into()),
        Kind::OperatorFamily => Statement::CreateOperatorFamily(operator_class::create_family(cursor)?),
        Kind::Policy => Statement::CreatePolicy(policy::create(cursor)?.into()),
        Kind::Publication => Statement::CreatePublication(publication::create_publication(cursor)?.into()),
        Kind::Server => Statement::CreateServer(foreign::create_server(cursor)?.into()),
        Kind::Subscription => Statement::CreateSubscription(publication::create_subscription(cursor)?.into()),
        Kind::Tablespace => Statement::CreateTablespace(database::create_tablespace(cursor)?.into()),
        Kind::TextSearchConfiguration
        | Kind::TextSearchDictionary
        | Kind::TextSearchParser
        | Kind::TextSearchTemplate => Statement::CreateTextSearch(text_search::create(cursor, kind)?.into()),
        _ => return Ok(None),
    };
    Ok(Some(found))
}
