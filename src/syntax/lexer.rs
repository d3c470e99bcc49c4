//! The lexer: bytes to tokens, by PostgreSQL's own rules (`scan.l`) with `standard_conforming_strings` on.
//!
//! It never fails: what PostgreSQL would refuse is a token of kind `Invalid`. Between two tokens there is nothing but
//! white space and comments, so a script's tokens, its comments and its white space account for every byte.

use super::token::{Token, TokenKind};
use crate::source::Span;

/// Reads one token after another from a file.
pub struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// The brackets that are open.
    brackets: Vec<Bracket>,
}

/// What stands between brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bracket {
    /// The elements of `ARRAY[…]`.
    Array,
    /// A subscript or slice.
    Subscript,
}

/// What the lexer finds: a token, or a comment between tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lexeme {
    /// A token.
    Token(Token),
    /// `-- …` without its line end, or `/* … */`, with whether it is closed.
    Comment(Span, bool),
}

/// Returns the tokens of a part of a text; their places are offsets in the whole.
pub fn tokens_of(text: &str, span: Span) -> Vec<Token> {
    let mut lexer = Lexer::new(text.get(..span.end as usize).unwrap_or(text), span.start);
    let mut found = Vec::new();
    while let Some(lexeme) = lexer.next_lexeme() {
        if let Lexeme::Token(token) = lexeme {
            found.push(token);
        }
    }
    found
}

const fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

const fn is_word_part(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

const fn is_operator(byte: u8) -> bool {
    matches!(
        byte,
        b'~' | b'!'
            | b'@'
            | b'#'
            | b'^'
            | b'&'
            | b'|'
            | b'`'
            | b'?'
            | b'+'
            | b'-'
            | b'*'
            | b'/'
            | b'%'
            | b'<'
            | b'>'
            | b'='
    )
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

impl<'a> Lexer<'a> {
    /// Starts at byte `at` of the text; behind its end there is nothing.
    pub fn new(text: &'a str, at: u32) -> Self {
        Lexer { text, bytes: text.as_bytes(), at: (at as usize).min(text.len()), brackets: Vec::new() }
    }

    /// Returns where the next lexeme is looked for.
    pub fn offset(&self) -> u32 {
        self.at as u32
    }

    /// Goes on at another place.
    pub fn seek(&mut self, at: u32) {
        self.at = at as usize;
    }

    /// Returns the next token or comment, or `None` at the end.
    pub fn next_lexeme(&mut self) -> Option<Lexeme> {
        while self.peek(0).is_some_and(is_space) {
            self.at += 1;
        }
        // A byte order mark is white space to us: PostgreSQL's tools strip it at the start, editors leave it in joined files.
        if self.peek(0) == Some(0xef) && self.text[self.at..].starts_with('\u{feff}') {
            self.at += 3;
            return self.next_lexeme();
        }
        let start = self.at;
        let byte = self.peek(0)?;
        if byte == b'-' && self.peek(1) == Some(b'-') {
            self.skip_line();
            return Some(Lexeme::Comment(self.span(start), true));
        }
        if byte == b'/' && self.peek(1) == Some(b'*') {
            let closed = self.skip_block_comment();
            return Some(Lexeme::Comment(self.span(start), closed));
        }
        let kind = self.token(byte);
        Some(Lexeme::Token(Token { kind, span: self.span(start) }))
    }

    fn span(&self, start: usize) -> Span {
        Span::new(start as u32, self.at as u32)
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn skip_line(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|&b| b == b'\n' || b == b'\r').unwrap_or(rest.len());
    }

    fn skip_block_comment(&mut self) -> bool {
        let mut depth = 0;
        while let Some(byte) = self.peek(0) {
            match (byte, self.peek(1)) {
                (b'/', Some(b'*')) => depth += 1,
                (b'*', Some(b'/')) => depth -= 1,
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            self.at += 2;
            if depth == 0 {
                return true;
            }
        }
        false
    }

    fn token(&mut self, byte: u8) -> TokenKind {
        match byte {
            b'\'' => self.quoted(0, TokenKind::String),
            b'"' => self.delimited(0, TokenKind::QuotedIdent),
            b'$' => self.dollar(),
            b':' => self.colon(),
            b'.' if self.peek(1).is_some_and(|b| b.is_ascii_digit()) => self.number(),
            b'.' if self.peek(1) == Some(b'.') => self.take(2, TokenKind::DotDot),
            b'.' => self.take(1, TokenKind::Dot),
            b',' => self.take(1, TokenKind::Comma),
            b';' => self.take(1, TokenKind::Semicolon),
            b'(' => self.take(1, TokenKind::LeftParen),
            b')' => self.take(1, TokenKind::RightParen),
            b'[' => {
                self.brackets.push(self.bracket());
                self.take(1, TokenKind::LeftBracket)
            }
            b']' => {
                self.brackets.pop();
                self.take(1, TokenKind::RightBracket)
            }
            b'{' => self.braces(),
            // `<%` alone is an operator of pg_trgm.
            b'<' if self.bytes[self.at..].starts_with(b"<%=") => self.template("%>"),
            b'0'..=b'9' => self.number(),
            _ if is_operator(byte) => self.operator(),
            _ if is_word_start(byte) => self.word(byte),
            _ => self.take(1, TokenKind::Invalid),
        }
    }

    fn take(&mut self, bytes: usize, kind: TokenKind) -> TokenKind {
        self.at += bytes;
        kind
    }

    fn word(&mut self, first: u8) -> TokenKind {
        match (first, self.peek(1), self.peek(2)) {
            (b'e' | b'E', Some(b'\''), _) => return self.quoted(1, TokenKind::EscapeString),
            (b'n' | b'N', Some(b'\''), _) => return self.quoted(1, TokenKind::NationalString),
            (b'b' | b'B', Some(b'\''), _) => return self.quoted(1, TokenKind::BitString),
            (b'x' | b'X', Some(b'\''), _) => return self.quoted(1, TokenKind::HexString),
            (b'u' | b'U', Some(b'&'), Some(b'\'')) => return self.quoted(2, TokenKind::UnicodeString),
            (b'u' | b'U', Some(b'&'), Some(b'"')) => return self.delimited(2, TokenKind::UnicodeIdent),
            _ => {}
        }
        while self.peek(0).is_some_and(is_word_part) {
            self.at += 1;
        }
        TokenKind::Word
    }

    /// A string; when only white space with a line break separates it from another quote, that piece belongs to it.
    fn quoted(&mut self, prefix: usize, kind: TokenKind) -> TokenKind {
        self.at += prefix + 1;
        let escapes = kind == TokenKind::EscapeString;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            match byte {
                b'\\' if escapes => self.at = (self.at + 1).min(self.bytes.len()),
                b'\'' if self.peek(0) == Some(b'\'') => self.at += 1,
                b'\'' => match self.continuation() {
                    Some(next) => self.at = next,
                    None => return kind,
                },
                _ => {}
            }
        }
        self.align();
        TokenKind::Invalid
    }

    /// Finds where a continued string goes on, behind its opening quote.
    fn continuation(&self) -> Option<usize> {
        let mut at = self.at;
        let mut newline = false;
        loop {
            match self.bytes.get(at)? {
                b'\n' | b'\r' => newline = true,
                byte if is_space(*byte) => {}
                // A line comment may stand between the pieces; the line break that ends it counts.
                b'-' if self.bytes.get(at + 1) == Some(&b'-') => {
                    let rest = self.bytes.get(at..)?;
                    at += rest.iter().position(|&b| b == b'\n' || b == b'\r')?;
                    continue;
                }
                b'\'' if newline => return Some(at + 1),
                _ => return None,
            }
            at += 1;
        }
    }

    fn delimited(&mut self, prefix: usize, kind: TokenKind) -> TokenKind {
        self.at += prefix + 1;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            if byte == b'"' {
                if self.peek(0) != Some(b'"') {
                    return kind;
                }
                self.at += 1;
            }
        }
        TokenKind::Invalid
    }

    fn dollar(&mut self) -> TokenKind {
        if self.peek(1).is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
            while self.peek(0).is_some_and(|b| b.is_ascii_digit()) {
                self.at += 1;
            }
            return TokenKind::Parameter;
        }
        if self.peek(1) == Some(b'{') {
            return self.template("}");
        }
        let rest = &self.bytes[self.at + 1..];
        let tag = rest.iter().position(|&b| !is_word_part(b) || b == b'$').unwrap_or(rest.len());
        let valid = rest.get(tag) == Some(&b'$') && (tag == 0 || is_word_start(rest[0]));
        if !valid {
            return self.take(1, TokenKind::Invalid);
        }
        let delimiter = &self.text[self.at..self.at + tag + 2];
        self.at += delimiter.len();
        match self.text[self.at..].find(delimiter) {
            Some(end) => self.take(end + delimiter.len(), TokenKind::DollarString),
            None => {
                self.at = self.bytes.len();
                TokenKind::Invalid
            }
        }
    }

    /// Says what the bracket that begins here holds.
    fn bracket(&self) -> Bracket {
        let before = self.text[..self.at].trim_end();
        let is_element = before.ends_with(['[', ',']) && self.brackets.last() == Some(&Bracket::Array);
        let word = before.len() - before.bytes().rev().take_while(|b| is_word_part(*b)).count();
        if is_element || before[word..].eq_ignore_ascii_case("array") { Bracket::Array } else { Bracket::Subscript }
    }

    fn colon(&mut self) -> TokenKind {
        match self.peek(1) {
            Some(b':') => self.take(2, TokenKind::DoubleColon),
            Some(b'=') => self.take(2, TokenKind::ColonEquals),
            Some(quote @ (b'\'' | b'"')) => self.psql_quoted(quote),
            // In a subscript a colon is a slice: `a[low:high]`.
            _ if self.brackets.last() == Some(&Bracket::Subscript) => self.take(1, TokenKind::Colon),
            Some(b'{') => self.template_as("}", TokenKind::PsqlVariable),
            Some(byte) if is_word_start(byte) => {
                self.at += 1;
                while self.peek(0).is_some_and(|b| is_word_part(b) && b != b'$') {
                    self.at += 1;
                }
                TokenKind::PsqlVariable
            }
            _ => self.take(1, TokenKind::Colon),
        }
    }

    /// `:'name'`: psql takes it for a variable only when a name stands between the quotes.
    fn psql_quoted(&mut self, quote: u8) -> TokenKind {
        let rest = &self.bytes[self.at + 2..];
        let length = rest.iter().position(|&b| !is_word_part(b) || b == b'$').unwrap_or(rest.len());
        // No bound of a slice is a word.
        let is_slice =
            self.brackets.last() == Some(&Bracket::Subscript) && rest.first().is_some_and(u8::is_ascii_digit);
        if length > 0 && rest.get(length) == Some(&quote) && !is_slice {
            return self.take(length + 3, TokenKind::PsqlVariable);
        }
        self.take(1, TokenKind::Colon)
    }

    fn braces(&mut self) -> TokenKind {
        match self.peek(1) {
            Some(b'{') => self.template("}}"),
            Some(b'%') => self.template("%}"),
            Some(b'#') => self.template("#}"),
            _ => self.take(1, TokenKind::Invalid),
        }
    }

    fn template(&mut self, end: &str) -> TokenKind {
        self.template_as(end, TokenKind::Template)
    }

    fn template_as(&mut self, end: &str, kind: TokenKind) -> TokenKind {
        match self.text[self.at..].find(end) {
            Some(at) => self.take(at + end.len(), kind),
            None => self.take(1, TokenKind::Invalid),
        }
    }

    fn number(&mut self) -> TokenKind {
        let radix_digit = |byte: u8, radix: u8| byte == b'_' || char::from(byte).is_digit(u32::from(radix));
        let radix = match (self.peek(0), self.peek(1)) {
            (Some(b'0'), Some(b'x' | b'X')) => Some(16),
            (Some(b'0'), Some(b'o' | b'O')) => Some(8),
            (Some(b'0'), Some(b'b' | b'B')) => Some(2),
            _ => None,
        };
        if let Some(radix) = radix.filter(|&radix| self.peek(2).is_some_and(|b| radix_digit(b, radix))) {
            self.at += 2;
            while self.peek(0).is_some_and(|b| radix_digit(b, radix)) {
                self.at += 1;
            }
        } else {
            self.decimal();
        }
        // PostgreSQL 15 and later refuse a word that is glued to a number; before, `1a` was `1 AS a`.
        if self.peek(0).is_some_and(is_word_start) {
            while self.peek(0).is_some_and(is_word_part) {
                self.at += 1;
            }
            return TokenKind::Invalid;
        }
        TokenKind::Number
    }

    fn decimal(&mut self) {
        self.digits();
        // `1..10` is a range of PL/pgSQL, not a number with a point.
        if self.peek(0) == Some(b'.') && self.peek(1) != Some(b'.') {
            self.at += 1;
            self.digits();
        }
        if matches!(self.peek(0), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.peek(1), Some(b'+' | b'-')));
            if self.peek(1 + sign).is_some_and(|b| b.is_ascii_digit()) {
                self.at += 1 + sign;
                self.digits();
            }
        }
    }

    fn digits(&mut self) {
        while self.peek(0).is_some_and(|b| b.is_ascii_digit() || b == b'_') {
            self.at += 1;
        }
    }

    /// An operator ends before a comment; and, unless it has one of `~ ! @ # ^ & | ? %` or a backquote, it does not end
    /// in `+` or `-`.
    fn operator(&mut self) -> TokenKind {
        let rest = &self.bytes[self.at..];
        let mut length = rest.iter().position(|&b| !is_operator(b)).unwrap_or(rest.len());
        for at in 0..length {
            let comment = matches!(rest.get(at..at + 2), Some(b"--" | b"/*"));
            if comment {
                length = at;
                break;
            }
        }
        let unusual = |b: &u8| matches!(b, b'~' | b'!' | b'@' | b'#' | b'^' | b'&' | b'|' | b'`' | b'?' | b'%');
        if !rest[..length].iter().any(unusual) {
            while length > 1 && matches!(rest[length - 1], b'+' | b'-') {
                length -= 1;
            }
        }
        self.take(length, TokenKind::Operator)
    }

    /// Moves to the next character boundary: an unterminated escape may have stopped inside one.
    fn align(&mut self) {
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<&str> {
        let mut lexer = Lexer::new(text, 0);
        let mut found = Vec::new();
        while let Some(lexeme) = lexer.next_lexeme() {
            if let Lexeme::Token(token) = lexeme {
                found.push(&text[token.span.range()]);
            }
        }
        found
    }

    #[test]
    fn operators_end_where_the_server_ends_them() {
        assert_eq!(tokens("a>=-1"), ["a", ">=", "-", "1"]);
        assert_eq!(tokens("a=@b"), ["a", "=@", "b"]);
        assert_eq!(tokens("a@-1"), ["a", "@-", "1"]);
        assert_eq!(tokens("a<>/*c*/1"), ["a", "<>", "1"]);
        assert_eq!(tokens("a- -1"), ["a", "-", "-", "1"]);
    }

    #[test]
    fn quoting_forms() {
        assert_eq!(tokens("'a' 'b'"), ["'a'", "'b'"]);
        assert_eq!(tokens("'a' -- it's\n 'b'"), ["'a' -- it's\n 'b'"]);
        assert_eq!(tokens("'a'\n 'b'"), ["'a'\n 'b'"]);
        assert_eq!(tokens("E'\\'' U&\"a\"\"b\" $x$ $y$ $x$ $1"), ["E'\\''", "U&\"a\"\"b\"", "$x$ $y$ $x$", "$1"]);
        assert_eq!(tokens("a$b /* /* */ ; */ c"), ["a$b", "c"]);
    }

    #[test]
    fn psql_variables_and_slices() {
        assert_eq!(tokens("id = :'tenant_id'::uuid"), ["id", "=", ":'tenant_id'", "::", "uuid"]);
        assert_eq!(tokens("a[x:y] :x"), ["a", "[", "x", ":", "y", "]", ":x"]);
        assert_eq!(tokens("ARRAY[:x, :'y']"), ["ARRAY", "[", ":x", ",", ":'y'", "]"]);
        assert_eq!(tokens("array[[1, :x], a[1:x]]").join(" "), "array [ [ 1 , :x ] , a [ 1 : x ] ]");
        assert_eq!(tokens("a[:'x'] a[:'2']").join(" "), "a [ :'x' ] a [ : '2' ]");
    }
}
