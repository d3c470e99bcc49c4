//! Expressions: the only door to sqlparser.
//!
//! sqlparser's Pratt parser does the operators, calls, CASE and rows, under a dialect that has PostgreSQL's precedence
//! table and no other dialect's words. What it has no node for or reads differently (queries, types, windows, the
//! standard's own call syntax) is read by our parsers first and stands in its token stream as one placeholder: an
//! *island*. What comes back is lowered to our model by exhaustive matches.

mod call;
mod convert;
mod dialect;
mod islands;
mod lower;

use sqlparser::parser::Parser;

use self::convert::Converted;
use self::dialect::PgDialect;
use super::cursor::{Cursor, Parsed, SyntaxError};
use super::token::TokenKind;
use crate::query::{Expr, ExprKind, Literal};
use crate::source::Span;

/// How deep sqlparser may recurse; the gate's limit on nesting keeps statements well below it.
const RECURSION_LIMIT: usize = 1000;

/// Reads the tokens up to index `end` as one expression and moves behind them.
///
/// # Errors
///
/// They are no expression, or one that is not understood.
pub fn expression(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Expr> {
    let found = leading_expression(cursor, end)?;
    if cursor.index() == end { Ok(found) } else { Err(cursor.error("the end of the expression")) }
}

/// Reads the longest expression that starts here and ends at index `end` or before, and moves behind it.
///
/// # Errors
///
/// No expression starts here, or one that is not understood.
pub fn leading_expression(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Expr> {
    if let Some(constant) = lone_constant(cursor, end) {
        return Ok(constant);
    }
    if cursor.index() >= end {
        return Err(cursor.error("an expression"));
    }
    let start = cursor.index();
    let converted = Converted::new(cursor, end)?;
    let dialect = PgDialect;
    let (tokens, islands) = converted.split();
    let mut parser =
        Parser::new(&dialect).with_recursion_limit(RECURSION_LIMIT).with_tokens_with_locations(tokens.sqlparser);
    let parsed = parser.parse_expr();
    // Behind the last token sqlparser's index may lie beyond what we gave it.
    let behind = tokens.origin.get(parser.index()).copied().unwrap_or(end);
    cursor.seek(behind);
    let parsed = parsed.map_err(|error| refused(cursor, &error))?;
    let found = islands.lower(parsed);
    if found.is_err() {
        cursor.seek(start);
    }
    found
}

/// Reads the expression in the parentheses that open here, and takes the parentheses too.
///
/// # Errors
///
/// As [`expression`], or the parentheses do not match.
pub fn in_parentheses(cursor: &mut Cursor<'_>) -> Parsed<Expr> {
    let behind = cursor.matching(cursor.index())?;
    cursor.expect_kind(TokenKind::LeftParen)?;
    let expr = expression(cursor, behind - 1)?;
    cursor.seek(behind);
    Ok(expr)
}

/// A literal that stands alone, as most values of an INSERT do: read without sqlparser.
fn lone_constant(cursor: &mut Cursor<'_>, end: usize) -> Option<Expr> {
    if cursor.index() + 1 != end {
        return None;
    }
    let token = cursor.peek(0)?;
    let text = cursor.slice(token.span);
    let literal = match token.kind {
        TokenKind::Number => Literal::Number(text.to_string()),
        TokenKind::String | TokenKind::DollarString | TokenKind::EscapeString => {
            Literal::String(super::token::string(token.kind, text).ok()?.into_owned())
        }
        TokenKind::Word if text.eq_ignore_ascii_case("null") => Literal::Null,
        TokenKind::Word if text.eq_ignore_ascii_case("true") => Literal::Boolean(true),
        TokenKind::Word if text.eq_ignore_ascii_case("false") => Literal::Boolean(false),
        _ => return None,
    };
    cursor.seek(end);
    Some(Expr::new(token.span, ExprKind::Literal(literal)))
}

fn refused(cursor: &Cursor<'_>, error: &sqlparser::parser::ParserError) -> SyntaxError {
    use sqlparser::parser::ParserError as E;
    match error {
        E::RecursionLimitExceeded => SyntaxError { span: cursor.here(), message: "too deeply nested".into() },
        E::ParserError(_) | E::TokenizerError(_) => cursor.error("an expression"),
    }
}

/// sqlparser's places count lines and columns; ours are byte offsets, given to it as columns of line 1.
fn span_of(span: sqlparser::tokenizer::Span) -> Span {
    match (span.start.column, span.end.column) {
        (0, _) | (_, 0) => Span::default(),
        (start, end) => Span::new((start - 1) as u32, (end - 1) as u32),
    }
}

/// Reads the tokens up to index `end` as a query, INSERT, UPDATE, DELETE or MERGE and moves behind them.
///
/// # Errors
///
/// They are none of these, or one that is not understood.
pub fn data_statement(cursor: &mut Cursor<'_>, end: usize) -> Parsed<crate::query::DataStatement> {
    super::data::data_statement(cursor, end)
}

/// Reads a text as one expression.
///
/// # Errors
///
/// It is none, or one that is not understood.
pub fn text(text: &str) -> Parsed<Expr> {
    let script = super::script::Script::split(text);
    let mut cursor = Cursor::new(text, &script.tokens);
    expression(&mut cursor, script.tokens.len())
}
