//! Parsers for the statements of the object family.

pub mod alter;
pub mod alter_object;
pub mod cast;
pub mod comment;
pub mod create;
pub mod database;
pub mod definition;
pub mod drop;
pub mod foreign;
pub mod function;
pub mod grant;
pub mod operator;
pub mod operator_class;
pub mod parameter;
pub mod policy;
pub mod publication;
pub mod reference;
pub mod role;
pub mod role_spec;
pub mod rule;
pub mod text_search;
pub mod trigger;

use super::cursor::{Cursor, Parsed};
use crate::statement::object::Statement;

/// Reads a statement of this family, up to the last token; `None` when its first words belong to another family.
///
/// # Errors
///
/// The statement is of this family and cannot be read.
pub fn statement(cursor: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    const FIRST: &[&str] = &["create", "alter", "drop", "grant", "revoke", "comment", "security", "reassign", "import"];
    let start = cursor.index();
    let Some(first) = cursor.eat_one_of(FIRST) else { return Ok(None) };
    let found = match first {
        "create" => create::create(cursor)?,
        "alter" => alter::alter(cursor)?,
        "drop" => drop::drop(cursor)?,
        "grant" => Some(grant::grant(cursor)?),
        "revoke" => Some(grant::revoke(cursor)?),
        "comment" => Some(Statement::Comment(comment::comment(cursor)?.into())),
        "reassign" => Some(Statement::ReassignOwned(drop::reassign(cursor)?)),
        "import" => {
            cursor.expect_words(&["foreign", "schema"])?;
            Some(Statement::ImportSchema(foreign::import_schema(cursor)?.into()))
        }
        _ => {
            cursor.expect("label")?;
            Some(Statement::SecurityLabel(comment::security_label(cursor)?.into()))
        }
    };
    if found.is_none() {
        cursor.seek(start);
    }
    Ok(found)
}
