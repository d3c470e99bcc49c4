//! Publications and subscriptions.

use super::definition::{definitions, with_definitions};
use crate::statement::object::publication::{
    AlterPublication, AlterSubscription, CreatePublication, CreateSubscription, MemberAction, PublicationChange,
    PublicationObject, PublicationObjectKind, PublicationScope, SubscriptionChange,
};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::expression::in_parentheses;
use crate::syntax::session::maintenance::relation_target;
use crate::syntax::token::TokenKind;
use crate::syntax::words;

/// Reads what follows `CREATE PUBLICATION`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create_publication(cursor: &mut Cursor<'_>) -> Parsed<CreatePublication> {
    let name = cursor.ident()?;
    let scope = if cursor.eat_words(&["for", "all", "tables"]) {
        PublicationScope::AllTables
    } else if cursor.eat("for") {
        PublicationScope::Objects(objects(cursor)?)
    } else {
        PublicationScope::Objects(Vec::new())
    };
    Ok(CreatePublication { name, scope, options: with_definitions(cursor)? })
}

/// Reads what follows `ALTER PUBLICATION`, unless it is an action that many kinds share.
///
/// # Errors
///
/// No such statement stands here.
pub fn alter_publication(cursor: &mut Cursor<'_>) -> Parsed<AlterPublication> {
    let name = cursor.ident()?;
    let action: MemberAction = words::expect_one_of(cursor, "ADD, SET or DROP")?;
    let change = if action == MemberAction::Set && cursor.is(TokenKind::LeftParen) {
        PublicationChange::Options(definitions(cursor)?)
    } else {
        PublicationChange::Objects(action, objects(cursor)?)
    };
    Ok(AlterPublication { name, change })
}

/// Whether a name in the list is a table's or a schema's: as said before the last one that says it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Naming {
    Unsaid,
    Tables,
    Schemas,
}

fn objects(cursor: &mut Cursor<'_>) -> Parsed<Vec<PublicationObject>> {
    let mut naming = Naming::Unsaid;
    cursor.list(|cursor| {
        let start = cursor.index();
        if cursor.eat_words(&["tables", "in", "schema"]) {
            naming = Naming::Schemas;
        } else if cursor.eat("table") {
            naming = Naming::Tables;
        }
        let kind = match naming {
            Naming::Unsaid => return Err(cursor.error("TABLE or TABLES IN SCHEMA")),
            Naming::Tables => table(cursor)?,
            Naming::Schemas if cursor.eat("current_schema") => PublicationObjectKind::CurrentSchema,
            Naming::Schemas => PublicationObjectKind::Schema(cursor.ident()?),
        };
        Ok(PublicationObject { span: cursor.span_from(start), kind })
    })
}

fn table(cursor: &mut Cursor<'_>) -> Parsed<PublicationObjectKind> {
    let relation = relation_target(cursor)?;
    let columns = words::optional_columns(cursor)?;
    let filter = if cursor.eat("where") { Some(in_parentheses(cursor)?) } else { None };
    Ok(PublicationObjectKind::Table { relation, columns, filter })
}

/// Reads what follows `CREATE SUBSCRIPTION`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create_subscription(cursor: &mut Cursor<'_>) -> Parsed<CreateSubscription> {
    let name = cursor.ident()?;
    cursor.expect("connection")?;
    let connection = cursor.string()?;
    cursor.expect("publication")?;
    let publications = words::idents(cursor)?;
    Ok(CreateSubscription { name, connection, publications, options: with_definitions(cursor)? })
}

/// Reads what follows `ALTER SUBSCRIPTION`, unless it is an action that many kinds share.
///
/// # Errors
///
/// No such statement stands here.
pub fn alter_subscription(cursor: &mut Cursor<'_>) -> Parsed<AlterSubscription> {
    let name = cursor.ident()?;
    Ok(AlterSubscription { name, change: subscription_change(cursor)? })
}

fn subscription_change(cursor: &mut Cursor<'_>) -> Parsed<SubscriptionChange> {
    if cursor.eat("enable") {
        return Ok(SubscriptionChange::Enable);
    }
    if cursor.eat("disable") {
        return Ok(SubscriptionChange::Disable);
    }
    if cursor.eat("connection") {
        return cursor.string().map(SubscriptionChange::Connection);
    }
    if cursor.eat("skip") {
        return definitions(cursor).map(SubscriptionChange::Skip);
    }
    if cursor.eat_words(&["refresh", "publication"]) {
        return with_definitions(cursor).map(SubscriptionChange::Refresh);
    }
    let action: MemberAction = words::expect_one_of(cursor, "a change of the subscription")?;
    if action == MemberAction::Set && cursor.is(TokenKind::LeftParen) {
        return definitions(cursor).map(SubscriptionChange::Options);
    }
    cursor.expect("publication")?;
    let names = words::idents(cursor)?;
    Ok(SubscriptionChange::Publications(action, names, with_definitions(cursor)?))
}
