//! CREATE INDEX and index elements.

use super::common::{collation, named_clause, relation_expr};
use super::constraint::nulls_not_distinct;
use super::extent::call;
use super::options::{parameters, with_parameters};
use crate::query::Nulls;
use crate::statement::relation::{CreateIndex, IndexDirection, IndexElement, Key, OperatorClass};
use crate::syntax::cursor::{Cursor, NameSort, Parsed};
use crate::syntax::expression;
use crate::syntax::token::TokenKind;
use crate::syntax::words::end;

/// Takes what follows `CREATE`: `[UNIQUE] INDEX …`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn create_index(cursor: &mut Cursor<'_>) -> Parsed<CreateIndex> {
    let unique = cursor.eat("unique");
    cursor.expect("index")?;
    let concurrently = cursor.eat("concurrently");
    let if_not_exists = cursor.eat_if_not_exists();
    let named = if_not_exists || !cursor.is_word("on");
    let name = if named { Some(cursor.ident()?) } else { None };
    cursor.expect("on")?;
    let relation = relation_expr(cursor)?;
    let access_method = named_clause(cursor, &["using"])?;
    let elements = cursor.parenthesised(index_element)?;
    let include = if cursor.eat("include") { cursor.parenthesised(index_element)? } else { Vec::new() };
    Ok(CreateIndex {
        unique,
        concurrently,
        if_not_exists,
        name,
        relation,
        access_method,
        elements,
        include,
        nulls_not_distinct: nulls_not_distinct(cursor)?,
        parameters: with_parameters(cursor)?,
        tablespace: named_clause(cursor, &["tablespace"])?,
        predicate: if cursor.eat("where") { Some(expression::expression(cursor, end(cursor))?) } else { None },
    })
}

/// Takes one element of an index.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn index_element(cursor: &mut Cursor<'_>) -> Parsed<IndexElement> {
    let start = cursor.index();
    let key = key(cursor)?;
    let collation = collation(cursor)?;
    let operator_class = operator_class(cursor)?;
    let direction = match cursor.eat_one_of(&["asc", "desc"]) {
        Some("asc") => IndexDirection::Ascending,
        Some(_) => IndexDirection::Descending,
        None => IndexDirection::Default,
    };
    let nulls = nulls(cursor)?;
    Ok(IndexElement { span: cursor.span_from(start), key, collation, operator_class, direction, nulls })
}

/// Takes a column, a call, or an expression in parentheses.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn key(cursor: &mut Cursor<'_>) -> Parsed<Key> {
    if cursor.is(TokenKind::LeftParen) {
        return expression::in_parentheses(cursor).map(Key::Expression);
    }
    match call(cursor)? {
        Some(value) => Ok(Key::Expression(value)),
        None => cursor.ident().map(Key::Column),
    }
}

fn operator_class(cursor: &mut Cursor<'_>) -> Parsed<Option<OperatorClass>> {
    // Before FIRST and LAST, PostgreSQL's lexer makes a token of its own of `nulls`.
    let is_order = cursor.is_words(&["nulls", "first"]) || cursor.is_words(&["nulls", "last"]);
    if is_order || !cursor.is_name(NameSort::Column) {
        return Ok(None);
    }
    let name = cursor.name()?;
    let parameters = if cursor.is(TokenKind::LeftParen) { parameters(cursor)? } else { Vec::new() };
    Ok(Some(OperatorClass { name, parameters }))
}

fn nulls(cursor: &mut Cursor<'_>) -> Parsed<Nulls> {
    if !cursor.eat("nulls") {
        return Ok(Nulls::Default);
    }
    match cursor.eat_one_of(&["first", "last"]) {
        Some("first") => Ok(Nulls::First),
        Some(_) => Ok(Nulls::Last),
        None => Err(cursor.error("FIRST or LAST")),
    }
}
