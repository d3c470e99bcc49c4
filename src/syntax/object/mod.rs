//! Parsers for the statements of the object family.

pub mod function;
pub mod parameter;
pub mod reference;
pub mod role_spec;

use super::cursor::{Cursor, Parsed};
use crate::statement::object::Statement;
use crate::statement::object::function::RoutineKind;

/// Reads a statement of this family, up to the last token; `None` when its first words belong to another family.
///
/// # Errors
///
/// The statement is of this family and cannot be read.
pub fn statement(cursor: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    if cursor.is_word("create") { create(cursor) } else { Ok(None) }
}

fn create(cursor: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    let start = cursor.index();
    cursor.expect("create")?;
    let or_replace = cursor.eat_words(&["or", "replace"]);
    if let Some(kind) = super::words::one_of::<RoutineKind>(cursor) {
        let found = function::create(cursor, or_replace, kind)?;
        return Ok(Some(Statement::CreateFunction(Box::new(found))));
    }
    cursor.seek(start);
    Ok(None)
}
