//! MERGE.

use super::clause::{expr, expr_or_default};
use super::dml::{assignments, column_target, overriding, returning, target};
use super::from::from_item;
use crate::query::{Merge, MergeAction, MergeMatch, MergeWhen, With};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::token::TokenKind;

/// Reads MERGE, the WITH before it already taken.
pub(super) fn merge(cursor: &mut Cursor<'_>, end: usize, with: Option<With>) -> Parsed<Merge> {
    cursor.expect_words(&["merge", "into"])?;
    let target = target(cursor)?;
    cursor.expect("using")?;
    let source = from_item(cursor, end)?;
    cursor.expect("on")?;
    let on = expr(cursor, end)?;
    let mut whens = Vec::new();
    while cursor.eat("when") {
        whens.push(when(cursor, end)?);
    }
    if whens.is_empty() {
        return Err(cursor.error("WHEN"));
    }
    Ok(Merge { with, target, source, on, whens, returning: returning(cursor, end)? })
}

fn when(cursor: &mut Cursor<'_>, end: usize) -> Parsed<MergeWhen> {
    let on = if cursor.eat("matched") {
        MergeMatch::Matched
    } else {
        cursor.expect_words(&["not", "matched"])?;
        if cursor.eat_words(&["by", "source"]) {
            MergeMatch::NotMatchedBySource
        } else {
            cursor.eat_words(&["by", "target"]);
            MergeMatch::NotMatchedByTarget
        }
    };
    let condition = if cursor.eat("and") { Some(expr(cursor, end)?) } else { None };
    cursor.expect("then")?;
    let is_insert = cursor.is_word("insert");
    let action = if cursor.eat_words(&["do", "nothing"]) {
        MergeAction::Nothing
    } else if is_insert && on == MergeMatch::NotMatchedByTarget {
        insert(cursor, end)?
    } else if on != MergeMatch::NotMatchedByTarget && cursor.eat("delete") {
        MergeAction::Delete
    } else if on != MergeMatch::NotMatchedByTarget && cursor.eat_words(&["update", "set"]) {
        MergeAction::Update(assignments(cursor, end)?)
    } else {
        return Err(cursor.error("an action that fits the branch"));
    };
    Ok(MergeWhen { on, condition, action })
}

fn insert(cursor: &mut Cursor<'_>, end: usize) -> Parsed<MergeAction> {
    cursor.expect("insert")?;
    let columns = if cursor.is(TokenKind::LeftParen) { cursor.parenthesised(column_target)? } else { Vec::new() };
    let overriding = overriding(cursor)?;
    if cursor.eat_words(&["default", "values"]) {
        return Ok(MergeAction::Insert { columns, overriding, values: None });
    }
    cursor.expect("values")?;
    let values = Some(cursor.parenthesised(|cursor| expr_or_default(cursor, end))?);
    Ok(MergeAction::Insert { columns, overriding, values })
}
