//! Our tokens as sqlparser's, with islands in place of what sqlparser does not read as PostgreSQL does.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Span as ForeignSpan, Token as Foreign, TokenWithSpan, Word};

use super::islands::{self, Island, Islands};
use crate::pg::keyword::{self, Category, Folded};
use crate::source::Span;
use crate::syntax::cursor::{Cursor, Parsed, SyntaxError};
use crate::syntax::data;
use crate::syntax::token::{self, Token, TokenKind};
use crate::syntax::type_name::type_name;

/// The words that mean something to sqlparser's expression parser and to PostgreSQL alike. Every other word is a plain
/// identifier to it, so that no other dialect's syntax is read.
const KEYWORDS: &[(&str, Keyword)] = &[
    ("all", Keyword::ALL),
    ("and", Keyword::AND),
    ("any", Keyword::ANY),
    ("array", Keyword::ARRAY),
    ("asc", Keyword::ASC),
    ("at", Keyword::AT),
    ("between", Keyword::BETWEEN),
    ("by", Keyword::BY),
    ("case", Keyword::CASE),
    ("collate", Keyword::COLLATE),
    ("desc", Keyword::DESC),
    ("distinct", Keyword::DISTINCT),
    ("else", Keyword::ELSE),
    ("end", Keyword::END),
    ("escape", Keyword::ESCAPE),
    ("false", Keyword::FALSE),
    ("filter", Keyword::FILTER),
    ("first", Keyword::FIRST),
    ("from", Keyword::FROM),
    ("group", Keyword::GROUP),
    ("ilike", Keyword::ILIKE),
    ("in", Keyword::IN),
    ("is", Keyword::IS),
    ("last", Keyword::LAST),
    ("like", Keyword::LIKE),
    ("local", Keyword::LOCAL),
    ("not", Keyword::NOT),
    ("null", Keyword::NULL),
    ("nulls", Keyword::NULLS),
    ("or", Keyword::OR),
    ("order", Keyword::ORDER),
    ("over", Keyword::OVER),
    ("overlaps", Keyword::OVERLAPS),
    ("similar", Keyword::SIMILAR),
    ("some", Keyword::SOME),
    ("symmetric", Keyword::SYMMETRIC),
    ("then", Keyword::THEN),
    ("time", Keyword::TIME),
    ("to", Keyword::TO),
    ("true", Keyword::TRUE),
    ("unknown", Keyword::UNKNOWN),
    ("when", Keyword::WHEN),
    ("where", Keyword::WHERE),
    ("within", Keyword::WITHIN),
    ("zone", Keyword::ZONE),
];

/// Says whether a word in lower case means something to sqlparser, or to us in what we give it.
pub(super) fn means_something(lower: &str) -> bool {
    lower == "operator" || KEYWORDS.binary_search_by(|entry| entry.0.cmp(lower)).is_ok()
}

/// The token stream for sqlparser.
pub(super) struct Tokens {
    /// What sqlparser gets.
    pub(super) sqlparser: Vec<TokenWithSpan>,
    /// For each of those, the index of the token of ours where it starts.
    pub(super) origin: Vec<usize>,
}

/// Tokens and islands of one expression.
pub(super) struct Converted<'c, 'a> {
    cursor: &'c mut Cursor<'a>,
    end: usize,
    tokens: Tokens,
    islands: Islands,
    /// Whether an operand comes next: a type before a string is possible only there.
    operand: bool,
    open: Vec<Open>,
}

/// What an open parenthesis belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Cast,
    Other,
}

impl<'c, 'a> Converted<'c, 'a> {
    /// Converts the tokens from the cursor up to index `end`; it may stop at a token that ends every expression.
    pub(super) fn new(cursor: &'c mut Cursor<'a>, end: usize) -> Parsed<Self> {
        let start = cursor.index();
        within_limit(cursor, cursor.tokens(start, end))?;
        let capacity = end.saturating_sub(start);
        let tokens = Tokens { sqlparser: Vec::with_capacity(capacity), origin: Vec::with_capacity(capacity) };
        let mut converted =
            Converted { cursor, end, tokens, islands: Islands::default(), operand: true, open: Vec::new() };
        while converted.cursor.index() < end {
            converted.one()?;
        }
        converted.cursor.seek(start);
        Ok(converted)
    }

    /// Returns the tokens and the islands.
    pub(super) fn split(self) -> (Tokens, Islands) {
        (self.tokens, self.islands)
    }

    fn one(&mut self) -> Parsed<()> {
        let Some(token) = self.cursor.peek(0) else { return Err(self.cursor.error("an expression")) };
        match token.kind {
            TokenKind::Word => self.word(token),
            TokenKind::QuotedIdent | TokenKind::UnicodeIdent => self.quoted(token),
            TokenKind::Template | TokenKind::PsqlVariable if self.cursor.is_placeholder_name() => self.quoted(token),
            TokenKind::LeftParen => self.left_paren(token),
            TokenKind::RightParen => {
                self.open.pop();
                self.push(token, Foreign::RParen, Operand::Done)
            }
            TokenKind::DoubleColon => {
                self.push(token, Foreign::DoubleColon, Operand::Done)?;
                self.type_island()
            }
            TokenKind::Parameter | TokenKind::PsqlVariable => {
                let Some(parameter) = token::parameter(self.cursor.slice(token.span)) else {
                    return Err(self.cursor.error("a value"));
                };
                self.island(1, Island::expr(token.span, crate::query::ExprKind::Parameter(parameter)))
            }
            TokenKind::Template => Err(self.cursor.error("SQL instead of a template placeholder")),
            TokenKind::Invalid | TokenKind::Semicolon | TokenKind::DotDot => Err(self.cursor.error("an expression")),
            _ => self.symbol_or_literal(token),
        }
    }

    fn symbol_or_literal(&mut self, token: Token) -> Parsed<()> {
        let text = self.cursor.slice(token.span);
        let (foreign, operand) = match token.kind {
            TokenKind::Comma => (Foreign::Comma, Operand::Next),
            TokenKind::LeftBracket => (Foreign::LBracket, Operand::Next),
            TokenKind::RightBracket => (Foreign::RBracket, Operand::Done),
            TokenKind::Dot => (Foreign::Period, Operand::Next),
            TokenKind::Colon => (Foreign::Colon, Operand::Next),
            TokenKind::ColonEquals => (Foreign::Assignment, Operand::Next),
            TokenKind::Number => (Foreign::Number(text.to_string(), false), Operand::Done),
            TokenKind::Operator => (operator(text), Operand::Next),
            _ => return self.string(token),
        };
        self.push(token, foreign, operand)
    }

    fn string(&mut self, token: Token) -> Parsed<()> {
        let text = self.cursor.slice(token.span);
        let value = token::string(token.kind, text)
            .map_err(|message| SyntaxError { span: token.span, message: message.into() })?;
        match token.kind {
            TokenKind::BitString | TokenKind::HexString | TokenKind::NationalString => {
                let island = islands::prefixed_string(token, &value);
                self.island(1, island)
            }
            _ => self.push(token, Foreign::SingleQuotedString(value.into_owned()), Operand::Done),
        }
    }

    fn quoted(&mut self, token: Token) -> Parsed<()> {
        if self.typed_literal()? {
            return Ok(());
        }
        let text = self.cursor.slice(token.span);
        let ident = token::ident(token.kind, text)
            .map_err(|message| SyntaxError { span: token.span, message: message.into() })?;
        let word = Word { value: ident.as_str().to_string(), quote_style: Some('"'), keyword: Keyword::NoKeyword };
        self.push(token, Foreign::Word(word), Operand::Done)
    }

    fn left_paren(&mut self, token: Token) -> Parsed<()> {
        // A call's own parenthesis opens no query.
        if self.operand && data::holds_query(self.cursor) {
            let island = islands::subquery(self.cursor)?;
            return self.placed(island);
        }
        let is_cast = matches!(self.tokens.sqlparser.last(), Some(last) if is_plain(&last.token, "cast"));
        self.open.push(if is_cast { Open::Cast } else { Open::Other });
        self.push(token, Foreign::LParen, Operand::Next)
    }

    fn word(&mut self, token: Token) -> Parsed<()> {
        let text = self.cursor.slice(token.span);
        let folded = Folded::new(text);
        let lower = folded.as_str();
        // Behind a dot every word is a name.
        if matches!(self.tokens.sqlparser.last(), Some(last) if last.token == Foreign::Period) {
            return self.push(token, word(text, Keyword::NoKeyword), Operand::Done);
        }
        if self.operand {
            if let Some(island) = islands::at_word(self.cursor, lower)? {
                return self.placed(island);
            }
            if self.typed_literal()? {
                return Ok(());
            }
        }
        match lower {
            "isnull" | "notnull" if !self.operand => return self.null_test(token, lower),
            "as" if self.open.last() == Some(&Open::Cast) => {
                self.push(token, word(text, Keyword::AS), Operand::Done)?;
                return self.type_island();
            }
            "over" if !self.operand => return self.over(token),
            "operator" if self.cursor.peek(1).is_some_and(|next| next.kind == TokenKind::LeftParen) => {
                return self.qualified_operator(token);
            }
            "variadic" => {
                // sqlparser has no place for it: it travels as the argument's name.
                let index = self.cursor.index();
                self.put(index, token.span, islands::variadic());
                self.put(index, token.span, Foreign::RArrow);
                self.cursor.advance()?;
                return Ok(());
            }
            _ => {}
        }
        let keyword = KEYWORDS.binary_search_by(|entry| entry.0.cmp(lower)).ok().map(|at| KEYWORDS[at].1);
        let keyword = keyword.filter(|keyword| self.means_keyword(*keyword));
        let operand = self.operand_after(lower, keyword);
        self.push(token, word(text, keyword.unwrap_or(Keyword::NoKeyword)), operand)
    }

    /// Unreserved words are key words only where the grammar has them.
    fn means_keyword(&self, keyword: Keyword) -> bool {
        let next = |word: &str| self.cursor.is_word_at(1, word);
        match keyword {
            Keyword::FILTER | Keyword::WITHIN => !self.operand,
            Keyword::FIRST | Keyword::LAST => self.cursor.index() > 0 && !self.operand,
            Keyword::NULLS => next("first") || next("last"),
            Keyword::ESCAPE | Keyword::UNKNOWN | Keyword::BY | Keyword::AT | Keyword::LOCAL => true,
            Keyword::TIME => next("zone"),
            Keyword::ZONE => {
                matches!(self.tokens.sqlparser.last(), Some(last) if is_keyword(&last.token, Keyword::TIME))
            }
            Keyword::OVERLAPS => !self.operand,
            Keyword::BETWEEN | Keyword::LIKE | Keyword::ILIKE | Keyword::SIMILAR => {
                !self.operand
                    || matches!(self.tokens.sqlparser.last(), Some(last) if is_keyword(&last.token, Keyword::NOT))
            }
            _ => true,
        }
    }

    fn operand_after(&self, lower: &str, keyword: Option<Keyword>) -> Operand {
        const COMPLETE: &[&str] = &["null", "true", "false", "end", "unknown", "default", "asc", "desc", "nulls"];
        match keyword {
            None => Operand::Done,
            Some(_) if COMPLETE.contains(&lower) => Operand::Done,
            Some(Keyword::FIRST | Keyword::LAST | Keyword::LOCAL | Keyword::FILTER | Keyword::WITHIN) => Operand::Done,
            Some(_) => Operand::Next,
        }
    }

    fn null_test(&mut self, token: Token, lower: &str) -> Parsed<()> {
        let mut words = vec![("IS", Keyword::IS)];
        if lower == "notnull" {
            words.push(("NOT", Keyword::NOT));
        }
        words.push(("NULL", Keyword::NULL));
        let index = self.cursor.index();
        for (text, keyword) in words {
            self.put(index, token.span, word(text, keyword));
        }
        self.cursor.advance()?;
        self.operand = false;
        Ok(())
    }

    /// `OVER (…)`: the window is read by us and stands as a named window.
    fn over(&mut self, token: Token) -> Parsed<()> {
        self.push(token, word("OVER", Keyword::OVER), Operand::Next)?;
        if !self.cursor.is(TokenKind::LeftParen) {
            return Ok(());
        }
        let start = self.cursor.index();
        self.cursor.advance()?;
        let window = data::window(self.cursor)?;
        self.cursor.expect_kind(TokenKind::RightParen)?;
        let name = self.islands.add_window(window);
        self.put(start, self.cursor.span_from(start), name);
        self.operand = false;
        Ok(())
    }

    /// `OPERATOR(schema.op)` as one operator.
    fn qualified_operator(&mut self, token: Token) -> Parsed<()> {
        let start = self.cursor.index();
        self.cursor.advance()?;
        self.cursor.expect_kind(TokenKind::LeftParen)?;
        let mut schema = String::new();
        while !self.cursor.is(TokenKind::Operator) {
            schema = self.cursor.name_of(crate::syntax::cursor::NameSort::Label)?.as_str().to_string();
            self.cursor.expect_kind(TokenKind::Dot)?;
        }
        let symbol = self.cursor.expect_kind(TokenKind::Operator)?;
        self.cursor.expect_kind(TokenKind::RightParen)?;
        let text = self.cursor.slice(symbol.span);
        self.put(start, token.span, Foreign::CustomBinaryOperator(format!("{schema}\u{1}{text}")));
        self.operand = true;
        Ok(())
    }

    fn type_island(&mut self) -> Parsed<()> {
        let start = self.cursor.index();
        let found = type_name(self.cursor)?;
        let span = self.cursor.span_from(start);
        let name = self.islands.add_type(found);
        self.put(start, span, name);
        self.operand = false;
        Ok(())
    }

    /// `date '2026-01-01'`: reads it when a type and a string stand here.
    fn typed_literal(&mut self) -> Parsed<bool> {
        if !self.operand || !islands::may_be_typed(self.cursor) {
            return Ok(false);
        }
        match islands::typed_literal(self.cursor)? {
            Some(island) => self.placed(island).map(|()| true),
            None => Ok(false),
        }
    }

    /// Puts an island in place of tokens that were already taken.
    fn placed(&mut self, island: Island) -> Parsed<()> {
        let name = self.islands.add(island.expr);
        self.put(island.start, self.cursor.span_from(island.start), name);
        self.operand = false;
        Ok(())
    }

    fn island(&mut self, tokens: usize, expr: crate::query::Expr) -> Parsed<()> {
        let start = self.cursor.index();
        self.cursor.seek(start + tokens);
        self.placed(Island { start, expr })
    }

    fn push(&mut self, token: Token, foreign: Foreign, operand: Operand) -> Parsed<()> {
        self.put(self.cursor.index(), token.span, foreign);
        self.cursor.advance()?;
        self.operand = operand == Operand::Next;
        Ok(())
    }

    fn put(&mut self, origin: usize, span: Span, foreign: Foreign) {
        debug_assert!(origin <= self.end, "an island reaches beyond its expression");
        let at = |offset: u32| Location::new(1, u64::from(offset) + 1);
        self.tokens.sqlparser.push(TokenWithSpan::new(foreign, ForeignSpan::new(at(span.start), at(span.end))));
        self.tokens.origin.push(origin);
    }
}

/// Whether an operand comes next, or one is complete.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operand {
    Next,
    Done,
}

/// How many operators may follow each other at one level: such a chain is a nested tree to sqlparser.
const MAX_CHAIN: usize = 5_000;

fn within_limit(cursor: &Cursor<'_>, tokens: &[Token]) -> Parsed<()> {
    // Most expressions have fewer tokens than the limit; only the others are counted.
    if tokens.len() <= MAX_CHAIN {
        return Ok(());
    }
    let mut outer = Vec::new();
    let mut chain = 0usize;
    for token in tokens {
        match token.kind {
            TokenKind::LeftParen | TokenKind::LeftBracket => outer.push(std::mem::take(&mut chain)),
            TokenKind::RightParen | TokenKind::RightBracket => chain = outer.pop().unwrap_or(0),
            TokenKind::Comma => chain = 0,
            TokenKind::Operator | TokenKind::DoubleColon => chain += 1,
            TokenKind::Word => {
                let text = cursor.slice(token.span);
                let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
                if is(&["and", "or", "not", "is", "collate", "at", "like", "ilike", "in"]) {
                    chain += 1;
                } else if is(&["when", "then", "else"]) {
                    chain = 0;
                }
            }
            _ => {}
        }
        if chain > MAX_CHAIN {
            let message = format!("more than {MAX_CHAIN} operators in one expression");
            return Err(SyntaxError { span: token.span, message });
        }
    }
    Ok(())
}

fn word(text: &str, keyword: Keyword) -> Foreign {
    Foreign::Word(Word { value: text.to_string(), quote_style: None, keyword })
}

fn is_keyword(token: &Foreign, keyword: Keyword) -> bool {
    matches!(token, Foreign::Word(word) if word.keyword == keyword)
}

fn is_plain(token: &Foreign, text: &str) -> bool {
    matches!(token, Foreign::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(text))
}

/// The operators with a precedence of their own have their own tokens; all others are alike.
fn operator(text: &str) -> Foreign {
    match text {
        "+" => Foreign::Plus,
        "-" => Foreign::Minus,
        "*" => Foreign::Mul,
        "/" => Foreign::Div,
        "%" => Foreign::Mod,
        "^" => Foreign::Caret,
        "=" => Foreign::Eq,
        "<" => Foreign::Lt,
        ">" => Foreign::Gt,
        "<=" => Foreign::LtEq,
        ">=" => Foreign::GtEq,
        "<>" | "!=" => Foreign::Neq,
        "=>" => Foreign::RArrow,
        _ => Foreign::CustomBinaryOperator(text.to_string()),
    }
}

/// Says whether a word may be the name of a type before a string.
pub(super) fn may_name_type(lower: &str) -> bool {
    const OPERATORS: &[&str] =
        &["like", "ilike", "similar", "between", "escape", "zone", "overlaps", "isnull", "notnull", "collation"];
    !matches!(keyword::category(lower), Some(Category::Reserved)) && !OPERATORS.contains(&lower)
}
