//! CREATE SCHEMA and ALTER SCHEMA.

use super::common::generic_change;
use crate::statement::Statement as AnyStatement;
use crate::statement::relation::{AlterSchema, CreateSchema, GenericChange, Statement};
use crate::syntax::cursor::{Cursor, Parsed, SyntaxError};
use crate::syntax::object::role_spec::role_spec;
use crate::syntax::parse;
use crate::syntax::token::{Token, TokenKind};

/// Takes what follows `CREATE SCHEMA`.
///
/// # Errors
///
/// A token that does not fit, or an element that is not understood.
pub(super) fn create_schema(cursor: &mut Cursor<'_>) -> Parsed<CreateSchema> {
    let if_not_exists = cursor.eat_if_not_exists();
    let owned_only = cursor.is_word("authorization");
    let name = if owned_only { None } else { Some(cursor.ident()?) };
    let owner = if cursor.eat("authorization") { Some(role_spec(cursor)?) } else { None };
    let elements = if if_not_exists { Vec::new() } else { elements(cursor)? };
    Ok(CreateSchema { if_not_exists, name, owner, elements })
}

fn elements(cursor: &mut Cursor<'_>) -> Parsed<Vec<AnyStatement>> {
    let mut found = Vec::new();
    while !cursor.at_end() {
        let rest = cursor.tokens(cursor.index(), usize::MAX);
        let length = element_length(cursor, rest);
        found.push(element(cursor, &rest[..length])?);
        cursor.seek(cursor.index() + length);
    }
    Ok(found)
}

/// Counts the tokens up to the next element, which begins with CREATE or GRANT.
fn element_length(cursor: &Cursor<'_>, tokens: &[Token]) -> usize {
    let is = |at: usize, word: &str| {
        let token = tokens.get(at).filter(|token| token.kind == TokenKind::Word);
        token.is_some_and(|token| cursor.slice(token.span).eq_ignore_ascii_case(word))
    };
    // CREATE is also a privilege, and GRANT stands in `WITH GRANT OPTION`.
    let is_privilege = |at: usize| is(at - 1, "grant") || tokens[at - 1].kind == TokenKind::Comma;
    let begins = |at: &usize| (is(*at, "create") && !is_privilege(*at)) || (is(*at, "grant") && !is(at - 1, "with"));
    (1..tokens.len()).find(begins).unwrap_or(tokens.len())
}

fn element(cursor: &Cursor<'_>, tokens: &[Token]) -> Parsed<AnyStatement> {
    let found = parse::statement(cursor.text(), tokens)?;
    let is_allowed = match &found {
        AnyStatement::Relation(statement) => matches!(
            **statement,
            Statement::CreateTable(_)
                | Statement::CreateIndex(_)
                | Statement::CreateSequence(_)
                | Statement::CreateView(_)
        ),
        _ => matches!(found.tag(), "GRANT" | "CREATE TRIGGER"),
    };
    if is_allowed {
        return Ok(found);
    }
    let span = tokens.first().map(|token| token.span).unwrap_or_default();
    Err(SyntaxError { span, message: format!("{} cannot stand in CREATE SCHEMA", found.tag()) })
}

/// Takes what follows `ALTER SCHEMA`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn alter_schema(cursor: &mut Cursor<'_>) -> Parsed<AlterSchema> {
    let name = cursor.ident()?;
    match generic_change(cursor)? {
        Some(change @ (GenericChange::Rename(_) | GenericChange::OwnerTo(_))) => Ok(AlterSchema { name, change }),
        _ => Err(cursor.error("RENAME TO or OWNER TO")),
    }
}
