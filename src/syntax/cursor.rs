//! A cursor over the tokens of one statement: what every hand-written statement parser is built from.

use super::token::{self, Token, TokenKind};
use crate::pg::keyword::{Category, Folded};
use crate::pg::{Ident, Name, Parts};
use crate::source::Span;

/// Why a statement cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The token that does not fit; empty and behind the last token at the end.
    pub span: Span,
    /// What was expected or is not understood.
    pub message: String,
}

/// The result of a parser.
pub type Parsed<T> = Result<T, SyntaxError>;

/// What becomes of the constants in VALUES.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Constants {
    Kept,
    LeftOut,
}

/// A position in the tokens of one statement.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    /// The text of the whole file; spans are offsets in it.
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    constants: Constants,
}

impl<'a> Cursor<'a> {
    /// Starts at the first of the tokens.
    pub fn new(text: &'a str, tokens: &'a [Token]) -> Self {
        Cursor { text, tokens, at: 0, constants: Constants::Kept }
    }

    /// Lets the constants in VALUES be left out: nobody asks what rows are given.
    #[must_use]
    pub fn without_constants(self) -> Self {
        Cursor { constants: Constants::LeftOut, ..self }
    }

    /// Says whether the constants in VALUES are left out.
    pub fn leaves_out_constants(&self) -> bool {
        self.constants == Constants::LeftOut
    }

    /// Returns the file's text.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Returns the index of the next token.
    pub fn index(&self) -> usize {
        self.at
    }

    /// Goes to the token with this index.
    pub fn seek(&mut self, index: usize) {
        self.at = index.min(self.tokens.len());
    }

    /// Returns the tokens from index `start` to `end`.
    pub fn tokens(&self, start: usize, end: usize) -> &'a [Token] {
        self.tokens.get(start..end.min(self.tokens.len())).unwrap_or(&[])
    }

    /// Says whether no token is left.
    pub fn at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// Returns the token `ahead` of the next one.
    pub fn peek(&self, ahead: usize) -> Option<Token> {
        self.tokens.get(self.at + ahead).copied()
    }

    /// Returns the text of the token `ahead` of the next one; empty at the end.
    pub fn peek_text(&self, ahead: usize) -> &'a str {
        self.peek(ahead).map_or("", |token| self.slice(token.span))
    }

    /// Returns the text of a span.
    pub fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// Takes the next token.
    ///
    /// # Errors
    ///
    /// The end of the statement.
    pub fn advance(&mut self) -> Parsed<Token> {
        let token = self.peek(0).ok_or_else(|| self.error("more"))?;
        self.at += 1;
        Ok(token)
    }

    /// Returns the place of the next token, or the empty place behind the last.
    pub fn here(&self) -> Span {
        match (self.peek(0), self.tokens.last()) {
            (Some(token), _) => token.span,
            (None, Some(last)) => Span::new(last.span.end, last.span.end),
            (None, None) => Span::default(),
        }
    }

    /// Returns the span from the token with index `start` to the last one taken.
    pub fn span_from(&self, start: usize) -> Span {
        match (self.tokens.get(start), self.at.checked_sub(1).and_then(|at| self.tokens.get(at))) {
            (Some(first), Some(last)) if start < self.at => Span::new(first.span.start, last.span.end),
            _ => Span::new(self.here().start, self.here().start),
        }
    }

    /// Makes the error that something else was expected here.
    pub fn error(&self, expected: &str) -> SyntaxError {
        let found = match self.peek(0) {
            Some(token) => format!("`{}`", clipped(self.slice(token.span))),
            None => "the end of the statement".into(),
        };
        SyntaxError { span: self.here(), message: format!("expected {expected}, found {found}") }
    }

    /// Says whether the token `ahead` is this unquoted word; `word` is in any case.
    pub fn is_word_at(&self, ahead: usize, word: &str) -> bool {
        self.peek(ahead)
            .is_some_and(|token| token.kind == TokenKind::Word && self.slice(token.span).eq_ignore_ascii_case(word))
    }

    /// Says whether the next token is this unquoted word.
    pub fn is_word(&self, word: &str) -> bool {
        self.is_word_at(0, word)
    }

    /// Says whether these unquoted words come next.
    pub fn is_words(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(ahead, word)| self.is_word_at(ahead, word))
    }

    /// Takes the next token when it is this unquoted word.
    pub fn eat(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    /// Takes these unquoted words when all of them come next.
    pub fn eat_words(&mut self, words: &[&str]) -> bool {
        let found = self.is_words(words);
        self.at += if found { words.len() } else { 0 };
        found
    }

    /// Takes the first of these words that comes next and returns it.
    pub fn eat_one_of<'w>(&mut self, words: &[&'w str]) -> Option<&'w str> {
        let found = words.iter().find(|word| self.is_word(word))?;
        self.at += 1;
        Some(found)
    }

    /// Takes this unquoted word.
    ///
    /// # Errors
    ///
    /// Another token comes next.
    pub fn expect(&mut self, word: &str) -> Parsed<()> {
        if self.eat(word) { Ok(()) } else { Err(self.error(&word.to_ascii_uppercase())) }
    }

    /// Takes these unquoted words.
    ///
    /// # Errors
    ///
    /// Another token comes next.
    pub fn expect_words(&mut self, words: &[&str]) -> Parsed<()> {
        words.iter().try_for_each(|word| self.expect(word))
    }

    /// Says whether the next token is of this kind.
    pub fn is(&self, kind: TokenKind) -> bool {
        self.peek(0).is_some_and(|token| token.kind == kind)
    }

    /// Takes the next token when it is of this kind.
    pub fn eat_kind(&mut self, kind: TokenKind) -> bool {
        let found = self.is(kind);
        self.at += usize::from(found);
        found
    }

    /// Takes a token of this kind.
    ///
    /// # Errors
    ///
    /// Another token comes next.
    pub fn expect_kind(&mut self, kind: TokenKind) -> Parsed<Token> {
        if self.is(kind) { self.advance() } else { Err(self.error(in_words(kind))) }
    }

    /// Says whether the next token is this operator.
    pub fn is_operator(&self, symbol: &str) -> bool {
        self.is(TokenKind::Operator) && self.peek_text(0) == symbol
    }

    /// Takes the next token when it is this operator.
    pub fn eat_operator(&mut self, symbol: &str) -> bool {
        let found = self.is_operator(symbol);
        self.at += usize::from(found);
        found
    }

    /// Takes `IF EXISTS`.
    pub fn eat_if_exists(&mut self) -> bool {
        self.eat_words(&["if", "exists"])
    }

    /// Takes `IF NOT EXISTS`.
    pub fn eat_if_not_exists(&mut self) -> bool {
        self.eat_words(&["if", "not", "exists"])
    }

    fn category_at(&self, ahead: usize) -> Option<Category> {
        Folded::new(self.peek_text(ahead)).category()
    }

    /// Says whether a placeholder comes next that can only be a name: one that qualifies another, `{{ schema }}.orders`.
    pub fn is_placeholder_name(&self) -> bool {
        let raw = match self.peek(0).map(|token| token.kind) {
            Some(TokenKind::Template) => true,
            Some(TokenKind::PsqlVariable) => !self.peek_text(0).contains(['\'', '{']),
            _ => false,
        };
        raw && self.peek(1).is_some_and(|token| token.kind == TokenKind::Dot)
    }

    /// Says whether the next token may be a name of this sort.
    pub fn is_name(&self, sort: NameSort) -> bool {
        match self.peek(0).map(|token| token.kind) {
            Some(TokenKind::QuotedIdent | TokenKind::UnicodeIdent) => true,
            Some(TokenKind::Template | TokenKind::PsqlVariable) => self.is_placeholder_name(),
            Some(TokenKind::Word) => match self.category_at(0) {
                None | Some(Category::Unreserved) => true,
                Some(Category::ColumnName) => matches!(sort, NameSort::Column | NameSort::Label),
                Some(Category::TypeOrFunction) => matches!(sort, NameSort::Function | NameSort::Label),
                Some(Category::Reserved) => sort == NameSort::Label,
            },
            _ => false,
        }
    }

    /// Takes a name of this sort.
    ///
    /// # Errors
    ///
    /// Another token, or a key word that may not be such a name.
    pub fn name_of(&mut self, sort: NameSort) -> Parsed<Ident> {
        if !self.is_name(sort) {
            return Err(self.error("a name"));
        }
        let token = self.advance()?;
        let text = self.slice(token.span);
        token::ident(token.kind, text).map_err(|message| SyntaxError { span: token.span, message: message.into() })
    }

    /// Takes the name of a column, table or other object.
    ///
    /// # Errors
    ///
    /// Another token, or a reserved word.
    pub fn ident(&mut self) -> Parsed<Ident> {
        self.name_of(NameSort::Column)
    }

    /// Takes a qualified name of a relation or the like: `a`, `a.b`, `a.b.c`.
    ///
    /// # Errors
    ///
    /// Another token, or a reserved word.
    pub fn name(&mut self) -> Parsed<Name> {
        self.qualified(NameSort::Column)
    }

    /// Takes a qualified name whose only part is of this sort; when it is qualified, the first part may be a column
    /// name and the others any label, as in PostgreSQL's grammar.
    ///
    /// # Errors
    ///
    /// Another token, or a reserved word.
    pub fn qualified(&mut self, sort: NameSort) -> Parsed<Name> {
        let start = self.at;
        let dotted = self.peek(1).is_some_and(|token| token.kind == TokenKind::Dot);
        let mut parts: Parts = std::iter::once(self.name_of(if dotted { NameSort::Column } else { sort })?).collect();
        while self.is(TokenKind::Dot) {
            self.at += 1;
            parts.push(self.name_of(NameSort::Label)?);
        }
        Ok(Name { parts, span: self.span_from(start) })
    }

    /// Takes a string literal of any quoting form and returns its value.
    ///
    /// # Errors
    ///
    /// Another token, or a bad escape.
    pub fn string(&mut self) -> Parsed<String> {
        use TokenKind as K;
        let kind = self.peek(0).map(|token| token.kind);
        if !matches!(kind, Some(K::String | K::EscapeString | K::UnicodeString | K::DollarString)) {
            return Err(self.error("a string"));
        }
        let token = self.advance()?;
        let value = token::string(token.kind, self.slice(token.span));
        value.map(Into::into).map_err(|message| SyntaxError { span: token.span, message: message.into() })
    }

    /// Takes an integer, with a sign when one is written.
    ///
    /// # Errors
    ///
    /// Another token, or a number that is too large.
    pub fn integer(&mut self) -> Parsed<i64> {
        let start = self.at;
        let negative = self.eat_operator("-");
        if !negative {
            self.eat_operator("+");
        }
        let digits = self.peek_text(0).replace('_', "");
        // Wider than the result: the magnitude of the smallest integer is larger than the largest integer.
        let value = magnitude(&digits).map(|value| if negative { -value } else { value });
        match value.and_then(|value| i64::try_from(value).ok()) {
            Some(value) if self.is(TokenKind::Number) => {
                self.at += 1;
                Ok(value)
            }
            _ => {
                self.at = start;
                Err(self.error("an integer"))
            }
        }
    }

    /// Returns the index behind the parenthesis that closes the one at index `open`.
    ///
    /// # Errors
    ///
    /// It is never closed.
    pub fn matching(&self, open: usize) -> Parsed<usize> {
        let mut depth = 0u32;
        for (at, token) in self.tokens.iter().enumerate().skip(open) {
            match token.kind {
                TokenKind::LeftParen | TokenKind::LeftBracket => depth += 1,
                TokenKind::RightParen | TokenKind::RightBracket => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return Ok(at + 1);
            }
        }
        Err(self.error("a closing parenthesis"))
    }

    /// Takes a list in parentheses, each item read by `item`.
    ///
    /// # Errors
    ///
    /// A missing parenthesis, or what `item` refuses.
    pub fn parenthesised<T>(&mut self, item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.expect_kind(TokenKind::LeftParen)?;
        let items = self.list(item)?;
        self.expect_kind(TokenKind::RightParen)?;
        Ok(items)
    }

    /// Takes one or more items with commas between.
    ///
    /// # Errors
    ///
    /// What `item` refuses.
    pub fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.eat_kind(TokenKind::Comma) {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// Checks that every token was taken.
    ///
    /// # Errors
    ///
    /// A token is left.
    pub fn finish(&self) -> Parsed<()> {
        if self.at_end() { Ok(()) } else { Err(self.error("the end of the statement")) }
    }
}

/// Which key words a name may be; the grammar's ColId, type_function_name and ColLabel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameSort {
    /// Columns, tables and most other objects.
    Column,
    /// Functions and types.
    Function,
    /// Behind `AS` or a dot: any word.
    Label,
}

/// The value of a number token that is an integer of any base.
fn magnitude(digits: &str) -> Option<i128> {
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        _ => (10, lower.as_str()),
    };
    i128::from_str_radix(digits, radix).ok()
}

/// The first bytes of a long token, for a message.
fn clipped(text: &str) -> &str {
    let line = text.lines().next().unwrap_or("");
    let end = (0..=line.len().min(40)).rev().find(|&at| line.is_char_boundary(at)).unwrap_or(0);
    &line[..end]
}

fn in_words(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::LeftParen => "`(`",
        TokenKind::RightParen => "`)`",
        TokenKind::LeftBracket => "`[`",
        TokenKind::RightBracket => "`]`",
        TokenKind::Comma => "`,`",
        TokenKind::Dot => "`.`",
        TokenKind::Number => "a number",
        TokenKind::Operator => "an operator",
        TokenKind::DoubleColon => "`::`",
        _ => "another token",
    }
}
