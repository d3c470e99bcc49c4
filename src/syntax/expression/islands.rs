//! Islands: what our own parsers read before sqlparser sees the rest.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token as Foreign, Word};

use super::convert::may_name_type;
use super::expression;
use crate::pg::keyword::Folded;
use crate::pg::{Name, TypeName};
use crate::query::{Expr, ExprKind, InOperand, Literal, SqlFunction, TrimSide, Window};
use crate::source::Span;
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::data;
use crate::syntax::token::{Token, TokenKind};
use crate::syntax::type_name::{interval_fields, simple};

/// The islands of one expression, by the number in their placeholder.
#[derive(Default)]
pub(super) struct Islands {
    exprs: Vec<Option<Expr>>,
    types: Vec<TypeName>,
    windows: Vec<Window>,
}

/// An expression that was read, and the index of its first token.
pub(super) struct Island {
    pub(super) start: usize,
    pub(super) expr: Expr,
}

impl Island {
    pub(super) fn expr(span: Span, kind: ExprKind) -> Expr {
        Expr::new(span, kind)
    }
}

impl Islands {
    pub(super) fn add(&mut self, expr: Expr) -> Foreign {
        self.exprs.push(Some(expr));
        Foreign::Placeholder(format!("?{}", self.exprs.len() - 1))
    }

    pub(super) fn add_type(&mut self, found: TypeName) -> Foreign {
        self.types.push(found);
        quoted_word(self.types.len() - 1)
    }

    pub(super) fn add_window(&mut self, window: Window) -> Foreign {
        self.windows.push(window);
        quoted_word(self.windows.len() - 1)
    }

    /// Takes the expression of a placeholder; each stands once in the text.
    pub(super) fn take(&mut self, placeholder: &str) -> Option<Expr> {
        let number: usize = placeholder.strip_prefix('?')?.parse().ok()?;
        self.exprs.get_mut(number)?.take()
    }

    pub(super) fn type_name(&self, placeholder: &str) -> Option<&TypeName> {
        self.types.get(island_number(placeholder)?)
    }

    pub(super) fn window(&self, placeholder: &str) -> Option<&Window> {
        self.windows.get(island_number(placeholder)?)
    }
}

/// A word that no identifier can be: PostgreSQL's text holds no NUL.
fn quoted_word(number: usize) -> Foreign {
    let value = format!("\0{number}");
    Foreign::Word(Word { value, quote_style: Some('"'), keyword: Keyword::NoKeyword })
}

/// The name of an argument that VARIADIC stands before.
pub(super) const VARIADIC: &str = "\0variadic";

pub(super) fn variadic() -> Foreign {
    Foreign::Word(Word { value: VARIADIC.into(), quote_style: Some('"'), keyword: Keyword::NoKeyword })
}

fn island_number(placeholder: &str) -> Option<usize> {
    placeholder.strip_prefix('\0')?.parse().ok()
}

/// Reads `( query )`.
pub(super) fn subquery(cursor: &mut Cursor<'_>) -> Parsed<Island> {
    let start = cursor.index();
    let query = query_in_parentheses(cursor)?;
    Ok(Island { start, expr: Expr::new(cursor.span_from(start), ExprKind::Subquery(Box::new(query))) })
}

fn query_in_parentheses(cursor: &mut Cursor<'_>) -> Parsed<crate::query::Query> {
    let behind = cursor.matching(cursor.index())?;
    cursor.expect_kind(TokenKind::LeftParen)?;
    let query = data::query(cursor, behind - 1)?;
    cursor.expect_kind(TokenKind::RightParen)?;
    Ok(query)
}

/// Reads what starts with a word that has a syntax of its own; `None` when it is an ordinary name.
pub(super) fn at_word(cursor: &mut Cursor<'_>, lower: &str) -> Parsed<Option<Island>> {
    let start = cursor.index();
    let kind = match lower {
        "current_date" | "current_time" | "current_timestamp" | "localtime" | "localtimestamp" | "current_role"
        | "current_user" | "session_user" | "system_user" | "user" | "current_catalog" | "current_schema" => {
            match value(cursor, lower)? {
                Some(kind) => kind,
                None => return Ok(None),
            }
        }
        _ if cursor.peek(1).is_none_or(|token| token.kind != TokenKind::LeftParen) => return Ok(None),
        "exists" => {
            cursor.advance()?;
            ExprKind::Exists(Box::new(query_in_parentheses(cursor)?))
        }
        "array" => {
            cursor.advance()?;
            ExprKind::ArrayQuery(Box::new(query_in_parentheses(cursor)?))
        }
        "extract" | "position" | "overlay" | "trim" | "substring" | "normalize" => match call(cursor, lower)? {
            Some(kind) => kind,
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    Ok(Some(Island { start, expr: Expr::new(cursor.span_from(start), kind) }))
}

/// `CURRENT_TIMESTAMP`, with a precision where it is allowed.
fn value(cursor: &mut Cursor<'_>, lower: &str) -> Parsed<Option<ExprKind>> {
    let takes_precision = matches!(lower, "current_time" | "current_timestamp" | "localtime" | "localtimestamp");
    let open = cursor.peek(1).is_some_and(|token| token.kind == TokenKind::LeftParen);
    // `current_schema()` is a function; the others may not be called.
    if open && !takes_precision {
        return Ok(None);
    }
    cursor.advance()?;
    let mut words = lower.to_ascii_uppercase();
    if open {
        cursor.advance()?;
        words = format!("{words}({})", cursor.integer()?);
        cursor.expect_kind(TokenKind::RightParen)?;
    }
    Ok(Some(ExprKind::Value(words)))
}

/// The calls with key words between their arguments; `None` when it is written as an ordinary call.
fn call(cursor: &mut Cursor<'_>, lower: &str) -> Parsed<Option<ExprKind>> {
    let behind = cursor.matching(cursor.index() + 1)?;
    let last = behind - 1;
    let start = cursor.index();
    cursor.seek(start + 2);
    let found = match lower {
        "extract" => extract(cursor, last)?,
        "position" => {
            let parts = separated(cursor, last, &["in"])?;
            parts.map(|parts| ExprKind::SqlCall(SqlFunction::Position, parts.arguments))
        }
        "overlay" => {
            let parts = separated(cursor, last, &["placing", "from", "for"])?;
            parts.map(|parts| ExprKind::SqlCall(SqlFunction::Overlay, parts.arguments))
        }
        "substring" => substring(cursor, last)?,
        "normalize" => normalize(cursor, last)?,
        _ => Some(trim(cursor, last)?),
    };
    match found {
        Some(kind) => {
            cursor.seek(last);
            cursor.expect_kind(TokenKind::RightParen)?;
            Ok(Some(kind))
        }
        None => {
            cursor.seek(start);
            Ok(None)
        }
    }
}

fn extract(cursor: &mut Cursor<'_>, last: usize) -> Parsed<Option<ExprKind>> {
    let field = if cursor.is(TokenKind::String) {
        cursor.string()?
    } else {
        cursor.name_of(crate::syntax::cursor::NameSort::Label)?.as_str().to_string()
    };
    cursor.expect("from")?;
    let source = expression(cursor, last)?;
    Ok(Some(ExprKind::SqlCall(SqlFunction::Extract(field), vec![source])))
}

fn substring(cursor: &mut Cursor<'_>, last: usize) -> Parsed<Option<ExprKind>> {
    let Some(parts) = separated(cursor, last, &["from", "for", "similar", "escape"])? else { return Ok(None) };
    let mut arguments = parts.arguments;
    let function = match parts.words.as_slice() {
        ["from"] => SqlFunction::Substring { from: true, length: false },
        ["from", "for"] => SqlFunction::Substring { from: true, length: true },
        ["for"] => SqlFunction::Substring { from: false, length: true },
        // PostgreSQL takes the two in either order.
        ["for", "from"] => {
            arguments.swap(1, 2);
            SqlFunction::Substring { from: true, length: true }
        }
        ["similar", "escape"] => SqlFunction::SubstringSimilar,
        _ => return Err(cursor.error("SUBSTRING's FROM and FOR")),
    };
    Ok(Some(ExprKind::SqlCall(function, arguments)))
}

fn normalize(cursor: &mut Cursor<'_>, last: usize) -> Parsed<Option<ExprKind>> {
    let end = expression_end(cursor, last, &[])?;
    let text = expression(cursor, end)?;
    if cursor.index() == last {
        return Ok(Some(ExprKind::SqlCall(SqlFunction::Normalize(""), vec![text])));
    }
    cursor.expect_kind(TokenKind::Comma)?;
    let form = cursor.eat_one_of(&["NFC", "NFD", "NFKC", "NFKD"]).ok_or_else(|| cursor.error("a Unicode form"))?;
    let form = match form {
        "NFC" => "NFC",
        "NFD" => "NFD",
        "NFKC" => "NFKC",
        _ => "NFKD",
    };
    Ok(Some(ExprKind::SqlCall(SqlFunction::Normalize(form), vec![text])))
}

fn trim(cursor: &mut Cursor<'_>, last: usize) -> Parsed<ExprKind> {
    let side = match cursor.eat_one_of(&["both", "leading", "trailing"]) {
        Some("leading") => TrimSide::Leading,
        Some("trailing") => TrimSide::Trailing,
        _ => TrimSide::Both,
    };
    let mut arguments = Vec::new();
    if !cursor.is_word("from") {
        let end = expression_end(cursor, last, &["from"])?;
        arguments.push(expression(cursor, end)?);
    }
    if cursor.eat("from") {
        // Behind FROM stands the text; PostgreSQL puts it before the characters.
        let characters = std::mem::take(&mut arguments);
        arguments = list(cursor, last)?;
        arguments.extend(characters);
    } else if cursor.eat_kind(TokenKind::Comma) {
        arguments.extend(list(cursor, last)?);
    }
    Ok(ExprKind::SqlCall(SqlFunction::Trim(side), arguments))
}

/// Reads expressions with commas between, up to index `last`.
fn list(cursor: &mut Cursor<'_>, last: usize) -> Parsed<Vec<Expr>> {
    cursor.list(|cursor| {
        let end = expression_end(cursor, last, &[])?;
        expression(cursor, end)
    })
}

struct Separated<'w> {
    arguments: Vec<Expr>,
    words: Vec<&'w str>,
}

/// Reads `a WORD b WORD c` up to index `last`; `None` when none of the words stands at this level.
fn separated<'w>(cursor: &mut Cursor<'_>, last: usize, words: &[&'w str]) -> Parsed<Option<Separated<'w>>> {
    if expression_end(cursor, last, words)? == last || separator_is_comma(cursor, last, words)? {
        return Ok(None);
    }
    let mut found = Separated { arguments: Vec::new(), words: Vec::new() };
    loop {
        let end = expression_end(cursor, last, words)?;
        found.arguments.push(expression(cursor, end)?);
        match cursor.eat_one_of(words) {
            Some(word) => found.words.push(word),
            None if cursor.index() == last => return Ok(Some(found)),
            None => return Err(cursor.error("`)`")),
        }
    }
}

fn separator_is_comma(cursor: &Cursor<'_>, last: usize, words: &[&str]) -> Parsed<bool> {
    let end = expression_end(cursor, last, words)?;
    Ok(cursor.tokens(end, end + 1).first().is_some_and(|token| token.kind == TokenKind::Comma))
}

/// Returns the index of the first comma or of one of the words at this level, or `last`.
fn expression_end(cursor: &Cursor<'_>, last: usize, words: &[&str]) -> Parsed<usize> {
    let mut at = cursor.index();
    while at < last {
        let Some(token) = cursor.tokens(at, at + 1).first().copied() else { break };
        match token.kind {
            TokenKind::LeftParen | TokenKind::LeftBracket => {
                at = cursor.matching(at)?;
                continue;
            }
            TokenKind::Comma => return Ok(at),
            TokenKind::Word if words.iter().any(|word| cursor.slice(token.span).eq_ignore_ascii_case(word)) => {
                return Ok(at);
            }
            _ => at += 1,
        }
    }
    Ok(last)
}

/// Says whether a type before a string may start here; cheap, because it is asked for every name.
pub(super) fn may_be_typed(cursor: &Cursor<'_>) -> bool {
    let Some(next) = cursor.peek(1) else { return false };
    let folded = Folded::new(cursor.peek_text(0));
    let lower = folded.as_str();
    let is_string = is_string(Some(next.kind));
    const MORE: &[&str] = &[
        "bit",
        "character",
        "char",
        "dec",
        "decimal",
        "double",
        "float",
        "interval",
        "national",
        "nchar",
        "numeric",
        "time",
        "timestamp",
        "varchar",
    ];
    let quoted = cursor.peek(0).is_some_and(|token| token.kind != TokenKind::Word);
    if is_string || next.kind == TokenKind::Dot && is_before_literal(cursor) {
        return quoted || may_name_type(lower);
    }
    next.kind != TokenKind::Dot && next.kind != TokenKind::Comma && MORE.contains(&lower)
}

/// Says whether behind the qualified name that starts here a string may follow, at once or after modifiers: most are
/// columns, and no type has to be read to see it.
fn is_before_literal(cursor: &Cursor<'_>) -> bool {
    let mut behind = 1;
    while cursor.peek(behind).is_some_and(|token| token.kind == TokenKind::Dot) {
        behind += 2;
    }
    let next = cursor.peek(behind).map(|token| token.kind);
    is_string(next) || next == Some(TokenKind::LeftParen) || cursor.peek_text(behind) == "%"
}

fn is_string(kind: Option<TokenKind>) -> bool {
    use TokenKind as K;
    matches!(kind, Some(K::String | K::EscapeString | K::DollarString | K::UnicodeString))
}

/// Reads `type 'text'`; `None` and no move when it is something else.
pub(super) fn typed_literal(cursor: &mut Cursor<'_>) -> Parsed<Option<Island>> {
    let start = cursor.index();
    let found = simple(cursor);
    let is_string = ["'", "$", "e'", "E'", "u&'", "U&'"].iter().any(|quote| cursor.peek_text(0).starts_with(quote));
    let is_string = is_string && !cursor.is(TokenKind::Parameter);
    let (Ok(mut data_type), true) = (found, is_string) else {
        cursor.seek(start);
        return Ok(None);
    };
    // Without a written length a literal keeps all its text: `char 'abc'` is not `char(1) 'abc'`.
    let has_length =
        cursor.tokens(cursor.index() - 1, cursor.index()).iter().any(|token| token.kind == TokenKind::RightParen);
    if !has_length && matches!(data_type.name.last().as_str(), "bpchar" | "bit") {
        data_type.modifiers.clear();
    }
    let place = cursor.here();
    let text = cursor.string()?;
    if data_type.interval.as_ref().is_some_and(|interval| interval.fields.is_empty() && interval.precision.is_none()) {
        data_type.interval = Some(interval_fields(cursor)?);
    }
    let literal = Expr::new(place, ExprKind::Literal(Literal::String(text)));
    let expr = Expr::new(cursor.span_from(start), ExprKind::Cast(Box::new(literal), Box::new(data_type)));
    Ok(Some(Island { start, expr }))
}

/// `B'01'`, `X'1F'`, and `N'text'`, which is a literal of type `bpchar`.
pub(super) fn prefixed_string(token: Token, value: &str) -> Expr {
    let kind = match token.kind {
        TokenKind::BitString => ExprKind::Literal(Literal::Bits('b', value.to_string())),
        TokenKind::HexString => ExprKind::Literal(Literal::Bits('x', value.to_string())),
        _ => {
            let literal = Expr::new(token.span, ExprKind::Literal(Literal::String(value.to_string())));
            let name = Name { parts: TypeName::builtin("bpchar", token.span).name.parts, span: token.span };
            ExprKind::Cast(Box::new(literal), Box::new(TypeName::named(name)))
        }
    };
    Expr::new(token.span, kind)
}

/// The right side of IN or ANY from its operands: a lone query in parentheses is a query.
pub(super) fn in_operand(mut items: Vec<Expr>) -> InOperand {
    match items.pop() {
        Some(Expr { kind: ExprKind::Subquery(query), .. }) if items.is_empty() => InOperand::Query(query),
        Some(last) => {
            items.push(last);
            InOperand::List(items)
        }
        None => InOperand::List(items),
    }
}
