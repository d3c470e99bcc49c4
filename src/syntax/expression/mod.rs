//! Expressions: the only door to sqlparser.
//!
//! sqlparser's Pratt parser does the operators, calls, CASE and rows, under a dialect that has PostgreSQL's precedence
//! table and no other dialect's words. What it has no node for or reads differently (queries, types, windows, the
//! standard's own call syntax) is read by our parsers first and stands in its token stream as one placeholder: an
//! *island*. What comes back is lowered to our model by exhaustive matches.

mod call;
mod convert;
mod dialect;
mod direct;
mod islands;
mod lower;

use sqlparser::parser::Parser;

use self::convert::Converted;
use self::dialect::PgDialect;
use super::cursor::{Cursor, Parsed, SyntaxError};
use super::token::TokenKind;
use crate::query::Expr;
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
    match direct::read(cursor, end) {
        Some(found) => Ok(found),
        None => by_sqlparser(cursor, end),
    }
}

fn by_sqlparser(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Expr> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::script::Script;

    /// Ranges of tokens that are longer than this are made of shorter ones.
    const LONGEST: usize = 12;

    #[expect(clippy::disallowed_methods, reason = "the cases are files")]
    fn texts() -> Vec<String> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/syntax/data");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "sql"));
        files.map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    /// Whatever any run of tokens means, it means it to both readers, places included.
    #[test]
    fn what_is_read_directly_is_what_sqlparser_reads() {
        let mut compared = 0;
        for text in texts() {
            let script = Script::split(&text);
            for piece in &script.pieces {
                let cursor = Cursor::new(&text, script.tokens_of(piece));
                compared += compare(&cursor, piece.tokens.len());
            }
        }
        assert!(compared > 1_000, "only {compared} runs of tokens were read");
    }

    fn compare(cursor: &Cursor<'_>, tokens: usize) -> usize {
        let mut compared = 0;
        for (start, end) in
            (0..tokens).flat_map(|start| (start + 1..=tokens.min(start + LONGEST)).map(move |end| (start, end)))
        {
            let (mut direct, mut other) = (cursor.clone(), cursor.clone());
            direct.seek(start);
            other.seek(start);
            if let Some(found) = direct::read(&mut direct, end) {
                let text = cursor.slice(direct.span_from(start));
                assert_eq!(by_sqlparser(&mut other, end).as_ref(), Ok(&found), "{text}");
                assert_eq!(other.index(), end, "{text}");
                compared += 1;
            }
        }
        compared
    }
}
