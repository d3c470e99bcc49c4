//! Where an expression or query without delimiters of its own ends.

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

/// The words of operators that an `a_expr` has and a `b_expr` does not.
const ONLY_IN_A_EXPR: &[&str] =
    &["and", "or", "in", "like", "ilike", "similar", "between", "isnull", "notnull", "overlaps", "at"];

/// Takes the value behind `DEFAULT` of a column or domain: a `b_expr`, so that constraints can follow without a comma.
///
/// # Errors
///
/// It is no expression.
pub(super) fn default_value(cursor: &mut Cursor<'_>) -> Parsed<Expr> {
    if cursor.is_word("not") {
        return Err(cursor.error("a value"));
    }
    let end = list_item_end(cursor, |cursor, ahead| {
        let is_one_of = |words: &[&str]| words.iter().any(|word| cursor.is_word_at(ahead, word));
        let ends = is_one_of(AFTER_DEFAULT) || is_one_of(ONLY_IN_A_EXPR) || is_test(cursor, ahead);
        ends && ahead > 0 && ends_operand(cursor, ahead - 1)
    });
    expression::expression(cursor, end)
}

/// Says whether the token `ahead` is the `IS` of a test that a `b_expr` cannot have, as `IS NULL`.
fn is_test(cursor: &Cursor<'_>, ahead: usize) -> bool {
    let negated = usize::from(cursor.is_word_at(ahead + 1, "not"));
    let is_allowed = ["distinct", "document"].iter().any(|word| cursor.is_word_at(ahead + 1 + negated, word));
    cursor.is_word_at(ahead, "is") && !is_allowed
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

/// The reserved words that are a value, or begin a call, by themselves.
const VALUES: &[&str] = &[
    "cast",
    "current_catalog",
    "current_date",
    "current_role",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
    "user",
];

/// Takes a call or another expression that closes itself, if one begins here: `lower(email)`, `CURRENT_DATE`.
///
/// # Errors
///
/// It is no expression.
pub(super) fn call(cursor: &mut Cursor<'_>) -> Parsed<Option<Expr>> {
    let start = cursor.index();
    let is_value = cursor.eat_one_of(VALUES).is_some();
    // `COLLATION FOR (x)` is the one call with words before its parenthesis.
    if !is_value && !cursor.eat_words(&["collation", "for"]) {
        names(cursor)?;
    }
    let is_call = cursor.is(TokenKind::LeftParen);
    let end = if is_call { cursor.matching(cursor.index())? } else { cursor.index() };
    cursor.seek(start);
    if is_call || is_value { expression::expression(cursor, end).map(Some) } else { Ok(None) }
}

fn names(cursor: &mut Cursor<'_>) -> Parsed<()> {
    words::non_reserved(cursor)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::lexer::{Lexeme, Lexer};
    use crate::syntax::token::Token;

    fn tokens(text: &str) -> Vec<Token> {
        let mut lexer = Lexer::new(text, 0);
        let lexemes = std::iter::from_fn(move || lexer.next_lexeme());
        lexemes.filter_map(|lexeme| if let Lexeme::Token(token) = lexeme { Some(token) } else { None }).collect()
    }

    fn rest_behind_default(text: &str) -> &str {
        let tokens = tokens(text);
        let mut cursor = Cursor::new(text, &tokens);
        default_value(&mut cursor).unwrap();
        &text[cursor.here().start as usize..]
    }

    #[test]
    fn a_default_ends_at_the_next_constraint() {
        assert_eq!(rest_behind_default("1 NOT NULL"), "NOT NULL");
        assert_eq!(rest_behind_default("NULL NULL"), "NULL");
        assert_eq!(rest_behind_default("1 + NULL CHECK (true)"), "CHECK (true)");
        assert_eq!(rest_behind_default("1 IS NOT DISTINCT FROM NULL NOT NULL"), "NOT NULL");
        assert_eq!(rest_behind_default("CASE WHEN a IS NOT NULL THEN 1 END UNIQUE"), "UNIQUE");
        assert_eq!(rest_behind_default("x.default COLLATE \"C\", b int"), "COLLATE \"C\", b int");
    }

    #[test]
    fn operators_that_need_parentheses_end_a_default_too() {
        assert_eq!(rest_behind_default("now() AT TIME ZONE 'utc'"), "AT TIME ZONE 'utc'");
        assert_eq!(rest_behind_default("a IS NULL"), "IS NULL");
        assert_eq!(rest_behind_default("a AND b"), "AND b");
    }
}
