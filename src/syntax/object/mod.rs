//! Parsers for the statements of the object family.

pub mod parameter;
pub mod reference;

use super::cursor::{Cursor, Parsed};
use crate::statement::object::Statement;

/// Reads a statement of this family, up to the last token; `None` when its first words belong to another family.
///
/// # Errors
///
/// The statement is of this family and cannot be read.
pub fn statement(_cursor: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    Ok(None)
}
