//! NOTIFY, LISTEN and UNLISTEN.

use crate::statement::session::notify::{Listen, Notify, Unlisten};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::token::TokenKind;

/// Reads what follows `NOTIFY`.
///
/// # Errors
///
/// No channel, or a message that is no string.
pub fn notify(cursor: &mut Cursor<'_>) -> Parsed<Notify> {
    let channel = cursor.ident()?;
    let payload = if cursor.eat_kind(TokenKind::Comma) { Some(cursor.string()?) } else { None };
    Ok(Notify { channel, payload })
}

/// Reads what follows `LISTEN`.
///
/// # Errors
///
/// No channel.
pub fn listen(cursor: &mut Cursor<'_>) -> Parsed<Listen> {
    Ok(Listen { channel: cursor.ident()? })
}

/// Reads what follows `UNLISTEN`.
///
/// # Errors
///
/// Neither a channel nor `*`.
pub fn unlisten(cursor: &mut Cursor<'_>) -> Parsed<Unlisten> {
    let channel = if cursor.eat_operator("*") { None } else { Some(cursor.ident()?) };
    Ok(Unlisten { channel })
}
