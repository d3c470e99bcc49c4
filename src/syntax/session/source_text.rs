//! Program text in string literals.

use crate::source::Span;
use crate::statement::session::source_text::{Quoting, SourceText};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::token::TokenKind;

/// Takes a string literal and keeps where its content stands.
///
/// # Errors
///
/// Another token, or a bad escape.
pub fn source_text(cursor: &mut Cursor<'_>) -> Parsed<SourceText> {
    let Some(token) = cursor.peek(0) else { return Err(cursor.error("a string")) };
    let text = cursor.string()?;
    let span = content(cursor.slice(token.span), token.kind, token.span);
    let quoting = if cursor.slice(span) == text { Quoting::Verbatim } else { Quoting::Escaped };
    Ok(SourceText { text, span, quoting })
}

/// Returns the span between the quotes of a string token.
fn content(text: &str, kind: TokenKind, span: Span) -> Span {
    let (before, after) = match kind {
        TokenKind::DollarString => {
            let tag = text.get(1..).and_then(|rest| rest.find('$')).map_or(1, |at| at + 2);
            (tag, tag)
        }
        TokenKind::EscapeString => (2, 1),
        TokenKind::UnicodeString => (3, 1),
        _ => (1, 1),
    };
    Span::new(span.start + before as u32, span.end.saturating_sub(after as u32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::lexer::{Lexeme, Lexer};

    fn read(text: &str) -> SourceText {
        let mut lexer = Lexer::new(text, 0);
        let Some(Lexeme::Token(token)) = lexer.next_lexeme() else { panic!("no token in {text}") };
        source_text(&mut Cursor::new(text, &[token])).unwrap()
    }

    #[test]
    fn the_span_covers_the_content_alone() {
        for (text, content, quoting) in [
            ("$fn$ é $fn$", " é ", Quoting::Verbatim),
            ("'abc'", "abc", Quoting::Verbatim),
            ("'it''s'", "it''s", Quoting::Escaped),
            ("E'a\\nb'", "a\\nb", Quoting::Escaped),
        ] {
            let found = read(text);
            assert_eq!((&text[found.span.range()], found.quoting), (content, quoting));
        }
    }
}
