//! Small parsers that statements of all families share.

use super::cursor::{Cursor, NameSort, Parsed};
use super::expression;
use super::token::TokenKind;
use crate::pg::keyword::{Category, Folded};
use crate::pg::{Ident, Name};
use crate::query::Expr;
use crate::statement::words::{Behavior, Words};

/// Takes the first choice whose words come next.
pub fn one_of<W: Words>(cursor: &mut Cursor<'_>) -> Option<W> {
    let comes_next = |choice: &W| {
        let mut words = choice.words().split(' ').enumerate();
        words.all(|(ahead, word)| cursor.is_word_at(ahead, word))
    };
    let found = W::ALL.iter().copied().find(comes_next)?;
    cursor.seek(cursor.index() + found.words().split(' ').count());
    Some(found)
}

/// Takes one of the choices.
///
/// # Errors
///
/// None of them comes next; `expected` says what they are.
pub fn expect_one_of<W: Words>(cursor: &mut Cursor<'_>, expected: &str) -> Parsed<W> {
    one_of(cursor).ok_or_else(|| cursor.error(expected))
}

/// Takes `CASCADE`, `RESTRICT` or nothing.
pub fn behavior(cursor: &mut Cursor<'_>) -> Behavior {
    if cursor.eat("cascade") {
        return Behavior::Cascade;
    }
    cursor.eat("restrict");
    Behavior::Restrict
}

/// Takes a name that may be any word that is not reserved: of a role, a language, an option.
///
/// # Errors
///
/// Another token, or a reserved word.
pub fn non_reserved(cursor: &mut Cursor<'_>) -> Parsed<Ident> {
    if is_reserved(cursor) {
        return Err(cursor.error("a name"));
    }
    cursor.name_of(NameSort::Label)
}

/// Says whether the next token is a reserved word.
pub fn is_reserved(cursor: &Cursor<'_>) -> bool {
    cursor.is(TokenKind::Word) && Folded::new(cursor.peek_text(0)).category() == Some(Category::Reserved)
}

/// Says whether the next token is a string.
pub fn is_string(cursor: &Cursor<'_>) -> bool {
    use TokenKind as K;
    let kind = cursor.peek(0).map(|token| token.kind);
    matches!(kind, Some(K::String | K::EscapeString | K::UnicodeString | K::DollarString))
}

/// Takes a word that is not reserved or a string, and returns its text.
///
/// # Errors
///
/// Another token, or a bad escape.
pub fn word_or_string(cursor: &mut Cursor<'_>) -> Parsed<String> {
    if is_string(cursor) { cursor.string() } else { Ok(non_reserved(cursor)?.as_str().into()) }
}

/// Says whether a number with or without a sign comes next.
pub fn is_number(cursor: &Cursor<'_>) -> bool {
    let signed = cursor.is_operator("-") || cursor.is_operator("+");
    cursor.peek(usize::from(signed)).is_some_and(|token| token.kind == TokenKind::Number)
}

/// Takes a number and returns it as written, with its sign when it is negative.
///
/// # Errors
///
/// Another token.
pub fn number(cursor: &mut Cursor<'_>) -> Parsed<String> {
    if !is_number(cursor) {
        return Err(cursor.error("a number"));
    }
    let sign = if cursor.eat_operator("-") { "-" } else { "" };
    cursor.eat_operator("+");
    let token = cursor.advance()?;
    Ok(format!("{sign}{}", cursor.slice(token.span)))
}

/// Takes an integer that fits 32 bits.
///
/// # Errors
///
/// Another token, or a larger number.
pub fn small_integer(cursor: &mut Cursor<'_>) -> Parsed<i32> {
    let start = cursor.index();
    i32::try_from(cursor.integer()?).map_err(|_| {
        cursor.seek(start);
        cursor.error("an integer of 32 bits")
    })
}

/// Takes one or more unqualified names with commas between.
///
/// # Errors
///
/// Another token, or a reserved word.
pub fn idents(cursor: &mut Cursor<'_>) -> Parsed<Vec<Ident>> {
    cursor.list(Cursor::ident)
}

/// Takes one or more qualified names with commas between.
///
/// # Errors
///
/// Another token, or a reserved word.
pub fn names(cursor: &mut Cursor<'_>) -> Parsed<Vec<Name>> {
    cursor.list(Cursor::name)
}

/// Takes names in parentheses, or nothing.
///
/// # Errors
///
/// The parenthesis holds something else.
pub fn optional_columns(cursor: &mut Cursor<'_>) -> Parsed<Vec<Ident>> {
    if cursor.is(TokenKind::LeftParen) { cursor.parenthesised(Cursor::ident) } else { Ok(Vec::new()) }
}

/// Returns the index behind the last token.
pub fn end(cursor: &Cursor<'_>) -> usize {
    cursor.index() + cursor.tokens(cursor.index(), usize::MAX).len()
}

/// Returns the index of the next of these words outside parentheses, or that of the end.
pub fn index_of(cursor: &Cursor<'_>, words: &[&str]) -> usize {
    let is_end = |text: &str| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    scan(cursor, |kind, text| kind == TokenKind::Word && is_end(text))
}

/// Returns the index of the comma or the closing parenthesis that ends the item which starts here.
pub fn end_of_item(cursor: &Cursor<'_>) -> usize {
    scan(cursor, |kind, _| kind == TokenKind::Comma)
}

/// Returns the index of the semicolon that ends the part which starts here, or that of the end.
pub fn end_of_part(cursor: &Cursor<'_>) -> usize {
    scan(cursor, |kind, _| kind == TokenKind::Semicolon)
}

/// The index of the first token outside parentheses that `stops`, or closes a parenthesis that is open here.
fn scan(cursor: &Cursor<'_>, stops: impl Fn(TokenKind, &str) -> bool) -> usize {
    let start = cursor.index();
    let mut depth = 0u32;
    let tokens = cursor.tokens(start, usize::MAX);
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::LeftParen | TokenKind::LeftBracket => depth += 1,
            TokenKind::RightParen | TokenKind::RightBracket if depth == 0 => return start + at,
            TokenKind::RightParen | TokenKind::RightBracket => depth -= 1,
            kind if depth == 0 && stops(kind, cursor.slice(token.span)) => return start + at,
            _ => {}
        }
    }
    start + tokens.len()
}

/// Takes an expression that ends before a comma or a closing parenthesis.
///
/// # Errors
///
/// The tokens up to there are no expression.
pub fn item_expression(cursor: &mut Cursor<'_>) -> Parsed<Expr> {
    expression::expression(cursor, end_of_item(cursor))
}
