//! Where an expression or query without delimiters of its own ends.

use crate::pg::keyword::{self, Category};
use crate::query::{Expr, Query};
use crate::syntax::cursor::{Cursor, NameSort, Parsed};
use crate::syntax::expression;
use crate::syntax::token::TokenKind;
use crate::syntax::words;

/// The words that begin what may follow a column's default: the next constraint or attribute.
const AFTER_DEFAULT: &[&str] = &[
    "constraint",
    "not",
    "null",
    "check",
    "unique",
    "primary",
    "references",
    "generated",
    "collate",
    "default",
    "deferrable",
    "initially",
    "enforced",
];

/// Takes the value behind `DEFAULT` of a column or domain: a `b_expr`, so that constraints can follow without a comma.
///
/// # Errors
///
/// It is no expression.
pub(super) fn default_value(cursor: &mut Cursor<'_>) -> Parsed<Expr> {
    let end = list_item_end(cursor, |cursor, ahead| {
        ahead > 0 && AFTER_DEFAULT.iter().any(|word| cursor.is_word_at(ahead, word)) && ends_operand(cursor, ahead - 1)
    });
    expression::expression(cursor, end)
}

/// Says whether an operand may end with the token `ahead`.
fn ends_operand(cursor: &Cursor<'_>, ahead: usize) -> bool {
    let is_open = |kind| matches!(kind, TokenKind::Operator | TokenKind::Dot | TokenKind::DoubleColon);
    let is_infix = ["is", "from", "distinct"].iter().any(|word| cursor.is_word_at(ahead, word));
    !is_infix && !cursor.peek(ahead).is_some_and(|token| is_open(token.kind))
}

/// Returns the index of the first token, outside parentheses and CASE, that is a comma or is what `is_end` looks for;
/// else that of the closing parenthesis or the end of the statement.
fn list_item_end(cursor: &Cursor<'_>, is_end: impl Fn(&Cursor<'_>, usize) -> bool) -> usize {
    let (mut depth, mut cases, mut ahead) = (0usize, 0usize, 0usize);
    while let Some(token) = cursor.peek(ahead) {
        let outside = depth == 0 && cases == 0;
        match token.kind {
            TokenKind::LeftParen | TokenKind::LeftBracket => depth += 1,
            TokenKind::RightParen | TokenKind::RightBracket if depth == 0 => break,
            TokenKind::RightParen | TokenKind::RightBracket => depth -= 1,
            TokenKind::Comma if outside => break,
            TokenKind::Word if outside && is_end(cursor, ahead) => break,
            // `CASE` and `END` are reserved: unquoted and not behind a dot they are nothing else.
            TokenKind::Word if cursor.is_word_at(ahead, "case") && !is_label(cursor, ahead) => cases += 1,
            TokenKind::Word if cursor.is_word_at(ahead, "end") && !is_label(cursor, ahead) => {
                cases = cases.saturating_sub(1);
            }
            _ => {}
        }
        ahead += 1;
    }
    cursor.index() + ahead
}

fn is_label(cursor: &Cursor<'_>, ahead: usize) -> bool {
    ahead > 0 && cursor.peek(ahead - 1).is_some_and(|token| token.kind == TokenKind::Dot)
}

/// Takes a call or another expression that closes itself, if one begins here: `lower(email)`, `CURRENT_DATE`.
///
/// # Errors
///
/// It is no expression.
pub(super) fn call(cursor: &mut Cursor<'_>) -> Parsed<Option<Expr>> {
    let start = cursor.index();
    let word = cursor.peek_text(0).to_ascii_lowercase();
    let is_value = cursor.is(TokenKind::Word) && keyword::category(&word) == Some(Category::Reserved);
    if is_value {
        cursor.advance()?;
    } else {
        names(cursor)?;
    }
    // `COLLATION FOR (x)` is the one call with words before its parenthesis.
    if word == "collation" && cursor.is_word("for") {
        cursor.advance()?;
    }
    let is_call = cursor.is(TokenKind::LeftParen);
    let end = if is_call { cursor.matching(cursor.index())? } else { cursor.index() };
    cursor.seek(start);
    if is_call || is_value { expression::expression(cursor, end).map(Some) } else { Ok(None) }
}

fn names(cursor: &mut Cursor<'_>) -> Parsed<()> {
    cursor.name_of(NameSort::Label)?;
    while cursor.eat_kind(TokenKind::Dot) {
        cursor.name_of(NameSort::Label)?;
    }
    Ok(())
}

/// Says whether the statement ends with these words, behind the next token.
pub(super) fn ends_with(cursor: &Cursor<'_>, expected: &[&str]) -> bool {
    let start = words::end(cursor).saturating_sub(expected.len());
    let mut tail = cursor.clone();
    tail.seek(start);
    start > cursor.index() && tail.is_words(expected)
}

/// Takes a query that ends with the token before index `end`.
///
/// # Errors
///
/// It is no query.
pub(super) fn query(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Query> {
    let start = cursor.index();
    match expression::data_statement(cursor, end)? {
        crate::query::DataStatement::Query(query) => Ok(query),
        _ => {
            cursor.seek(start);
            Err(cursor.error("a query"))
        }
    }
}
