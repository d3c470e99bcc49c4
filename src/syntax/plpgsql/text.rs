//! The SQL within a body: expressions, statements, INTO, and what is written to.

use super::Rule;
use super::reader::{Node, Reader, all, first, has};
use crate::procedure::{DataType, Dynamic, Expression, ExpressionKind, Into, Opaque, Sql, SqlKind, Target, TargetRoot};
use crate::query::{Body, DataStatement, Parameter, Query, Step};
use crate::source::Span;
use crate::statement::Statement;
use crate::syntax::cursor::{Cursor, NameSort, Parsed, SyntaxError};
use crate::syntax::token::{self, Token, TokenKind};
use crate::syntax::{expression, parse, type_name};

impl Reader<'_> {
    /// The expression in a node.
    pub(super) fn expression(&self, node: &Node<'_>) -> Expression {
        self.expression_at(self.span(node))
    }

    /// The expression at a place.
    pub(super) fn expression_at(&self, span: Span) -> Expression {
        let tokens = self.tokens(span);
        let ends = tokens.first().zip(tokens.last());
        let span = ends.map_or(span, |(first, last)| Span::new(first.span.start, last.span.end));
        let kind = match parse::expression(self.text, &tokens) {
            Ok(expr) => ExpressionKind::Scalar(Box::new(expr)),
            Err(error) => match self.selected(&tokens, span) {
                Ok(query) => ExpressionKind::Query(Box::new(query)),
                Err(_) => ExpressionKind::Opaque(self.opaque(span, error)),
            },
        };
        Expression { span, kind }
    }

    /// The expressions in a node, with commas between.
    pub(super) fn expressions(&self, node: &Node<'_>) -> Vec<Expression> {
        let tokens = self.tokens_in(node);
        let mut found = Vec::new();
        let (mut depth, mut start) = (0u32, self.span(node).start);
        for token in &tokens {
            match token.kind {
                TokenKind::LeftParen | TokenKind::LeftBracket => depth += 1,
                TokenKind::RightParen | TokenKind::RightBracket => depth = depth.saturating_sub(1),
                TokenKind::Comma if depth == 0 => {
                    found.push(self.expression_at(Span::new(start, token.span.start)));
                    start = token.span.end;
                }
                _ => {}
            }
        }
        found.push(self.expression_at(Span::new(start, self.span(node).end)));
        found
    }

    /// The expression in the child of this kind.
    pub(super) fn expression_in(&self, node: &Node<'_>, rule: Rule) -> Parsed<Expression> {
        Ok(self.expression(&self.one(node, rule)?))
    }

    /// What stands behind PERFORM: a query that begins behind its SELECT.
    pub(super) fn performed(&self, node: &Node<'_>) -> Expression {
        let span = self.span(node);
        let kind = match self.selected(&self.tokens(span), span) {
            Ok(query) => ExpressionKind::Query(Box::new(query)),
            Err(error) => ExpressionKind::Opaque(self.opaque(span, error)),
        };
        Expression { span, kind }
    }

    /// Reads tokens as what stands behind SELECT.
    fn selected(&self, tokens: &[Token], span: Span) -> Parsed<Query> {
        // The parsers take words from the text that their places point at, so that the missing word must stand
        // somewhere: behind everything else.
        const SELECT: &str = "SELECT";
        let text = self.with_select.get_or_init(|| format!("{} {SELECT}", self.text));
        let end = text.len() as u32;
        let select = Token { kind: TokenKind::Word, span: Span::new(end - SELECT.len() as u32, end) };
        let tokens: Vec<Token> = std::iter::once(select).chain(tokens.iter().copied()).collect();
        match parse::statement(text, &tokens)? {
            Statement::Data(data) => match *data {
                DataStatement::Query(mut query) => {
                    place(&mut query, span);
                    Ok(query)
                }
                _ => Err(SyntaxError { span, message: "expected an expression".into() }),
            },
            _ => Err(SyntaxError { span, message: "expected an expression".into() }),
        }
    }

    /// A text that cannot be read.
    pub(super) fn opaque(&self, span: Span, error: SyntaxError) -> Opaque {
        let text = self.text.get(span.range()).unwrap_or("").to_string();
        // At the end of its tokens a parser may know no better place than none at all.
        let place = if span.contains(error.span) { error.span } else { span };
        Opaque { span: place, text, message: error.message }
    }

    /// An SQL statement without INTO of PL/pgSQL.
    pub(super) fn plain_sql(&self, span: Span) -> Sql {
        let kind = match parse::statement(self.text, &self.tokens(span)) {
            Ok(statement) => SqlKind::Statement(Box::new(statement)),
            Err(error) => SqlKind::Opaque(self.opaque(span, error)),
        };
        Sql { span, into: None, kind }
    }

    /// An SQL statement whose result may go INTO variables.
    pub(super) fn sql(&self, span: Span) -> Sql {
        let mut tokens = self.tokens(span);
        let into = match self.cut_into(&mut tokens) {
            Ok(into) => into,
            Err(error) => return Sql { span, into: None, kind: SqlKind::Opaque(self.opaque(span, error)) },
        };
        let kind = match parse::statement(self.text, &tokens) {
            Ok(statement) => SqlKind::Statement(Box::new(statement)),
            Err(error) => {
                let mut opaque = self.opaque(span, error);
                if let Some(into) = &into {
                    opaque.text = self.without(span, into.span);
                }
                SqlKind::Opaque(opaque)
            }
        };
        Sql { span, into, kind }
    }

    fn without(&self, span: Span, cut: Span) -> String {
        let before = self.text.get(span.start as usize..cut.start as usize).unwrap_or("");
        format!("{before}{}", self.text.get(cut.end as usize..span.end as usize).unwrap_or(""))
    }

    /// Takes INTO and its targets out of a statement. As in PostgreSQL, that of INSERT INTO, MERGE INTO and IMPORT is
    /// part of the statement.
    fn cut_into(&self, tokens: &mut Vec<Token>) -> Parsed<Option<Into>> {
        let word = |at: usize, word: &str| {
            tokens.get(at).is_some_and(|token| {
                token.kind == TokenKind::Word
                    && self.text.get(token.span.range()).is_some_and(|text| text.eq_ignore_ascii_case(word))
            })
        };
        let part_of_statement = |at: usize| at > 0 && (word(at - 1, "insert") || word(at - 1, "merge"));
        let mut places = (0..tokens.len()).filter(|&at| word(at, "into") && !part_of_statement(at));
        let Some(at) = places.next().filter(|_| !word(0, "import")) else { return Ok(None) };
        if let Some(second) = places.next() {
            let span = tokens.get(second).map_or(Span::default(), |token| token.span);
            return Err(SyntaxError { span, message: "INTO stands more than once".into() });
        }
        let mut cursor = Cursor::new(self.text, tokens);
        cursor.seek(at + 1);
        let strict = cursor.eat("strict");
        let targets = cursor.list(|cursor| target(cursor, Subscripts::Refused))?;
        let span = cursor.span_from(at);
        let behind = cursor.index();
        tokens.drain(at..behind);
        Ok(Some(Into { span, strict, targets }))
    }

    /// The INTO in a node, when there is one.
    pub(super) fn into(&self, node: &Node<'_>) -> Parsed<Option<Into>> {
        let read = |into: Node<'_>| {
            let targets = self.targets(&self.one(&into, Rule::targets)?)?;
            Ok(Into { span: self.span(&into), strict: has(&into, Rule::kw_strict), targets })
        };
        first(node, Rule::into).map(read).transpose()
    }

    /// The targets of a list.
    pub(super) fn targets(&self, node: &Node<'_>) -> Parsed<Vec<Target>> {
        all(node, Rule::target).map(|target| self.target(&target)).collect()
    }

    /// What is written to.
    pub(super) fn target(&self, node: &Node<'_>) -> Parsed<Target> {
        let tokens = self.tokens_in(node);
        let mut cursor = Cursor::new(self.text, &tokens);
        let found = target(&mut cursor, Subscripts::Allowed)?;
        cursor.finish().map(|()| found)
    }

    /// A command that is put together when it runs: its text, and what follows USING.
    pub(super) fn dynamic(&self, node: &Node<'_>) -> Parsed<Dynamic> {
        let command = self.expression_in(node, Rule::until_clause)?;
        let using = all(node, Rule::using).flat_map(|using| all(&using, Rule::until_clause).collect::<Vec<_>>());
        Ok(Dynamic { command, using: using.map(|value| self.expression(&value)).collect() })
    }

    /// The type of a variable.
    pub(super) fn data_type(&self, node: &Node<'_>) -> DataType {
        let tokens = self.tokens_in(node);
        let mut cursor = Cursor::new(self.text, &tokens);
        if let Some(found) = row_type(&mut cursor) {
            return found;
        }
        cursor.seek(0);
        match type_name::type_name(&mut cursor).and_then(|found| cursor.finish().map(|()| found)) {
            Ok(found) => DataType::Type(found),
            Err(error) => DataType::Opaque(self.opaque(self.span(node), error)),
        }
    }
}

/// Gives a query that was read behind a borrowed SELECT the place where it stands.
fn place(query: &mut Query, span: Span) {
    query.span = span;
    match &mut query.body {
        Body::Select(select) => select.span = span,
        Body::SetOperation { left, .. } => place(left, span),
        Body::Values(_) => {}
    }
}

/// `relation%ROWTYPE`, with array bounds.
fn row_type(cursor: &mut Cursor<'_>) -> Option<DataType> {
    let relation = cursor.name().ok()?;
    if !cursor.eat_operator("%") || !cursor.eat("rowtype") {
        return None;
    }
    let mut dimensions = usize::from(cursor.eat("array"));
    while cursor.eat_kind(TokenKind::LeftBracket) {
        cursor.eat_kind(TokenKind::Number);
        cursor.expect_kind(TokenKind::RightBracket).ok()?;
        dimensions += 1;
    }
    cursor.at_end().then_some(DataType::RowType { relation, dimensions })
}

/// Whether a target may have subscripts: behind INTO it may not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subscripts {
    Allowed,
    Refused,
}

fn target(cursor: &mut Cursor<'_>, subscripts: Subscripts) -> Parsed<Target> {
    let start = cursor.index();
    let root = if cursor.is(TokenKind::Parameter) {
        let token = cursor.advance()?;
        match token::parameter(cursor.slice(token.span)) {
            Some(Parameter::Number(number)) => TargetRoot::Parameter(number),
            _ => return Err(SyntaxError { span: token.span, message: "no such parameter".into() }),
        }
    } else {
        TargetRoot::Name(cursor.name_of(NameSort::Label)?)
    };
    let mut steps = Vec::new();
    loop {
        if cursor.eat_kind(TokenKind::Dot) {
            steps.push(Step::Field(cursor.name_of(NameSort::Label)?));
        } else if subscripts == Subscripts::Allowed && cursor.is(TokenKind::LeftBracket) {
            steps.push(subscript(cursor)?);
        } else {
            return Ok(Target { span: cursor.span_from(start), root, steps });
        }
    }
}

/// `[index]` or `[low:high]`.
fn subscript(cursor: &mut Cursor<'_>) -> Parsed<Step> {
    let behind = cursor.matching(cursor.index())?;
    let last = behind - 1;
    cursor.expect_kind(TokenKind::LeftBracket)?;
    let first = cursor.index();
    let step = match top_level_colon(cursor.tokens(first, last)).map(|at| first + at) {
        None => Step::Index(Box::new(expression::expression(cursor, last)?)),
        Some(colon) => {
            let low = bound(cursor, colon)?;
            cursor.seek(colon + 1);
            Step::Slice(low, bound(cursor, last)?)
        }
    };
    cursor.seek(behind);
    Ok(step)
}

fn bound(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Option<Box<crate::query::Expr>>> {
    if cursor.index() == end {
        return Ok(None);
    }
    expression::expression(cursor, end).map(|expr| Some(Box::new(expr)))
}

fn top_level_colon(tokens: &[Token]) -> Option<usize> {
    let mut depth = 0u32;
    tokens.iter().position(|token| {
        match token.kind {
            TokenKind::LeftParen | TokenKind::LeftBracket => depth += 1,
            TokenKind::RightParen | TokenKind::RightBracket => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.kind == TokenKind::Colon
    })
}
