//! Parsers for the statements of the session family.

pub mod notify;
pub mod setting;
pub mod source_text;
pub mod transaction;

use super::cursor::{Cursor, Parsed};
use crate::statement::session::Statement;

/// Reads a statement of this family, up to the last token; `None` when its first words belong to another family.
///
/// # Errors
///
/// The statement is of this family and cannot be read.
pub fn statement(cursor: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    if let Some(found) = transaction::transaction(cursor)? {
        return Ok(Some(Statement::Transaction(found)));
    }
    if cursor.eat_words(&["set", "constraints"]) {
        return setting::set_constraints(cursor).map(Statement::SetConstraints).map(Some);
    }
    const FIRST: &[&str] = &["set", "reset", "show", "notify", "listen", "unlisten"];
    let Some(first) = cursor.eat_one_of(FIRST) else { return Ok(None) };
    let found = match first {
        "set" => Statement::Set(setting::set(cursor)?),
        "reset" => Statement::Reset(setting::reset(cursor)?),
        "show" => Statement::Show(setting::show(cursor)?),
        "notify" => Statement::Notify(notify::notify(cursor)?),
        "listen" => Statement::Listen(notify::listen(cursor)?),
        _ => Statement::Unlisten(notify::unlisten(cursor)?),
    };
    Ok(Some(found))
}
