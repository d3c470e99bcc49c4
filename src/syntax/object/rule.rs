//! Rewrite rules.

use crate::query::DataStatement;
use crate::statement::object::rule::{CreateRule, RuleAction, RuleActionKind, RuleMode};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::expression::{data_statement, expression};
use crate::syntax::session::notify;
use crate::syntax::token::TokenKind;
use crate::syntax::words;

/// Reads what follows `CREATE [OR REPLACE] RULE`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create(cursor: &mut Cursor<'_>, or_replace: bool) -> Parsed<CreateRule> {
    let name = cursor.ident()?;
    cursor.expect_words(&["as", "on"])?;
    let event = words::expect_one_of(cursor, "SELECT, INSERT, UPDATE or DELETE")?;
    cursor.expect("to")?;
    let relation = cursor.name()?;
    let condition = if cursor.eat("where") {
        let end = words::index_of(cursor, &["do"]);
        Some(expression(cursor, end)?)
    } else {
        None
    };
    cursor.expect("do")?;
    let mode = words::one_of(cursor).unwrap_or(RuleMode::Also);
    let actions = actions(cursor)?;
    Ok(CreateRule { or_replace, name, event, relation, condition, mode, actions })
}

fn actions(cursor: &mut Cursor<'_>) -> Parsed<Vec<RuleAction>> {
    if cursor.eat("nothing") {
        return Ok(Vec::new());
    }
    // `(SELECT …) UNION (SELECT …)` is one action; parentheses around everything hold a list of them.
    let listed = cursor.is(TokenKind::LeftParen) && cursor.matching(cursor.index())? == words::end(cursor);
    if !listed {
        let end = words::end(cursor);
        return Ok(vec![action(cursor, end)?]);
    }
    cursor.expect_kind(TokenKind::LeftParen)?;
    let mut found = Vec::new();
    while !cursor.eat_kind(TokenKind::RightParen) {
        if !cursor.eat_kind(TokenKind::Semicolon) {
            let end = words::end_of_part(cursor);
            found.push(action(cursor, end)?);
        }
    }
    Ok(found)
}

fn action(cursor: &mut Cursor<'_>, end: usize) -> Parsed<RuleAction> {
    let start = cursor.index();
    let kind = if cursor.eat("notify") {
        RuleActionKind::Notify(notify::notify(cursor)?)
    } else {
        match data_statement(cursor, end)? {
            DataStatement::Merge(_) => return Err(cursor.error("SELECT, INSERT, UPDATE, DELETE or NOTIFY")),
            statement => RuleActionKind::Data(Box::new(statement)),
        }
    };
    Ok(RuleAction { span: cursor.span_from(start), kind })
}
