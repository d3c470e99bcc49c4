//! PostgreSQL as a sqlparser dialect: its precedence table, and prefixes and operators read as its grammar reads them.

use std::any::TypeId;

use sqlparser::ast::{BinaryOperator, Expr, Ident, ObjectName, UnaryOperator, Value};
use sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, TokenWithSpan};

type Found<T> = Result<T, ParserError>;

/// The dialect under which expressions are parsed.
#[derive(Debug)]
pub(super) struct PgDialect;

/// PostgreSQL's precedence, loosest first. Source: `gram.y`; manual, "Operator Precedence".
mod prec {
    pub(super) const OR: u8 = 10;
    pub(super) const AND: u8 = 20;
    pub(super) const NOT: u8 = 30;
    pub(super) const IS: u8 = 40;
    pub(super) const COMPARISON: u8 = 50;
    pub(super) const PATTERN: u8 = 60;
    pub(super) const OTHER: u8 = 70;
    pub(super) const SUM: u8 = 80;
    pub(super) const PRODUCT: u8 = 90;
    pub(super) const POWER: u8 = 100;
    pub(super) const AT: u8 = 110;
    pub(super) const COLLATE: u8 = 120;
    pub(super) const SIGN: u8 = 125;
    pub(super) const CAST: u8 = 140;
}

impl Dialect for PgDialect {
    /// sqlparser asks for the type of a dialect to switch on PostgreSQL's syntax.
    fn dialect(&self) -> TypeId {
        TypeId::of::<PostgreSqlDialect>()
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_alphabetic() || ch == '_'
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_alphanumeric() || ch == '_' || ch == '$'
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    fn supports_named_fn_args_with_expr_name(&self) -> bool {
        true
    }

    fn supports_named_fn_args_with_assignment_operator(&self) -> bool {
        true
    }

    fn prec_value(&self, prec: Precedence) -> u8 {
        match prec {
            Precedence::Period => 200,
            Precedence::DoubleColon => prec::CAST,
            Precedence::AtTz => prec::AT,
            Precedence::MulDivModOp => prec::PRODUCT,
            Precedence::PlusMinus => prec::SUM,
            Precedence::Caret => prec::POWER,
            Precedence::Xor | Precedence::Ampersand | Precedence::Pipe | Precedence::PgOther => prec::OTHER,
            // The bounds of a slice: everything but the colon belongs to them.
            Precedence::Colon => 1,
            Precedence::Between | Precedence::Like => prec::PATTERN,
            Precedence::Eq => prec::COMPARISON,
            Precedence::Is => prec::IS,
            Precedence::UnaryNot => prec::NOT,
            Precedence::And => prec::AND,
            Precedence::Or => prec::OR,
        }
    }

    fn get_next_precedence(&self, parser: &Parser<'_>) -> Option<Found<u8>> {
        Some(Ok(match &parser.peek_token_ref().token {
            Token::Period => 200,
            Token::Eq | Token::Lt | Token::LtEq | Token::Neq | Token::Gt | Token::GtEq => prec::COMPARISON,
            Token::Plus | Token::Minus => prec::SUM,
            Token::Mul | Token::Div | Token::Mod => prec::PRODUCT,
            Token::Caret => prec::POWER,
            Token::CustomBinaryOperator(_) => prec::OTHER,
            Token::DoubleColon => prec::CAST,
            Token::Word(word) => word_precedence(parser, word.keyword),
            _ => self.prec_unknown(),
        }))
    }

    fn parse_prefix(&self, parser: &mut Parser<'_>) -> Option<Found<Expr>> {
        Some(prefix(parser))
    }

    fn parse_infix(&self, parser: &mut Parser<'_>, left: &Expr, precedence: u8) -> Option<Found<Expr>> {
        match &parser.peek_token_ref().token {
            Token::Word(word) => match word.keyword {
                Keyword::IN | Keyword::LIKE | Keyword::ILIKE | Keyword::NOT => pattern(parser, left),
                Keyword::AT => at(parser, left),
                Keyword::BETWEEN => symmetric(parser, left),
                Keyword::COLLATE => Some(collate(parser, left)),
                _ => None,
            },
            _ => quantified(parser, left, precedence),
        }
    }
}

fn word_precedence(parser: &Parser<'_>, keyword: Keyword) -> u8 {
    let next = |ahead: usize| match &parser.peek_nth_token_ref(ahead).token {
        Token::Word(word) => word.keyword,
        _ => Keyword::NoKeyword,
    };
    match keyword {
        Keyword::OR => prec::OR,
        Keyword::AND => prec::AND,
        Keyword::IS => prec::IS,
        Keyword::IN | Keyword::BETWEEN | Keyword::LIKE | Keyword::ILIKE | Keyword::OVERLAPS => prec::PATTERN,
        Keyword::SIMILAR if next(1) == Keyword::TO => prec::PATTERN,
        Keyword::NOT => match next(1) {
            Keyword::IN | Keyword::BETWEEN | Keyword::LIKE | Keyword::ILIKE | Keyword::SIMILAR => prec::PATTERN,
            _ => 0,
        },
        Keyword::AT if matches!(next(1), Keyword::TIME | Keyword::LOCAL) => prec::AT,
        Keyword::COLLATE => prec::COLLATE,
        _ => 0,
    }
}

fn prefix(parser: &mut Parser<'_>) -> Found<Expr> {
    let token = parser.next_token();
    let TokenWithSpan { token: kind, span } = token;
    let value = |value: Value| Ok(Expr::Value(value.with_span(span)));
    match kind {
        Token::Number(digits, long) => value(Value::Number(digits, long)),
        Token::SingleQuotedString(text) => value(Value::SingleQuotedString(text)),
        Token::Placeholder(name) => value(Value::Placeholder(name)),
        Token::Minus => signed(parser, UnaryOperator::Minus),
        Token::Plus => signed(parser, UnaryOperator::Plus),
        Token::CustomBinaryOperator(symbol) => {
            let value = Box::new(parser.parse_subexpr(prec::OTHER)?);
            Ok(Expr::Prefixed { prefix: Ident::with_span(span, symbol), value })
        }
        Token::LParen => parentheses(parser),
        Token::LBracket => parser.parse_array_expr(false),
        Token::Word(word) => match word.keyword {
            Keyword::TRUE => value(Value::Boolean(true)),
            Keyword::FALSE => value(Value::Boolean(false)),
            Keyword::NULL => value(Value::Null),
            Keyword::CASE => parser.parse_case_expr(),
            Keyword::NOT => {
                let expr = Box::new(parser.parse_subexpr(prec::NOT)?);
                Ok(Expr::UnaryOp { op: UnaryOperator::Not, expr })
            }
            Keyword::ARRAY if parser.consume_token(&Token::LBracket) => parser.parse_array_expr(true),
            _ => name(parser, Ident { value: word.value, quote_style: word.quote_style, span }),
        },
        other => parser.expected("an expression", TokenWithSpan::new(other, span)),
    }
}

fn signed(parser: &mut Parser<'_>, op: UnaryOperator) -> Found<Expr> {
    Ok(Expr::UnaryOp { op, expr: Box::new(parser.parse_subexpr(prec::SIGN)?) })
}

fn parentheses(parser: &mut Parser<'_>) -> Found<Expr> {
    let mut items = parser.parse_comma_separated(Parser::parse_expr)?;
    parser.expect_token(&Token::RParen)?;
    match (items.pop(), items.is_empty()) {
        (Some(only), true) => Ok(Expr::Nested(Box::new(only))),
        (last, _) => {
            items.extend(last);
            Ok(Expr::Tuple(items))
        }
    }
}

fn name(parser: &mut Parser<'_>, ident: Ident) -> Found<Expr> {
    if parser.peek_token_ref().token != Token::LParen {
        return Ok(Expr::Identifier(ident));
    }
    if ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("cast") {
        return cast(parser);
    }
    parser.parse_function(ObjectName::from(vec![ident]))
}

/// `CAST(x AS type)`, the type being an island.
fn cast(parser: &mut Parser<'_>) -> Found<Expr> {
    parser.expect_token(&Token::LParen)?;
    let expr = Box::new(parser.parse_expr()?);
    parser.expect_keyword(Keyword::AS)?;
    let data_type = parser.parse_data_type()?;
    parser.expect_token(&Token::RParen)?;
    Ok(Expr::Cast { kind: sqlparser::ast::CastKind::Cast, expr, data_type, format: None })
}

/// `[NOT] IN`, `[NOT] [I]LIKE`; `None` leaves the rest to sqlparser.
fn pattern(parser: &mut Parser<'_>, left: &Expr) -> Option<Found<Expr>> {
    let negated = matches!(&parser.peek_token_ref().token, Token::Word(word) if word.keyword == Keyword::NOT);
    let Token::Word(word) = &parser.peek_nth_token_ref(usize::from(negated)).token else { return None };
    let symbol = match (word.keyword, negated) {
        (Keyword::IN, _) => return Some(membership(parser, left, negated)),
        (Keyword::BETWEEN, _) => return symmetric(parser, left),
        (Keyword::LIKE, false) => "~~",
        (Keyword::LIKE, true) => "!~~",
        (Keyword::ILIKE, false) => "~~*",
        (Keyword::ILIKE, true) => "!~~*",
        _ => return None,
    };
    let quantifier = match &parser.peek_nth_token_ref(usize::from(negated) + 1).token {
        Token::Word(word) => word.keyword,
        _ => return None,
    };
    if !matches!(quantifier, Keyword::ANY | Keyword::SOME | Keyword::ALL) {
        return None;
    }
    for _ in 0..usize::from(negated) + 1 {
        parser.advance_token();
    }
    Some(operand(parser, left, symbol.to_string(), prec::PATTERN))
}

fn membership(parser: &mut Parser<'_>, left: &Expr, negated: bool) -> Found<Expr> {
    for _ in 0..usize::from(negated) + 1 {
        parser.advance_token();
    }
    let expr = Box::new(left.clone());
    if matches!(parser.peek_token_ref().token, Token::Placeholder(_)) {
        return Ok(Expr::InList { expr, list: vec![prefix(parser)?], negated });
    }
    parser.expect_token(&Token::LParen)?;
    let list = parser.parse_comma_separated(Parser::parse_expr)?;
    parser.expect_token(&Token::RParen)?;
    Ok(Expr::InList { expr, list, negated })
}

/// `COLLATE` behind a cast; sqlparser takes it behind a name only.
fn collate(parser: &mut Parser<'_>, left: &Expr) -> Found<Expr> {
    parser.advance_token();
    Ok(Expr::Collate { expr: Box::new(left.clone()), collation: parser.parse_object_name(false)? })
}

/// The mark of a lower bound of `BETWEEN SYMMETRIC`, which sqlparser has no place for.
pub(super) const SYMMETRIC: &str = "\0symmetric";

/// `[NOT] BETWEEN SYMMETRIC`; `None` leaves the plain form to sqlparser.
fn symmetric(parser: &mut Parser<'_>, left: &Expr) -> Option<Found<Expr>> {
    let negated = matches!(&parser.peek_token_ref().token, Token::Word(word) if word.keyword == Keyword::NOT);
    let word = &parser.peek_nth_token_ref(usize::from(negated) + 1).token;
    if !matches!(word, Token::Word(word) if word.keyword == Keyword::SYMMETRIC) {
        return None;
    }
    for _ in 0..usize::from(negated) + 2 {
        parser.advance_token();
    }
    let prefix = Ident::new(SYMMETRIC);
    Some(parser.parse_between(left.clone(), negated).map(|between| match between {
        Expr::Between { expr, negated, low, high } => {
            Expr::Between { expr, negated, low: Box::new(Expr::Prefixed { prefix, value: low }), high }
        }
        other => other,
    }))
}

/// `AT LOCAL`; sqlparser reads `AT TIME ZONE`.
fn at(parser: &mut Parser<'_>, left: &Expr) -> Option<Found<Expr>> {
    if !matches!(&parser.peek_nth_token_ref(1).token, Token::Word(word) if word.keyword == Keyword::LOCAL) {
        return None;
    }
    parser.advance_token();
    let local = parser.next_token();
    let zone = Expr::Wildcard(local.into());
    Some(Ok(Expr::AtTimeZone { timestamp: Box::new(left.clone()), time_zone: Box::new(zone) }))
}

/// `operator ANY (…)` for any operator; `None` leaves plain operators to sqlparser, which takes the left side by value.
fn quantified(parser: &mut Parser<'_>, left: &Expr, precedence: u8) -> Option<Found<Expr>> {
    let Token::Word(word) = &parser.peek_nth_token_ref(1).token else { return None };
    if !matches!(word.keyword, Keyword::ANY | Keyword::SOME | Keyword::ALL) {
        return None;
    }
    let symbol = match parser.next_token().token {
        Token::CustomBinaryOperator(symbol) => symbol,
        other => other.to_string(),
    };
    Some(operand(parser, left, symbol, precedence))
}

/// Reads what stands behind an operator with a quantifier.
fn operand(parser: &mut Parser<'_>, left: &Expr, symbol: String, precedence: u8) -> Found<Expr> {
    let left = Box::new(left.clone());
    let compare_op = BinaryOperator::Custom(symbol);
    let Some(quantifier) = quantifier(parser) else {
        return Ok(Expr::BinaryOp { left, op: compare_op, right: Box::new(parser.parse_subexpr(precedence)?) });
    };
    let right = Box::new(match parser.peek_token_ref().token {
        Token::Placeholder(_) => prefix(parser)?,
        _ => {
            parser.expect_token(&Token::LParen)?;
            parentheses(parser)?
        }
    });
    Ok(match quantifier {
        Keyword::ALL => Expr::AllOp { left, compare_op, right },
        _ => Expr::AnyOp { left, compare_op, right, is_some: false },
    })
}

fn quantifier(parser: &mut Parser<'_>) -> Option<Keyword> {
    let Token::Word(word) = &parser.peek_token_ref().token else { return None };
    let keyword = word.keyword;
    if !matches!(keyword, Keyword::ANY | Keyword::SOME | Keyword::ALL) {
        return None;
    }
    parser.advance_token();
    Some(keyword)
}
