//! FROM: relations, subqueries, functions, joins and their aliases.

use super::clause::{boundary, expr, holds_query};
use super::select::query;
use crate::query::{Alias, ColumnDefinition, Expr, FromItem, FromKind, FunctionCall, JoinCondition, JoinKind, Sample};
use crate::syntax::cursor::{Cursor, NameSort, Parsed};
use crate::syntax::expression::expression;
use crate::syntax::token::TokenKind;
use crate::syntax::type_name::type_name;

/// Reads FROM items with commas between.
pub(super) fn from_list(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Vec<FromItem>> {
    cursor.list(|cursor| from_item(cursor, end))
}

/// Reads a FROM item with the joins behind it.
pub(super) fn from_item(cursor: &mut Cursor<'_>, end: usize) -> Parsed<FromItem> {
    let start = cursor.index();
    let mut left = primary(cursor, end)?;
    while cursor.index() < end && at_join(cursor) {
        left = join(cursor, end, start, left)?;
    }
    Ok(left)
}

fn at_join(cursor: &Cursor<'_>) -> bool {
    if cursor.is_word("join") || cursor.is_word("natural") || cursor.is_words(&["cross", "join"]) {
        return true;
    }
    ["inner", "left", "right", "full"]
        .iter()
        .any(|word| cursor.is_words(&[word, "join"]) || cursor.is_words(&[word, "outer", "join"]))
}

fn join(cursor: &mut Cursor<'_>, end: usize, start: usize, left: FromItem) -> Parsed<FromItem> {
    let cross = cursor.eat("cross");
    let natural = !cross && cursor.eat("natural");
    let kind = match cursor.eat_one_of(&["inner", "left", "right", "full"]) {
        Some("left") => JoinKind::Left,
        Some("right") => JoinKind::Right,
        Some("full") => JoinKind::Full,
        _ => JoinKind::Inner,
    };
    if kind != JoinKind::Inner {
        cursor.eat("outer");
    }
    cursor.expect("join")?;
    let right_start = cursor.index();
    let mut right = primary(cursor, end)?;
    let mut condition = JoinCondition::None;
    if !cross && !natural {
        // `a JOIN b JOIN c ON … ON …`: the inner join comes first.
        while at_join(cursor) {
            right = join(cursor, end, right_start, right)?;
        }
        condition = join_condition(cursor, end)?;
    }
    let (left, right) = (Box::new(left), Box::new(right));
    let kind = FromKind::Join { natural, kind, left, right, condition, alias: None };
    Ok(FromItem { span: cursor.span_from(start), kind })
}

fn join_condition(cursor: &mut Cursor<'_>, end: usize) -> Parsed<JoinCondition> {
    if cursor.eat("on") {
        return expr(cursor, end).map(JoinCondition::On);
    }
    cursor.expect("using")?;
    let columns = cursor.parenthesised(Cursor::ident)?;
    let alias = if cursor.eat("as") { Some(cursor.ident()?) } else { None };
    Ok(JoinCondition::Using(columns, alias))
}

fn primary(cursor: &mut Cursor<'_>, end: usize) -> Parsed<FromItem> {
    let start = cursor.index();
    let lateral = cursor.eat("lateral");
    let kind = if cursor.is(TokenKind::LeftParen) {
        if let Some(item) = parenthesised_join(cursor, end, lateral)? {
            return Ok(item);
        }
        subquery(cursor, lateral)?
    } else if cursor.is_words(&["rows", "from"]) {
        rows_from(cursor, lateral)?
    } else if is_function(cursor) {
        function(cursor, lateral)?
    } else if lateral {
        return Err(cursor.error("a subquery or a function"));
    } else {
        relation(cursor, end)?
    };
    Ok(FromItem { span: cursor.span_from(start), kind })
}

/// Reads `(a JOIN b ON …) [AS alias]`; `None` and no move when the parenthesis holds a query.
fn parenthesised_join(cursor: &mut Cursor<'_>, end: usize, lateral: bool) -> Parsed<Option<FromItem>> {
    let start = cursor.index();
    let behind = cursor.matching(start)?;
    if lateral || holds_query(cursor) {
        return Ok(None);
    }
    cursor.advance()?;
    let mut item = from_item(cursor, behind - 1)?;
    cursor.expect_kind(TokenKind::RightParen)?;
    let outer = alias(cursor, end, Definitions::Refused)?;
    match (&mut item.kind, outer) {
        (FromKind::Join { alias, .. }, Some(outer)) if alias.is_none() => *alias = Some(outer),
        (FromKind::Join { .. }, None) => {}
        _ => return Err(cursor.error("a join within the parentheses")),
    }
    item.span = cursor.span_from(start);
    Ok(Some(item))
}

fn subquery(cursor: &mut Cursor<'_>, lateral: bool) -> Parsed<FromKind> {
    let behind = cursor.matching(cursor.index())?;
    cursor.expect_kind(TokenKind::LeftParen)?;
    let query = Box::new(query(cursor, behind - 1)?);
    cursor.expect_kind(TokenKind::RightParen)?;
    Ok(FromKind::Subquery { lateral, query, alias: alias(cursor, usize::MAX, Definitions::Refused)? })
}

fn relation(cursor: &mut Cursor<'_>, end: usize) -> Parsed<FromKind> {
    let only = cursor.eat("only");
    let parenthesised = only && cursor.eat_kind(TokenKind::LeftParen);
    let name = cursor.name()?;
    if parenthesised {
        cursor.expect_kind(TokenKind::RightParen)?;
    }
    if !only {
        cursor.eat_operator("*");
    }
    let alias = alias(cursor, end, Definitions::Refused)?;
    let sample = if cursor.eat("tablesample") { Some(sample(cursor)?) } else { None };
    Ok(FromKind::Table { name, only, alias, sample })
}

fn sample(cursor: &mut Cursor<'_>) -> Parsed<Sample> {
    let method = cursor.qualified(NameSort::Function)?;
    let arguments = cursor.parenthesised(|cursor| expr(cursor, usize::MAX))?;
    let seed = match cursor.eat("repeatable") {
        true => Some(Box::new(crate::syntax::expression::in_parentheses(cursor)?)),
        false => None,
    };
    Ok(Sample { method, arguments, seed })
}

/// Says whether a possibly qualified name with an opening parenthesis behind it comes next.
fn is_function(cursor: &Cursor<'_>) -> bool {
    const VALUES: &[&str] = &[
        "current_date",
        "current_time",
        "current_timestamp",
        "localtime",
        "localtimestamp",
        "current_user",
        "session_user",
        "user",
        "current_role",
        "current_catalog",
    ];
    if VALUES.iter().any(|word| cursor.is_word(word)) {
        return true;
    }
    let mut ahead = 0;
    while cursor.peek(ahead + 1).is_some_and(|token| token.kind == TokenKind::Dot) {
        ahead += 2;
    }
    let is_name = cursor
        .peek(ahead)
        .is_some_and(|token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdent | TokenKind::UnicodeIdent));
    let open = cursor.peek(ahead + 1).is_some_and(|token| token.kind == TokenKind::LeftParen);
    is_name && open && !cursor.is_word("only")
}

fn function(cursor: &mut Cursor<'_>, lateral: bool) -> Parsed<FromKind> {
    let call = FunctionCall { call: call(cursor)?, definitions: Vec::new() };
    let ordinality = cursor.eat_words(&["with", "ordinality"]);
    let alias = alias(cursor, usize::MAX, Definitions::Taken)?;
    Ok(FromKind::Function { lateral, calls: vec![call], rows_from: false, ordinality, alias })
}

/// Reads a call up to its closing parenthesis.
fn call(cursor: &mut Cursor<'_>) -> Parsed<Expr> {
    let mut at = cursor.index();
    while cursor.tokens(at, at + 1).first().is_some_and(|token| token.kind != TokenKind::LeftParen) {
        let dotted = cursor.tokens(at + 1, at + 2).first().map(|token| token.kind);
        match dotted {
            Some(TokenKind::Dot) => at += 2,
            Some(TokenKind::LeftParen) => at += 1,
            // A value such as CURRENT_DATE has no parentheses.
            _ => return expression(cursor, at + 1),
        }
    }
    let behind = cursor.matching(at)?;
    expression(cursor, behind)
}

fn rows_from(cursor: &mut Cursor<'_>, lateral: bool) -> Parsed<FromKind> {
    cursor.expect_words(&["rows", "from"])?;
    let calls = cursor.parenthesised(|cursor| {
        let call = call(cursor)?;
        let definitions = if cursor.eat("as") { cursor.parenthesised(definition)? } else { Vec::new() };
        Ok(FunctionCall { call, definitions })
    })?;
    let ordinality = cursor.eat_words(&["with", "ordinality"]);
    let alias = alias(cursor, usize::MAX, Definitions::Taken)?;
    Ok(FromKind::Function { lateral, calls, rows_from: true, ordinality, alias })
}

/// Whether an alias may define columns with types.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Definitions {
    Taken,
    Refused,
}

fn alias(cursor: &mut Cursor<'_>, end: usize, definitions: Definitions) -> Parsed<Option<Alias>> {
    let explicit = cursor.eat("as");
    if !explicit && (cursor.index() >= end || !cursor.is_name(NameSort::Column)) {
        return Ok(None);
    }
    let mut found = Alias::default();
    let anonymous = definitions == Definitions::Taken && cursor.is(TokenKind::LeftParen);
    if !anonymous {
        found.name = Some(cursor.ident()?);
    }
    if !cursor.is(TokenKind::LeftParen) {
        return Ok(Some(found));
    }
    let lists_names =
        cursor.peek(2).is_some_and(|token| matches!(token.kind, TokenKind::Comma | TokenKind::RightParen));
    if lists_names && !anonymous {
        found.columns = cursor.parenthesised(Cursor::ident)?;
    } else if definitions == Definitions::Taken {
        found.definitions = cursor.parenthesised(definition)?;
    } else {
        return Err(cursor.error("column names"));
    }
    Ok(Some(found))
}

fn definition(cursor: &mut Cursor<'_>) -> Parsed<ColumnDefinition> {
    let name = cursor.ident()?;
    let data_type = type_name(cursor)?;
    let collation = if cursor.eat("collate") { Some(cursor.name()?) } else { None };
    Ok(ColumnDefinition { name, data_type, collation })
}

/// Reads an element of an index or conflict target: a column, a call, or an expression in parentheses.
pub(super) fn index_expression(cursor: &mut Cursor<'_>, end: usize) -> Parsed<Expr> {
    if cursor.is(TokenKind::LeftParen) {
        return crate::syntax::expression::in_parentheses(cursor);
    }
    if is_function(cursor) {
        return call(cursor);
    }
    let bound = boundary(cursor, end)?.min(cursor.index() + 1);
    expression(cursor, bound)
}
