//! How deep a body nests, before any parser that recurses sees it.

use crate::source::Span;
use crate::syntax::cursor::{Parsed, SyntaxError};
use crate::syntax::lexer::{Lexeme, Lexer};
use crate::syntax::token::{Token, TokenKind};

/// How deep blocks, parentheses or comments may nest.
const MAX_NESTING: usize = 200;

/// Checks that nothing in the body nests too deeply.
///
/// # Errors
///
/// Something does.
pub(super) fn check(text: &str, span: Span) -> Parsed<()> {
    let mut lexer = Lexer::new(text.get(..span.end as usize).unwrap_or(text), span.start);
    let mut depth = Depth { text, parentheses: 0, blocks: 0, before: Before::Statement };
    while let Some(lexeme) = lexer.next_lexeme() {
        let (deepest, place) = match lexeme {
            Lexeme::Comment(place, _) => (comment_depth(text.get(place.range()).unwrap_or("")), place),
            Lexeme::Token(token) => (depth.token(token), token.span),
        };
        if deepest > MAX_NESTING {
            return Err(SyntaxError { span: place, message: format!("nested more than {MAX_NESTING} deep") });
        }
    }
    Ok(())
}

struct Depth<'a> {
    text: &'a str,
    parentheses: usize,
    /// Blocks, loops, IF and CASE that are open, as far as words alone say.
    blocks: usize,
    before: Before,
}

/// What stands before a word.
#[derive(PartialEq, Eq)]
enum Before {
    /// The end of a statement, or what opens a list of statements.
    Statement,
    /// `END`.
    End,
    Other,
}

impl Depth<'_> {
    fn token(&mut self, token: Token) -> usize {
        let word = self.text.get(token.span.range()).unwrap_or("");
        let is = |words: &[&str]| words.iter().any(|known| word.eq_ignore_ascii_case(known));
        match token.kind {
            TokenKind::LeftParen | TokenKind::LeftBracket => self.parentheses += 1,
            TokenKind::RightParen | TokenKind::RightBracket => self.parentheses = self.parentheses.saturating_sub(1),
            TokenKind::Word if is(&["end"]) => self.blocks = self.blocks.saturating_sub(1),
            // `END LOOP` closes; `IF` within a statement is that of IF EXISTS.
            TokenKind::Word if self.before == Before::End => {}
            TokenKind::Word if is(&["begin", "loop", "case"]) => self.blocks += 1,
            TokenKind::Word if is(&["if"]) && self.before == Before::Statement => self.blocks += 1,
            _ => {}
        }
        self.before = match token.kind {
            TokenKind::Semicolon => Before::Statement,
            TokenKind::Operator if word == ">>" => Before::Statement,
            TokenKind::Word if is(&["end"]) => Before::End,
            TokenKind::Word if is(&["begin", "then", "else", "loop"]) => Before::Statement,
            _ => Before::Other,
        };
        self.parentheses.max(self.blocks)
    }
}

fn comment_depth(comment: &str) -> usize {
    let (mut depth, mut deepest, mut rest) = (0usize, 0, comment.as_bytes());
    if !comment.starts_with("/*") {
        return 0;
    }
    while let [first, second, ..] = rest {
        let taken = match (first, second) {
            (b'/', b'*') => {
                depth += 1;
                2
            }
            (b'*', b'/') => {
                depth = depth.saturating_sub(1);
                2
            }
            _ => 1,
        };
        deepest = deepest.max(depth);
        rest = &rest[taken..];
    }
    deepest
}
