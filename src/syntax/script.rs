//! The splitter: a file as statements, psql commands, COPY data and markers, every byte accounted for.
//!
//! It follows psql's own rules for where a statement ends, and never loses the rest of a file: an unclosed quote or
//! parenthesis costs the statement that it stands in.

use std::ops::Range;

use super::lexer::{Lexeme, Lexer};
use super::marker::{self, Marker, Section};
use super::token::{Token, TokenKind};
use crate::source::Span;

/// How often an unclosed quote is recovered from; behind that the rest of the file is one unread statement.
const MAX_RECOVERIES: u32 = 100;

/// A file in pieces.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// All tokens of the statements, in order.
    pub tokens: Vec<Token>,
    /// The pieces in order; between them stand only white space, semicolons and comments.
    pub pieces: Vec<Piece>,
    /// All comments outside pieces' data, in order.
    pub comments: Vec<Span>,
}

/// A piece of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// From its first token to its last, the semicolon not included.
    pub span: Span,
    /// Its tokens as indexes in [`Script::tokens`].
    pub tokens: Range<usize>,
    /// The section of the file that it stands in.
    pub section: Section,
}

/// The kinds of piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceKind {
    /// An SQL statement.
    Statement,
    /// A statement in which a quote or comment is never closed.
    Unclosed,
    /// A psql command, from its backslash to the end of its line.
    MetaCommand,
    /// The data of a COPY … FROM STDIN, with the line `\.` that ends it.
    CopyData,
}

impl Script {
    /// Returns the tokens of a piece.
    pub fn tokens_of(&self, piece: &Piece) -> &[Token] {
        self.tokens.get(piece.tokens.clone()).unwrap_or(&[])
    }

    /// Splits the text of a file.
    pub fn split(text: &str) -> Script {
        let mut splitter = Splitter {
            text,
            lexer: Lexer::new(text, 0),
            script: Script::default(),
            section: Section::default(),
            first: 0,
            depth: 0,
            blocks: 0,
            words: 0,
            routine: false,
            balanced: true,
            recoveries: 0,
        };
        splitter.run();
        splitter.script
    }
}

struct Splitter<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    script: Script,
    section: Section,
    /// Index of the first token of the statement that is being read.
    first: usize,
    /// Open parentheses.
    depth: u32,
    /// Open BEGIN ATOMIC and CASE within it.
    blocks: u32,
    /// Words read of this statement, as far as they are counted.
    words: u32,
    /// The statement creates a function or procedure.
    routine: bool,
    /// Whether parentheses still hold statements together.
    balanced: bool,
    recoveries: u32,
}

impl Splitter<'_> {
    fn run(&mut self) {
        while let Some(lexeme) = self.lexer.next_lexeme() {
            match lexeme {
                Lexeme::Comment(span, closed) => self.comment(span, closed),
                Lexeme::Token(token) => self.token(token),
            }
        }
        if self.depth > 0 && self.balanced && self.split_unbalanced() {
            return self.run();
        }
        self.end_statement(PieceKind::Statement);
    }

    /// A parenthesis was never closed: the statement ends at its first semicolon, and from there on parentheses no
    /// longer hold anything together.
    fn split_unbalanced(&mut self) -> bool {
        let pending = self.script.tokens.get(self.first..).unwrap_or(&[]);
        let Some(at) = pending.iter().position(|token| token.kind == TokenKind::Semicolon) else { return false };
        let semicolon = pending[at].span;
        self.balanced = false;
        self.script.tokens.truncate(self.first + at);
        self.script.comments.retain(|comment| comment.start < semicolon.start);
        self.script.pieces.retain(|piece| piece.span.start < semicolon.start);
        self.end_statement(PieceKind::Statement);
        self.lexer.seek(semicolon.end);
        true
    }

    fn comment(&mut self, span: Span, closed: bool) {
        if !closed {
            return self.unclosed(span);
        }
        self.script.comments.push(span);
        let Some(marker) = marker::read(self.text.get(span.range()).unwrap_or("")) else { return };
        match marker {
            Marker::StatementBegin => {}
            Marker::StatementEnd => self.end_statement(PieceKind::Statement),
            Marker::Section(section) => {
                self.end_statement(PieceKind::Statement);
                self.section = section;
            }
            Marker::NoTransaction => self.section = self.section.without_transaction(),
        }
    }

    fn token(&mut self, token: Token) {
        match token.kind {
            TokenKind::Invalid => return self.invalid(token),
            TokenKind::LeftParen if self.balanced => self.depth += 1,
            TokenKind::RightParen => self.depth = self.depth.saturating_sub(1),
            TokenKind::Semicolon if self.depth == 0 && self.blocks == 0 => {
                let reads_data = self.copies_from_stdin();
                self.end_statement(PieceKind::Statement);
                if reads_data {
                    self.copy_data();
                }
                return;
            }
            TokenKind::Word => self.word(token),
            _ => {}
        }
        self.script.tokens.push(token);
    }

    /// Counts the blocks of a BEGIN ATOMIC body, as psql does.
    fn word(&mut self, token: Token) {
        let text = self.text.get(token.span.range()).unwrap_or("");
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        if self.words < 4 {
            let creates = match self.words {
                0 => is("create"),
                _ => self.routine || is("or") || is("replace") || is("function") || is("procedure"),
            };
            // `CREATE OR REPLACE FUNCTION`: the fourth word at the latest says what is created.
            self.words = if creates { self.words + 1 } else { 5 };
            self.routine |= is("function") || is("procedure");
        }
        if !self.routine || self.depth > 0 {
            return;
        }
        let opens = if self.blocks > 0 { is("case") } else { is("begin") && self.atomic_follows() };
        if opens {
            self.blocks += 1;
        } else if is("end") {
            self.blocks = self.blocks.saturating_sub(1);
        }
    }

    fn atomic_follows(&self) -> bool {
        let mut ahead = Lexer::new(self.text, self.lexer.offset());
        loop {
            match ahead.next_lexeme() {
                Some(Lexeme::Comment(..)) => {}
                Some(Lexeme::Token(token)) => {
                    return self.text.get(token.span.range()).is_some_and(|text| text.eq_ignore_ascii_case("atomic"));
                }
                None => return false,
            }
        }
    }

    fn invalid(&mut self, token: Token) {
        if self.text.as_bytes().get(token.span.start as usize) == Some(&b'\\') {
            return self.backslash(token);
        }
        let reaches_end = token.span.end as usize == self.text.len() && token.span.end - token.span.start > 1;
        if reaches_end { self.unclosed(token.span) } else { self.script.tokens.push(token) }
    }

    /// Something is opened and never closed: the statement is given up at the first semicolon that ends a line.
    fn unclosed(&mut self, span: Span) {
        let rest = self.text.get(span.range()).unwrap_or("");
        let end = rest.match_indices(';').map(|(at, _)| at).find(|&at| {
            let behind = rest.get(at + 1..).unwrap_or("").trim_start_matches([' ', '\t', '\r']);
            behind.is_empty() || behind.starts_with('\n')
        });
        self.recoveries += 1;
        let end = end.filter(|_| self.recoveries <= MAX_RECOVERIES).map(|at| span.start + at as u32);
        let stop = end.unwrap_or(span.end);
        self.script.tokens.push(Token { kind: TokenKind::Invalid, span: Span::new(span.start, stop) });
        self.end_statement(PieceKind::Unclosed);
        self.lexer.seek(end.map_or(span.end, |at| at + 1));
    }

    /// A psql command. `\;` ends a statement, as do `\g` and its kin; any other command may stand within one.
    fn backslash(&mut self, token: Token) {
        let start = token.span.start as usize;
        let rest = self.text.get(start..).unwrap_or("");
        if rest.starts_with("\\;") {
            self.end_statement(PieceKind::Statement);
            self.lexer.seek(token.span.start + 2);
            self.script.comments.push(Span::new(token.span.start, token.span.start + 2));
            return;
        }
        let line = rest.find(['\n', '\r']).map_or(rest, |end| rest.get(..end).unwrap_or(rest));
        let name: &str = line.get(1..).unwrap_or("").split([' ', '\t', '(']).next().unwrap_or("");
        if name.starts_with('g') || name == "crosstabview" || name == "watch" {
            self.end_statement(PieceKind::Statement);
        }
        let span = Span::new(token.span.start, token.span.start + line.trim_end().len() as u32);
        let at = self.script.tokens.len();
        let piece = Piece { kind: PieceKind::MetaCommand, span, tokens: at..at, section: self.section };
        self.script.pieces.push(piece);
        self.lexer.seek(span.end);
        let lower = line.to_ascii_lowercase();
        if name == "copy" && lower.contains("from") && lower.contains("stdin") {
            self.copy_data();
        }
    }

    fn copies_from_stdin(&self) -> bool {
        let pending = self.script.tokens.get(self.first..).unwrap_or(&[]);
        let is = |token: &Token, word: &str| {
            token.kind == TokenKind::Word
                && self.text.get(token.span.range()).is_some_and(|text| text.eq_ignore_ascii_case(word))
        };
        pending.first().is_some_and(|token| is(token, "copy"))
            && pending.windows(2).any(|pair| is(&pair[0], "from") && is(&pair[1], "stdin"))
    }

    /// Takes the lines up to `\.`; without that line there is no data unless something stands there.
    fn copy_data(&mut self) {
        let at = self.lexer.offset() as usize;
        let rest = self.text.get(at..).unwrap_or("");
        let Some(newline) = rest.find('\n') else { return };
        self.rest_of_line(at, at + newline);
        self.lexer.seek((at + newline) as u32);
        let start = at + newline + 1;
        let mut end = start;
        let mut closed = false;
        for line in self.text.get(start..).unwrap_or("").split_inclusive('\n') {
            end += line.len();
            if line.trim_end() == "\\." {
                closed = true;
                break;
            }
        }
        let data = self.text.get(start..end).unwrap_or("");
        if !closed && data.trim().is_empty() {
            return;
        }
        let span = Span::new(start as u32, (start + data.trim_end_matches(['\n', '\r']).len()) as u32);
        let at = self.script.tokens.len();
        let kind = if closed { PieceKind::CopyData } else { PieceKind::Unclosed };
        self.script.pieces.push(Piece { kind, span, tokens: at..at, section: self.section });
        self.lexer.seek(end as u32);
    }

    /// What stands between a COPY and its data: comments; psql would run anything else after the data, which tenet
    /// does not follow.
    fn rest_of_line(&mut self, start: usize, end: usize) {
        let mut line = Lexer::new(self.text.get(..end).unwrap_or(""), start as u32);
        while let Some(lexeme) = line.next_lexeme() {
            let span = match lexeme {
                Lexeme::Comment(span, true) => {
                    self.comment(span, true);
                    continue;
                }
                Lexeme::Comment(span, false) => span,
                Lexeme::Token(token) => token.span,
            };
            let rest = self.text.get(span.start as usize..end).unwrap_or("").trim_end();
            let span = Span::new(span.start, span.start + rest.len() as u32);
            self.script.tokens.push(Token { kind: TokenKind::Invalid, span });
            return self.end_statement(PieceKind::Unclosed);
        }
    }

    fn end_statement(&mut self, kind: PieceKind) {
        let tokens = self.first..self.script.tokens.len();
        if let (Some(first), Some(last)) = (self.script.tokens.get(tokens.start), self.script.tokens.last())
            && !tokens.is_empty()
        {
            let span = Span::new(first.span.start, last.span.end);
            self.script.pieces.push(Piece { kind, span, tokens: tokens.clone(), section: self.section });
        }
        self.first = tokens.end;
        self.depth = 0;
        self.blocks = 0;
        self.words = 0;
        self.routine = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(text: &str) -> Vec<&str> {
        let script = Script::split(text);
        let statements = script.pieces.iter().filter(|piece| matches!(piece.kind, PieceKind::Statement));
        statements.map(|piece| &text[piece.span.range()]).collect()
    }

    #[test]
    fn semicolons_within_are_no_ends() {
        assert_eq!(statements("SELECT ';'; SELECT $$;$$;"), ["SELECT ';'", "SELECT $$;$$"]);
        assert_eq!(statements("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3").len(), 2);
        let body =
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3";
        assert_eq!(statements(body).len(), 2);
    }

    #[test]
    fn copy_data_and_psql_commands_are_pieces() {
        let text = "COPY t FROM stdin;\n1\t;\n\\.\nSELECT 1 \\gexec\n\\set x 'a;b'\nSELECT 2";
        let script = Script::split(text);
        let kinds: Vec<PieceKind> = script.pieces.iter().map(|piece| piece.kind).collect();
        use PieceKind as P;
        assert_eq!(kinds, [P::Statement, P::CopyData, P::Statement, P::MetaCommand, P::MetaCommand, P::Statement]);
    }

    #[test]
    fn nothing_between_copy_and_its_data_is_lost() {
        let script = Script::split("COPY t FROM stdin; -- a\n1\n\\.\nCOPY t FROM stdin; DROP TABLE t; -- b\n2\n\\.\n");
        let kinds: Vec<PieceKind> = script.pieces.iter().map(|piece| piece.kind).collect();
        use PieceKind as P;
        assert_eq!(kinds, [P::Statement, P::CopyData, P::Statement, P::Unclosed, P::CopyData]);
        assert_eq!(script.comments.len(), 1);
        assert_eq!(Script::split("COPY t FROM stdin; -- a\n\n").comments.len(), 1);
    }

    #[test]
    fn what_is_never_closed_costs_one_statement() {
        assert_eq!(statements("SELECT (1;\nSELECT 2;\nSELECT 3;"), ["SELECT (1", "SELECT 2", "SELECT 3"]);
        assert_eq!(statements("SELECT 'a;\nSELECT 2;\nSELECT 3;"), ["SELECT 2", "SELECT 3"]);
        assert_eq!(statements("SELECT 1; /* never\nSELECT 2;\nSELECT 3;"), ["SELECT 1", "SELECT 3"]);
    }
}
