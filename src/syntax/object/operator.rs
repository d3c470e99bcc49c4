//! Aggregates, operators and collations.

use super::definition::{definition, definitions, operator_definitions};
use super::parameter::aggregate_arguments;
use super::reference;
use crate::pg::keyword;
use crate::statement::object::operator::{
    AlterOperator, CollationSource, CreateAggregate, CreateCollation, CreateOperator, RefreshCollation,
};
use crate::syntax::cursor::{Cursor, NameSort, Parsed};
use crate::syntax::token::TokenKind;

/// Reads what follows `CREATE [OR REPLACE] AGGREGATE`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create_aggregate(cursor: &mut Cursor<'_>, or_replace: bool) -> Parsed<CreateAggregate> {
    let name = cursor.qualified(NameSort::Function)?;
    let behind = cursor.matching(cursor.index())?;
    // Two lists: arguments and options. One: the old syntax, where no key word names an option and each has a value.
    let two = cursor.tokens(behind, behind + 1).first().is_some_and(|token| token.kind == TokenKind::LeftParen);
    let arguments = if two { Some(aggregate_arguments(cursor)?) } else { None };
    let options = cursor.parenthesised(|cursor| {
        let named =
            cursor.is(TokenKind::QuotedIdent) || keyword::category(&cursor.peek_text(0).to_lowercase()).is_none();
        match definition(cursor)? {
            found if two || (named && found.value.is_some()) => Ok(found),
            _ => Err(cursor.error("an option of an aggregate")),
        }
    })?;
    Ok(CreateAggregate { or_replace, name, arguments, options })
}

/// Reads what follows `CREATE OPERATOR`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create_operator(cursor: &mut Cursor<'_>) -> Parsed<CreateOperator> {
    let name = reference::operator_name(cursor)?;
    Ok(CreateOperator { name, options: definitions(cursor)? })
}

/// Reads what follows `ALTER OPERATOR` when it sets properties.
///
/// # Errors
///
/// No such statement stands here.
pub fn alter_operator(cursor: &mut Cursor<'_>) -> Parsed<AlterOperator> {
    let operator = reference::operator(cursor)?;
    cursor.expect("set")?;
    Ok(AlterOperator { operator, options: operator_definitions(cursor)? })
}

/// Reads what follows `CREATE COLLATION`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create_collation(cursor: &mut Cursor<'_>) -> Parsed<CreateCollation> {
    let if_not_exists = cursor.eat_if_not_exists();
    let name = cursor.name()?;
    let source = if cursor.eat("from") {
        CollationSource::Copy(cursor.name()?)
    } else {
        CollationSource::Options(definitions(cursor)?)
    };
    Ok(CreateCollation { if_not_exists, name, source })
}

/// Reads what follows `ALTER COLLATION` when it refreshes the version.
///
/// # Errors
///
/// No such statement stands here.
pub fn refresh_collation(cursor: &mut Cursor<'_>) -> Parsed<RefreshCollation> {
    let name = cursor.name()?;
    cursor.expect_words(&["refresh", "version"])?;
    Ok(RefreshCollation { name })
}
