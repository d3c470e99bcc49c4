//! Expressions without sqlparser: the forms that most SQL is made of, read as sqlparser and our lowering read them.
//!
//! Everything else (collations, subscripts, quantifiers, aggregates with clauses, …) is left to sqlparser: each function
//! here returns `None` where it is not sure, and the expression is read anew. Debug builds compare the two.

use super::call::{empty, special};
use super::convert::means_something;
use super::islands::{self, in_operand};
use super::lower::{Junction, covering, joined};
use crate::pg::keyword::{self, Category, Folded};
use crate::pg::{Ident, Name, Parts};
use crate::query::{Argument, Expr, ExprKind, LikeKind, Literal, Operator, Test};
use crate::source::Span;
use crate::syntax::cursor::Cursor;
use crate::syntax::data;
use crate::syntax::token::{self, Token, TokenKind};
use crate::syntax::type_name::type_name;

/// The longest expression that is read here, in tokens: nesting is no deeper, so the stack is safe.
const MOST: usize = 1_000;

/// Reads the tokens up to index `end` and moves behind them; `None` and no move when sqlparser must.
pub(super) fn read(cursor: &mut Cursor<'_>, end: usize) -> Option<Expr> {
    let start = cursor.index();
    let found = match end.saturating_sub(start) {
        1 => operand(cursor),
        2..=MOST => disjunction(cursor),
        _ => None,
    };
    if found.is_some() && cursor.index() == end {
        return found;
    }
    cursor.seek(start);
    None
}

fn disjunction(cursor: &mut Cursor<'_>) -> Option<Expr> {
    chain(cursor, "or", Junction::Or, conjunction)
}

fn conjunction(cursor: &mut Cursor<'_>) -> Option<Expr> {
    chain(cursor, "and", Junction::And, negation)
}

fn chain(
    cursor: &mut Cursor<'_>,
    word: &str,
    junction: Junction,
    operand: fn(&mut Cursor<'_>) -> Option<Expr>,
) -> Option<Expr> {
    let first = operand(cursor)?;
    if !cursor.is_word(word) {
        return Some(first);
    }
    let mut operands = vec![first];
    while cursor.eat(word) {
        operands.push(operand(cursor)?);
    }
    Some(joined(junction, operands))
}

fn negation(cursor: &mut Cursor<'_>) -> Option<Expr> {
    if !cursor.eat("not") {
        return test(cursor);
    }
    let operand = negation(cursor)?;
    Some(Expr::new(operand.span, ExprKind::Not(Box::new(operand))))
}

/// `IS [NOT] NULL` and its kin.
fn test(cursor: &mut Cursor<'_>) -> Option<Expr> {
    let operand = comparison(cursor)?;
    if !cursor.eat("is") {
        return Some(operand);
    }
    let negated = cursor.eat("not");
    let test = match cursor.eat_one_of(&["null", "true", "false", "unknown"]) {
        Some("null") => Test::Null,
        Some("true") => Test::True,
        Some("false") => Test::False,
        Some(_) => Test::Unknown,
        None => return distinct(cursor, operand, negated),
    };
    Some(Expr::new(operand.span, ExprKind::Is { operand: Box::new(operand), test, negated }))
}

fn distinct(cursor: &mut Cursor<'_>, left: Expr, negated: bool) -> Option<Expr> {
    if !cursor.eat_words(&["distinct", "from"]) {
        return None;
    }
    let right = comparison(cursor)?;
    let span = left.span.to(right.span);
    Some(Expr::new(span, ExprKind::Distinct { left: Box::new(left), right: Box::new(right), negated }))
}

/// Comparisons do not chain.
fn comparison(cursor: &mut Cursor<'_>) -> Option<Expr> {
    let left = pattern(cursor)?;
    if !cursor.is(TokenKind::Operator) || !matches!(cursor.peek_text(0), "=" | "<" | ">" | "<=" | ">=" | "<>" | "!=") {
        return Some(left);
    }
    let symbol = cursor.peek_text(0);
    cursor.advance().ok()?;
    let right = pattern(cursor)?;
    Some(infix(left, symbol, right))
}

fn infix(left: Expr, symbol: &str, right: Expr) -> Expr {
    let span = left.span.to(right.span);
    Expr::new(span, ExprKind::Infix(Box::new(left), Operator::plain(symbol), Box::new(right)))
}

/// `[NOT] IN`, `LIKE`, `ILIKE` and `BETWEEN`.
fn pattern(cursor: &mut Cursor<'_>) -> Option<Expr> {
    let operand = arithmetic(cursor, Level::Other)?;
    if !cursor.is(TokenKind::Word) {
        return Some(operand);
    }
    let negated = cursor.eat("not");
    match cursor.eat_one_of(&["in", "like", "ilike", "between"]) {
        Some("in") => membership(cursor, operand, negated),
        Some("like") => like(cursor, operand, LikeKind::Like, negated),
        Some("ilike") => like(cursor, operand, LikeKind::ILike, negated),
        Some(_) => between(cursor, operand, negated),
        None if negated => None,
        None => Some(operand),
    }
}

fn membership(cursor: &mut Cursor<'_>, operand: Expr, negated: bool) -> Option<Expr> {
    if !cursor.is(TokenKind::LeftParen) {
        return None;
    }
    let items = if data::holds_query(cursor) {
        vec![islands::subquery(cursor).ok()?.expr]
    } else {
        enclosed(cursor, TokenKind::RightParen)?
    };
    let span = operand.span.to(covering(&items));
    Some(Expr::new(span, ExprKind::In { operand: Box::new(operand), source: in_operand(items), negated }))
}

fn like(cursor: &mut Cursor<'_>, operand: Expr, kind: LikeKind, negated: bool) -> Option<Expr> {
    let pattern = arithmetic(cursor, Level::Other)?;
    let span = operand.span.to(pattern.span);
    let (operand, pattern) = (Box::new(operand), Box::new(pattern));
    Some(Expr::new(span, ExprKind::Like { operand, pattern, escape: None, kind, negated }))
}

fn between(cursor: &mut Cursor<'_>, operand: Expr, negated: bool) -> Option<Expr> {
    let low = arithmetic(cursor, Level::Other)?;
    if !cursor.eat("and") {
        return None;
    }
    let high = arithmetic(cursor, Level::Other)?;
    let span = operand.span.to(high.span);
    let (operand, low, high) = (Box::new(operand), Box::new(low), Box::new(high));
    Some(Expr::new(span, ExprKind::Between { operand, low, high, symmetric: false, negated }))
}

/// How tightly operators bind that are no comparisons, loosest first; all of them associate to the left.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Other,
    Sum,
    Product,
    Power,
    Operand,
}

impl Level {
    /// The level of an operator; `None` for what is no operator between two values, and for comparisons.
    fn of(symbol: &str) -> Option<Level> {
        Some(match symbol {
            "=" | "<" | ">" | "<=" | ">=" | "<>" | "!=" | "=>" => return None,
            "+" | "-" => Level::Sum,
            "*" | "/" | "%" => Level::Product,
            "^" => Level::Power,
            _ => Level::Other,
        })
    }

    fn tighter(self) -> Level {
        match self {
            Level::Other => Level::Sum,
            Level::Sum => Level::Product,
            Level::Product => Level::Power,
            Level::Power | Level::Operand => Level::Operand,
        }
    }
}

fn arithmetic(cursor: &mut Cursor<'_>, loosest: Level) -> Option<Expr> {
    let mut left = signed(cursor)?;
    while cursor.is(TokenKind::Operator) {
        let symbol = cursor.peek_text(0);
        let Some(level) = Level::of(symbol).filter(|level| *level >= loosest) else { break };
        cursor.advance().ok()?;
        let right = arithmetic(cursor, level.tighter())?;
        left = infix(left, symbol, right);
    }
    Some(left)
}

fn signed(cursor: &mut Cursor<'_>) -> Option<Expr> {
    if !cursor.is(TokenKind::Operator) {
        return cast(cursor);
    }
    let symbol = cursor.peek_text(0);
    if !matches!(symbol, "-" | "+") {
        return None;
    }
    cursor.advance().ok()?;
    let operand = signed(cursor)?;
    Some(Expr::new(operand.span, ExprKind::Prefix(Operator::plain(symbol), Box::new(operand))))
}

fn cast(cursor: &mut Cursor<'_>) -> Option<Expr> {
    let mut found = operand(cursor)?;
    while cursor.eat_kind(TokenKind::DoubleColon) {
        let to = type_name(cursor).ok()?;
        found = Expr::new(found.span.to(to.name.span), ExprKind::Cast(Box::new(found), Box::new(to)));
    }
    Some(found)
}

fn operand(cursor: &mut Cursor<'_>) -> Option<Expr> {
    use TokenKind as K;
    let token = cursor.peek(0)?;
    let text = cursor.slice(token.span);
    let kind = match token.kind {
        K::Word => return word(cursor, token),
        K::LeftParen => return parentheses(cursor),
        K::QuotedIdent => match typed_literal(cursor) {
            Typed::No => return column(cursor, token::ident(token.kind, text).ok()?),
            Typed::Literal(expr) => return Some(expr),
            Typed::Wrong => return None,
        },
        K::Number => ExprKind::Literal(Literal::Number(text.to_string())),
        K::String | K::EscapeString | K::UnicodeString | K::DollarString => {
            ExprKind::Literal(Literal::String(token::string(token.kind, text).ok()?.into_owned()))
        }
        K::PsqlVariable if cursor.is_placeholder_name() => return None,
        K::Parameter | K::PsqlVariable => ExprKind::Parameter(token::parameter(text)?),
        _ => return None,
    };
    cursor.advance().ok()?;
    Some(Expr::new(token.span, kind))
}

/// What `type 'text'` turns out to be.
enum Typed {
    No,
    Literal(Expr),
    Wrong,
}

fn typed_literal(cursor: &mut Cursor<'_>) -> Typed {
    if !islands::may_be_typed(cursor) {
        return Typed::No;
    }
    match islands::typed_literal(cursor) {
        Ok(Some(island)) => Typed::Literal(island.expr),
        Ok(None) => Typed::No,
        Err(_) => Typed::Wrong,
    }
}

fn word(cursor: &mut Cursor<'_>, token: Token) -> Option<Expr> {
    let folded = Folded::new(cursor.slice(token.span));
    let lower = folded.as_str();
    let literal = match lower {
        "null" => Literal::Null,
        "true" => Literal::Boolean(true),
        "false" => Literal::Boolean(false),
        "case" => return case(cursor),
        "array" if cursor.peek(1).is_some_and(|next| next.kind == TokenKind::LeftBracket) => return array(cursor),
        _ => return named(cursor, token, lower),
    };
    cursor.advance().ok()?;
    Some(Expr::new(token.span, ExprKind::Literal(literal)))
}

/// A syntax of its own, a typed literal, a call or a column.
fn named(cursor: &mut Cursor<'_>, token: Token, lower: &str) -> Option<Expr> {
    if let Some(island) = islands::at_word(cursor, lower).ok()? {
        return Some(island.expr);
    }
    match typed_literal(cursor) {
        Typed::No => {}
        Typed::Literal(expr) => return Some(expr),
        Typed::Wrong => return None,
    }
    let called = cursor.peek(1).is_some_and(|next| next.kind == TokenKind::LeftParen);
    match keyword::category(lower) {
        Some(Category::Reserved) => return None,
        Some(_) if means_something(lower) => return None,
        Some(Category::TypeOrFunction) if !called => return None,
        _ => {}
    }
    let ident = Ident::folded(cursor.slice(token.span));
    if called { call(cursor, ident, token.span) } else { column(cursor, ident) }
}

fn column(cursor: &mut Cursor<'_>, first: Ident) -> Option<Expr> {
    let mut span = cursor.advance().ok()?.span;
    let mut parts: Parts = std::iter::once(first).collect();
    while cursor.eat_kind(TokenKind::Dot) {
        let label = cursor.advance().ok()?;
        if !matches!(label.kind, TokenKind::Word | TokenKind::QuotedIdent) {
            return None;
        }
        parts.push(token::ident(label.kind, cursor.slice(label.span)).ok()?);
        span = span.to(label.span);
    }
    Some(Expr::new(span, ExprKind::Column(parts)))
}

/// A call with nothing but arguments between its parentheses.
fn call(cursor: &mut Cursor<'_>, name: Ident, span: Span) -> Option<Expr> {
    cursor.advance().ok()?;
    let is_empty = cursor.peek(1).is_some_and(|next| next.kind == TokenKind::RightParen);
    let arguments = if is_empty {
        cursor.seek(cursor.index() + 2);
        Vec::new()
    } else {
        enclosed(cursor, TokenKind::RightParen)?
    };
    let mut call = empty(Name::simple(name, span));
    call.arguments = arguments.into_iter().map(|value| Argument { name: None, value }).collect();
    special(call, span).ok()
}

/// Expressions with commas between, from the opening token that stands here to the closing one.
fn enclosed(cursor: &mut Cursor<'_>, close: TokenKind) -> Option<Vec<Expr>> {
    cursor.advance().ok()?;
    let mut items = vec![disjunction(cursor)?];
    while cursor.eat_kind(TokenKind::Comma) {
        items.push(disjunction(cursor)?);
    }
    cursor.eat_kind(close).then_some(items)
}

/// A query, a row, or an expression in parentheses, which leave no trace.
fn parentheses(cursor: &mut Cursor<'_>) -> Option<Expr> {
    if data::holds_query(cursor) {
        return islands::subquery(cursor).ok().map(|island| island.expr);
    }
    let mut fields = enclosed(cursor, TokenKind::RightParen)?;
    if fields.len() == 1 {
        return fields.pop();
    }
    Some(Expr::new(covering(&fields), ExprKind::Row { fields, explicit: false }))
}

fn array(cursor: &mut Cursor<'_>) -> Option<Expr> {
    cursor.advance().ok()?;
    let items = enclosed(cursor, TokenKind::RightBracket)?;
    Some(Expr::new(covering(&items), ExprKind::Array(items)))
}

fn case(cursor: &mut Cursor<'_>) -> Option<Expr> {
    let start = cursor.advance().ok()?.span;
    let operand = if cursor.is_word("when") { None } else { Some(Box::new(disjunction(cursor)?)) };
    let mut branches = Vec::new();
    while cursor.eat("when") {
        let condition = disjunction(cursor)?;
        if !cursor.eat("then") {
            return None;
        }
        branches.push((condition, disjunction(cursor)?));
    }
    let otherwise = if cursor.eat("else") { Some(Box::new(disjunction(cursor)?)) } else { None };
    let end = cursor.here();
    let is_whole = !branches.is_empty() && cursor.eat("end");
    is_whole.then(|| Expr::new(start.to(end), ExprKind::Case { operand, branches, otherwise }))
}
