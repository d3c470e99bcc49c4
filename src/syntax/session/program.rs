//! DO and CALL.

use super::source_text::source_text;
use crate::query::ExprKind;
use crate::statement::session::program::{CallStatement, Do, LanguagePlace};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::expression::expression;
use crate::syntax::words;

/// Reads what follows `DO`.
///
/// # Errors
///
/// No block, or more than a block and a language.
pub fn do_block(cursor: &mut Cursor<'_>) -> Parsed<Do> {
    let before = language(cursor)?;
    let body = source_text(cursor)?;
    match before {
        Some(name) => Ok(Do { body, language: Some(name), place: LanguagePlace::Before }),
        None => Ok(Do { body, language: language(cursor)?, place: LanguagePlace::Behind }),
    }
}

fn language(cursor: &mut Cursor<'_>) -> Parsed<Option<String>> {
    if cursor.eat("language") { words::word_or_string(cursor).map(Some) } else { Ok(None) }
}

/// Reads what follows `CALL`.
///
/// # Errors
///
/// No call of a procedure stands here.
pub fn call(cursor: &mut Cursor<'_>) -> Parsed<CallStatement> {
    let start = cursor.index();
    match expression(cursor, words::end(cursor))?.kind {
        ExprKind::Call(call) if call.filter.is_none() && call.over.is_none() && !call.within_group => {
            Ok(CallStatement { call: *call })
        }
        _ => {
            cursor.seek(start);
            Err(cursor.error("a call"))
        }
    }
}
