//! COMMENT ON and SECURITY LABEL.

use super::reference;
use crate::statement::object::comment::{Comment, SecurityLabel};
use crate::statement::object::reference::Kind;
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::words;

/// Reads what follows `COMMENT`.
///
/// # Errors
///
/// No such statement stands here.
pub fn comment(cursor: &mut Cursor<'_>) -> Parsed<Comment> {
    cursor.expect("on")?;
    let object = reference::reference(cursor)?;
    Ok(Comment { object, text: text(cursor)? })
}

/// The kinds that the grammar of SECURITY LABEL leaves out.
const UNLABELLED: &[Kind] = &[
    Kind::Cast,
    Kind::Constraint,
    Kind::Operator,
    Kind::OperatorClass,
    Kind::OperatorFamily,
    Kind::Policy,
    Kind::Rule,
    Kind::Transform,
    Kind::Trigger,
];

/// Reads what follows `SECURITY LABEL`.
///
/// # Errors
///
/// No such statement stands here.
pub fn security_label(cursor: &mut Cursor<'_>) -> Parsed<SecurityLabel> {
    let provider = if cursor.eat("for") { Some(words::word_or_string(cursor)?) } else { None };
    cursor.expect("on")?;
    let object = reference::reference(cursor)?;
    if UNLABELLED.contains(&object.kind) {
        return Err(cursor.error("an object of a kind that can be labelled"));
    }
    Ok(SecurityLabel { provider, object, label: text(cursor)? })
}

fn text(cursor: &mut Cursor<'_>) -> Parsed<Option<String>> {
    cursor.expect("is")?;
    if cursor.eat("null") { Ok(None) } else { cursor.string().map(Some) }
}
