//! CREATE TABLE AS.

use super::common::with_data;
use super::extent::query;
use super::table::table_storage;
use crate::pg::Name;
use crate::statement::relation::{CreateTableAs, Persistence, TableSource};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::token::TokenKind;
use crate::syntax::words::{end, item_expression, optional_columns};

/// Says whether what follows the table's name is a list of bare columns or none, as only CREATE TABLE AS has.
pub(super) fn is_table_as(cursor: &Cursor<'_>) -> bool {
    if !cursor.is(TokenKind::LeftParen) {
        return !cursor.is_word("of") && !cursor.is_words(&["partition", "of"]);
    }
    let mut ahead = cursor.clone();
    let columns = ahead.parenthesised(Cursor::ident);
    columns.is_ok()
}

/// Takes what follows the name in `CREATE … TABLE name` when a query fills it.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn create_table_as(
    cursor: &mut Cursor<'_>,
    persistence: Persistence,
    if_not_exists: bool,
    name: Name,
) -> Parsed<CreateTableAs> {
    let columns = optional_columns(cursor)?;
    let storage = table_storage(cursor)?;
    cursor.expect("as")?;
    let (source_end, with_data) = with_data(cursor);
    let source = if cursor.eat("execute") {
        let name = cursor.ident()?;
        let has_arguments = cursor.is(TokenKind::LeftParen);
        let arguments = if has_arguments { cursor.parenthesised(item_expression)? } else { Vec::new() };
        TableSource::Execute { name, arguments }
    } else {
        TableSource::Query(Box::new(query(cursor, source_end)?))
    };
    if cursor.index() == source_end {
        cursor.seek(end(cursor));
    }
    Ok(CreateTableAs { persistence, if_not_exists, name, columns, storage, source, with_data })
}
