//! CREATE VIEW, CREATE and REFRESH MATERIALIZED VIEW.

use super::common::with_data;
use super::extent::{ends_with, query};
use super::options::with_parameters;
use super::table::table_storage;
use crate::statement::relation::{
    CheckOption, CreateMaterializedView, CreateView, Persistence, RefreshMaterializedView, WithData,
};
use crate::syntax::cursor::{Cursor, Parsed, SyntaxError};
use crate::syntax::token::TokenKind;
use crate::syntax::words::{end, optional_columns};

/// Whether `OR REPLACE` is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Replace {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// Takes what follows `CREATE [OR REPLACE] [TEMPORARY]`: `[RECURSIVE] VIEW …`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn create_view(cursor: &mut Cursor<'_>, replace: Replace, persistence: Persistence) -> Parsed<CreateView> {
    let recursive = cursor.eat("recursive");
    cursor.expect("view")?;
    let name = cursor.name()?;
    if recursive && !cursor.is(TokenKind::LeftParen) {
        return Err(cursor.error("the names of the columns"));
    }
    let columns = optional_columns(cursor)?;
    let parameters = with_parameters(cursor)?;
    cursor.expect("as")?;
    let (query_end, check_option) = check_option(cursor);
    let query = query(cursor, query_end)?;
    if recursive && check_option.is_some() {
        return Err(SyntaxError { span: cursor.here(), message: "a recursive view has no CHECK OPTION".into() });
    }
    cursor.seek(end(cursor));
    Ok(CreateView {
        or_replace: replace == Replace::Yes,
        persistence,
        recursive,
        name,
        columns,
        parameters,
        query,
        check_option,
    })
}

/// Returns where the query ends before an optional `WITH … CHECK OPTION`, and what that says.
fn check_option(cursor: &Cursor<'_>) -> (usize, Option<CheckOption>) {
    let end = end(cursor);
    if ends_with(cursor, &["with", "local", "check", "option"]) {
        (end - 4, Some(CheckOption::Local))
    } else if ends_with(cursor, &["with", "cascaded", "check", "option"]) {
        (end - 4, Some(CheckOption::Cascaded))
    } else if ends_with(cursor, &["with", "check", "option"]) {
        (end - 3, Some(CheckOption::Cascaded))
    } else {
        (end, None)
    }
}

/// Takes what follows `CREATE MATERIALIZED VIEW`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn create_materialized_view(cursor: &mut Cursor<'_>) -> Parsed<CreateMaterializedView> {
    let if_not_exists = cursor.eat_if_not_exists();
    let name = cursor.name()?;
    let columns = optional_columns(cursor)?;
    if cursor.is_words(&["without", "oids"]) {
        return Err(cursor.error("AS"));
    }
    let storage = table_storage(cursor)?;
    if storage.on_commit.is_some() {
        return Err(cursor.error("no ON COMMIT, which only tables have"));
    }
    cursor.expect("as")?;
    let (query_end, with_data) = with_data(cursor);
    let query = query(cursor, query_end)?;
    cursor.seek(end(cursor));
    Ok(CreateMaterializedView { if_not_exists, name, columns, storage, query, with_data })
}

/// Takes what follows `REFRESH`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn refresh_materialized_view(cursor: &mut Cursor<'_>) -> Parsed<RefreshMaterializedView> {
    cursor.expect_words(&["materialized", "view"])?;
    let concurrently = cursor.eat("concurrently");
    let name = cursor.name()?;
    let with_data = if cursor.eat_words(&["with", "no", "data"]) {
        WithData::No
    } else {
        cursor.eat_words(&["with", "data"]);
        WithData::Yes
    };
    Ok(RefreshMaterializedView { concurrently, name, with_data })
}
