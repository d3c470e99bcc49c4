//! CREATE TABLE and CREATE FOREIGN TABLE.

use super::column::{column_definition, typed_column};
use super::common::named_clause;
use super::constraint::{is_table_constraint, table_constraint};
use super::options::{generic_options, with_parameters};
use super::partition::{partition_bound, partition_by};
use crate::pg::Name;
use crate::statement::relation::{
    CreateForeignTable, CreateTable, Like, Persistence, TableBody, TableElement, TableStorage,
};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::token::TokenKind;
use crate::syntax::words::{expect_one_of, one_of};

/// Takes what follows the name in `CREATE … TABLE name`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn create_table(
    cursor: &mut Cursor<'_>,
    persistence: Persistence,
    if_not_exists: bool,
    name: Name,
) -> Parsed<CreateTable> {
    let body = table_body(cursor)?;
    let partition_by = partition_by(cursor)?;
    Ok(CreateTable { persistence, if_not_exists, name, body, partition_by, storage: table_storage(cursor)? })
}

/// Takes what follows `CREATE FOREIGN TABLE`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn create_foreign_table(cursor: &mut Cursor<'_>) -> Parsed<CreateForeignTable> {
    let if_not_exists = cursor.eat_if_not_exists();
    let name = cursor.name()?;
    if cursor.is_word("of") {
        return Err(cursor.error("columns or PARTITION OF"));
    }
    let body = table_body(cursor)?;
    cursor.expect("server")?;
    let server = cursor.ident()?;
    Ok(CreateForeignTable { if_not_exists, name, body, server, options: generic_options(cursor)? })
}

fn table_body(cursor: &mut Cursor<'_>) -> Parsed<TableBody> {
    if cursor.eat("of") {
        let type_name = cursor.name()?;
        return Ok(TableBody::OfType { type_name, elements: typed_elements(cursor)? });
    }
    if cursor.eat_words(&["partition", "of"]) {
        let parent = cursor.name()?;
        let elements = typed_elements(cursor)?;
        return Ok(TableBody::PartitionOf { parent, elements, bound: partition_bound(cursor)? });
    }
    cursor.expect_kind(TokenKind::LeftParen)?;
    let elements = if cursor.is(TokenKind::RightParen) { Vec::new() } else { cursor.list(table_element)? };
    cursor.expect_kind(TokenKind::RightParen)?;
    let inherits = if cursor.eat("inherits") { cursor.parenthesised(Cursor::name)? } else { Vec::new() };
    Ok(TableBody::Elements { elements, inherits })
}

fn typed_elements(cursor: &mut Cursor<'_>) -> Parsed<Vec<TableElement>> {
    if !cursor.is(TokenKind::LeftParen) {
        return Ok(Vec::new());
    }
    cursor.parenthesised(|cursor| match is_table_constraint(cursor) {
        true => Ok(TableElement::Constraint(Box::new(table_constraint(cursor)?))),
        false => Ok(TableElement::Column(Box::new(typed_column(cursor)?))),
    })
}

fn table_element(cursor: &mut Cursor<'_>) -> Parsed<TableElement> {
    if cursor.is_word("like") {
        return like(cursor).map(TableElement::Like);
    }
    if is_table_constraint(cursor) {
        return Ok(TableElement::Constraint(Box::new(table_constraint(cursor)?)));
    }
    Ok(TableElement::Column(Box::new(column_definition(cursor)?)))
}

fn like(cursor: &mut Cursor<'_>) -> Parsed<Like> {
    let start = cursor.index();
    cursor.expect("like")?;
    let table = cursor.name()?;
    let mut options = Vec::new();
    while let Some(choice) = one_of(cursor) {
        options.push((choice, expect_one_of(cursor, "what LIKE can copy")?));
    }
    Ok(Like { span: cursor.span_from(start), table, options })
}

/// Takes the clauses on how a table is stored, as far as they come next.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn table_storage(cursor: &mut Cursor<'_>) -> Parsed<TableStorage> {
    let access_method = named_clause(cursor, &["using"])?;
    let parameters = with_parameters(cursor)?;
    if parameters.is_empty() {
        // Says what has been the only choice since PostgreSQL 12.
        cursor.eat_words(&["without", "oids"]);
    }
    let on_commit = if cursor.eat_words(&["on", "commit"]) {
        Some(expect_one_of(cursor, "DROP, DELETE ROWS or PRESERVE ROWS")?)
    } else {
        None
    };
    let tablespace = named_clause(cursor, &["tablespace"])?;
    Ok(TableStorage { access_method, parameters, on_commit, tablespace })
}
