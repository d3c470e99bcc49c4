//! Expressions and queries: the only door to sqlparser.

use super::cursor::{Cursor, Parsed};
use crate::query::{DataStatement, Expr};

/// Reads the tokens up to index `end` as one expression and moves behind them.
///
/// # Errors
///
/// They are no expression, or one that is not understood.
pub fn expression(cursor: &mut Cursor<'_>, _end: usize) -> Parsed<Expr> {
    Err(cursor.error("an expression"))
}

/// Reads the tokens up to index `end` as a query, INSERT, UPDATE, DELETE or MERGE and moves behind them.
///
/// # Errors
///
/// They are none of these, or one that is not understood.
pub fn data_statement(cursor: &mut Cursor<'_>, _end: usize) -> Parsed<DataStatement> {
    Err(cursor.error("a query"))
}

/// Reads the expression in the parentheses that open here, and takes the parentheses too.
///
/// # Errors
///
/// As [`expression`], or the parentheses do not match.
pub fn in_parentheses(cursor: &mut Cursor<'_>) -> Parsed<Expr> {
    let behind = cursor.matching(cursor.index())?;
    cursor.expect_kind(super::token::TokenKind::LeftParen)?;
    let expr = expression(cursor, behind - 1)?;
    cursor.seek(behind);
    Ok(expr)
}
