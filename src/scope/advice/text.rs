//! A statement as tokens: where clauses begin and end, for edits that fit in.

use std::borrow::Cow;
use std::ops::Range;

use crate::finding::Edit;
use crate::scope::Place;
use crate::source::Span;
use crate::syntax::lexer::tokens_of;
use crate::syntax::token::{Token, TokenKind};

/// The tokens around a place.
pub(super) struct Text<'t> {
    text: &'t str,
    tokens: Cow<'t, [Token]>,
    /// How many parentheses are open before each token.
    depths: Vec<u32>,
}

/// Words that end a condition.
const ENDS: &[&str] = &[
    "WHERE",
    "GROUP",
    "HAVING",
    "WINDOW",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "FOR",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "RETURNING",
    "LOOP",
];

/// Words that end the condition of a join as well.
const JOINS: &[&str] = &["JOIN", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "NATURAL"];

/// Words that begin a statement or query.
const BEGINS: &[&str] = &["SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES"];

impl<'t> Text<'t> {
    /// Takes the tokens of the statement, or of the body in it in which a place lies.
    pub(super) fn around(place: Place<'t>, at: Span) -> Self {
        let body = place.tokens.iter().find(|token| token.kind == TokenKind::DollarString && token.span.contains(at));
        let tokens = match body {
            Some(token) => Cow::Owned(body_tokens(place.text, *token)),
            None => Cow::Borrowed(place.tokens),
        };
        let mut depth = 0u32;
        let depths = tokens.iter().map(|token| match token.kind {
            TokenKind::LeftParen | TokenKind::LeftBracket => {
                depth += 1;
                depth - 1
            }
            TokenKind::RightParen | TokenKind::RightBracket => {
                depth = depth.saturating_sub(1);
                depth
            }
            _ => depth,
        });
        let depths = depths.collect();
        Text { text: place.text, tokens, depths }
    }

    fn is(&self, at: usize, word: &str) -> bool {
        let Some(token) = self.tokens.get(at) else { return false };
        let after_dot = at.checked_sub(1).is_some_and(|before| self.tokens[before].kind == TokenKind::Dot);
        let text = self.text.get(token.span.range()).unwrap_or("");
        token.kind == TokenKind::Word && !after_dot && text.eq_ignore_ascii_case(word)
    }

    fn is_one(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(at, word))
    }

    /// Returns the token that begins at a place.
    pub(super) fn index(&self, at: u32) -> Option<usize> {
        self.tokens.iter().position(|token| token.span.start == at)
    }

    /// Returns the tokens of the query or statement around a token: within parentheses, or between semicolons.
    fn region(&self, at: usize) -> Range<usize> {
        let mut from = at;
        let mut depth = self.depths[at];
        while let Some(before) = from.checked_sub(1) {
            let opens = self.tokens[before].kind == TokenKind::LeftParen && self.depths[before] < depth;
            if opens && self.is_one(from, BEGINS) || self.tokens[before].kind == TokenKind::Semicolon {
                break;
            }
            depth = depth.min(self.depths[before]);
            from = before;
        }
        let own = self.depths[from];
        let closes = |index: &usize| {
            self.depths[*index] < own || self.tokens[*index].kind == TokenKind::Semicolon && self.depths[*index] <= own
        };
        let end = (at..self.tokens.len()).find(closes).unwrap_or(self.tokens.len());
        from..end
    }

    /// Finds the first token behind another, outside of all parentheses of its region, for which this holds.
    fn next(&self, at: usize, wanted: impl Fn(usize) -> bool) -> Option<usize> {
        let region = self.region(at);
        let depth = self.depths[region.start];
        (at + 1..region.end).find(|index| self.depths[*index] == depth && wanted(*index))
    }

    fn ends(&self, at: usize) -> bool {
        let conflict = self.is(at, "ON") && self.is(at + 1, "CONFLICT");
        let when = self.is(at, "WHEN") && self.is_one(at + 1, &["MATCHED", "NOT"]);
        self.is_one(at, ENDS) || conflict || when
    }

    /// The edits that add a predicate to WHERE of the block that names a relation at a place.
    pub(super) fn add_to_where(&self, relation: Span, predicate: &str) -> Option<Vec<Edit>> {
        let at = self.index(relation.start)?;
        self.filter_behind(at, predicate)
    }

    fn filter_behind(&self, at: usize, predicate: &str) -> Option<Vec<Edit>> {
        let end = self.next(at, |index| self.ends(index)).unwrap_or(self.region(at).end);
        match self.is(end, "WHERE") {
            true => {
                if self.is(end + 1, "CURRENT") && self.is(end + 2, "OF") {
                    return None;
                }
                let last = self.next(end, |index| self.ends(index)).unwrap_or(self.region(at).end);
                self.conjoin(end + 1..last, predicate)
            }
            false => Some(vec![self.behind(end.checked_sub(1)?, format!(" WHERE {predicate}"))?]),
        }
    }

    /// The edits that add a predicate to the condition of a join or a MERGE.
    pub(super) fn add_to_on(&self, condition: Span, predicate: &str) -> Option<Vec<Edit>> {
        let mut on = self.tokens.iter().position(|token| token.span.start >= condition.start)?.checked_sub(1)?;
        while self.tokens[on].kind == TokenKind::LeftParen {
            on = on.checked_sub(1)?;
        }
        if !self.is(on, "ON") {
            return None;
        }
        let depth = self.depths[on];
        let ends = |index: &usize| {
            let is_call = self.tokens.get(index + 1).is_some_and(|next| next.kind == TokenKind::LeftParen);
            let joins = self.is_one(*index, JOINS) && !is_call || self.is(*index, "ON");
            let closes = matches!(self.tokens[*index].kind, TokenKind::Comma | TokenKind::Semicolon);
            self.depths[*index] < depth || self.depths[*index] == depth && (closes || joins || self.ends(*index))
        };
        let end = (on + 1..self.tokens.len()).find(ends).unwrap_or(self.tokens.len());
        self.conjoin(on + 1..end, predicate)
    }

    /// The edits that add a predicate to WHERE of ON CONFLICT DO UPDATE.
    pub(super) fn add_to_conflict(&self, target: Span, predicate: &str) -> Option<Vec<Edit>> {
        let at = self.index(target.start)?;
        let conflict = self.next(at, |index| self.is(index, "ON") && self.is(index + 1, "CONFLICT"))?;
        let action = self.next(conflict, |index| self.is(index, "DO") && self.is(index + 1, "UPDATE"))?;
        self.filter_behind(action, predicate)
    }

    /// The edits that make of a relation in FROM the query of its rows that satisfy a predicate.
    pub(super) fn filter_source(&self, item: Span, name: &str, alias: &str, predicate: &str) -> Option<Vec<Edit>> {
        let first = self.index(item.start)?;
        let last = self.tokens.iter().rposition(|token| token.span.end <= item.end)?;
        let (start, end) = (self.tokens.get(first)?.span.start, self.tokens.get(last)?.span.end);
        let text = format!("(SELECT * FROM {name} WHERE {predicate}) AS {alias}");
        Some(vec![Edit { span: Span::new(start, end), text }])
    }

    /// The edits that give an INSERT another column with a value in every row.
    pub(super) fn add_column(&self, target: Span, column: &str, value: &str) -> Option<Vec<Edit>> {
        let at = self.index(target.start)?;
        let source = self.next(at, |index| self.is_one(index, &["VALUES", "SELECT"]))?;
        let list = self.next(at, |index| self.tokens[index].kind == TokenKind::RightParen)?;
        if list > source {
            return None;
        }
        let mut edits = vec![self.before(list, format!(", {column}"))?];
        if self.is(source, "VALUES") {
            let mut row = source;
            while let Some(close) =
                self.next(row, |index| self.tokens[index].kind == TokenKind::RightParen || self.ends(index))
            {
                if self.ends(close) {
                    break;
                }
                edits.push(self.before(close, format!(", {value}"))?);
                row = close;
            }
            return Some(edits);
        }
        let end = self.next(source, |index| self.is(index, "FROM") || self.ends(index));
        let end = end.unwrap_or(self.region(at).end);
        edits.push(self.behind(end.checked_sub(1)?, format!(", {value}"))?);
        Some(edits)
    }

    fn conjoin(&self, condition: Range<usize>, predicate: &str) -> Option<Vec<Edit>> {
        let (first, last) = (condition.start, condition.end.checked_sub(1)?);
        if last < first {
            return None;
        }
        let depth = self.depths[first];
        let loose = condition.clone().any(|index| self.depths[index] == depth && self.is(index, "OR"));
        let after = self.behind(last, format!("{} AND {predicate}", if loose { ")" } else { "" }))?;
        Some(if loose { vec![self.before(first, "(".into())?, after] } else { vec![after] })
    }

    fn behind(&self, at: usize, text: String) -> Option<Edit> {
        let end = self.tokens.get(at)?.span.end;
        Some(Edit { span: Span::new(end, end), text })
    }

    fn before(&self, at: usize, text: String) -> Option<Edit> {
        let start = self.tokens.get(at)?.span.start;
        Some(Edit { span: Span::new(start, start), text })
    }
}

/// The tokens within `$$ … $$`.
fn body_tokens(text: &str, token: Token) -> Vec<Token> {
    let whole = text.get(token.span.range()).unwrap_or("");
    let tag = whole.get(1..).and_then(|rest| rest.find('$')).map_or(0, |at| at as u32 + 2);
    let (start, end) = (token.span.start + tag, token.span.end.saturating_sub(tag));
    if start < end { tokens_of(text, Span::new(start, end)) } else { Vec::new() }
}
