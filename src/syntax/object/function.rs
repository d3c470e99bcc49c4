//! CREATE and ALTER of functions and procedures.

use super::parameter::{parameter, possibly_empty};
use super::reference;
use crate::statement::object::function::{
    AlterFunction, Attribute, BodyStatement, BodyStatementKind, CreateFunction, NullInput, Returns, RoutineKind,
    Source, SqlBody, TableColumn,
};
use crate::statement::object::reference::Kind;
use crate::statement::session::setting::Attached;
use crate::syntax::cursor::{Cursor, NameSort, Parsed};
use crate::syntax::expression::expression;
use crate::syntax::session::setting;
use crate::syntax::session::source_text::source_text;
use crate::syntax::token::TokenKind;
use crate::syntax::type_name::type_name;
use crate::syntax::{parse, words};

/// Reads what follows `CREATE [OR REPLACE] FUNCTION` or `PROCEDURE`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create(cursor: &mut Cursor<'_>, or_replace: bool, kind: RoutineKind) -> Parsed<CreateFunction> {
    let name = cursor.qualified(NameSort::Function)?;
    let parameters = possibly_empty(cursor, parameter)?;
    let returns = match kind {
        RoutineKind::Function if cursor.eat("returns") => Some(returns(cursor)?),
        _ => None,
    };
    let mut attributes = Vec::new();
    while let Some(found) = create_attribute(cursor)? {
        attributes.push(found);
    }
    let body = sql_body(cursor)?;
    Ok(CreateFunction { or_replace, kind, name, parameters, returns, attributes, body })
}

/// Reads the attributes behind the routine of ALTER FUNCTION.
///
/// # Errors
///
/// No attribute stands here.
pub fn alter(cursor: &mut Cursor<'_>, kind: Kind) -> Parsed<AlterFunction> {
    let routine = reference::routine(cursor)?;
    let mut attributes = Vec::new();
    while let Some(found) = attribute(cursor)? {
        attributes.push(found);
    }
    if attributes.is_empty() {
        return Err(cursor.error("an attribute of the routine"));
    }
    cursor.eat("restrict");
    Ok(AlterFunction { kind, routine, attributes })
}

fn returns(cursor: &mut Cursor<'_>) -> Parsed<Returns> {
    if !cursor.eat("table") {
        return type_name(cursor).map(Returns::Type);
    }
    let columns = cursor.parenthesised(|cursor| {
        let start = cursor.index();
        let name = cursor.name_of(NameSort::Function)?;
        let data_type = type_name(cursor)?;
        Ok(TableColumn { span: cursor.span_from(start), name, data_type })
    })?;
    Ok(Returns::Table(columns))
}

fn create_attribute(cursor: &mut Cursor<'_>) -> Parsed<Option<Attribute>> {
    let found = if cursor.eat("as") {
        Attribute::As(source(cursor)?)
    } else if cursor.eat("language") {
        Attribute::Language(words::word_or_string(cursor)?)
    } else if cursor.eat("transform") {
        Attribute::Transform(cursor.list(|cursor| {
            cursor.expect_words(&["for", "type"])?;
            type_name(cursor)
        })?)
    } else if cursor.eat("window") {
        Attribute::Window
    } else {
        return attribute(cursor);
    };
    Ok(Some(found))
}

fn source(cursor: &mut Cursor<'_>) -> Parsed<Source> {
    let first = source_text(cursor)?;
    if !cursor.eat_kind(TokenKind::Comma) {
        return Ok(Source::Text(first));
    }
    Ok(Source::Library { file: first.text, symbol: cursor.string()? })
}

/// Takes an attribute that ALTER FUNCTION knows too.
fn attribute(cursor: &mut Cursor<'_>) -> Parsed<Option<Attribute>> {
    if cursor.eat_words(&["returns", "null", "on", "null", "input"]) {
        return Ok(Some(Attribute::NullInput(NullInput::Strict)));
    }
    if cursor.is_word("external") {
        cursor.advance()?;
        return words::expect_one_of(cursor, "SECURITY").map(Attribute::Security).map(Some);
    }
    let choice = None
        .or_else(|| words::one_of(cursor).map(Attribute::NullInput))
        .or_else(|| words::one_of(cursor).map(Attribute::Volatility))
        .or_else(|| words::one_of(cursor).map(Attribute::Security))
        .or_else(|| words::one_of(cursor).map(Attribute::Leakproof));
    if choice.is_some() {
        return Ok(choice);
    }
    let Some(word) = cursor.eat_one_of(&["cost", "rows", "support", "parallel", "set", "reset"]) else {
        return Ok(None);
    };
    let found = match word {
        "cost" => Attribute::Cost(words::number(cursor)?),
        "rows" => Attribute::Rows(words::number(cursor)?),
        "support" => Attribute::Support(cursor.name()?),
        "parallel" => Attribute::Parallel(cursor.ident()?),
        "set" => Attribute::Setting(Attached::Set(setting::routine_change(cursor)?)),
        _ => Attribute::Setting(Attached::Reset(setting::reset(cursor)?)),
    };
    Ok(Some(found))
}

fn sql_body(cursor: &mut Cursor<'_>) -> Parsed<Option<SqlBody>> {
    if cursor.eat("return") {
        return expression(cursor, words::end(cursor)).map(SqlBody::Return).map(Some);
    }
    if !cursor.eat_words(&["begin", "atomic"]) {
        return Ok(None);
    }
    let mut statements = Vec::new();
    while !cursor.eat("end") {
        if !cursor.eat_kind(TokenKind::Semicolon) {
            statements.push(body_statement(cursor)?);
            cursor.expect_kind(TokenKind::Semicolon)?;
        }
    }
    Ok(Some(SqlBody::Atomic(statements)))
}

fn body_statement(cursor: &mut Cursor<'_>) -> Parsed<BodyStatement> {
    let start = cursor.index();
    let end = words::end_of_part(cursor);
    let kind = if cursor.eat("return") {
        BodyStatementKind::Return(expression(cursor, end)?)
    } else {
        refuse_nested_body(cursor)?;
        let statement = parse::statement(cursor.text(), cursor.tokens(start, end))?;
        cursor.seek(end);
        BodyStatementKind::Statement(Box::new(statement))
    };
    Ok(BodyStatement { span: cursor.span_from(start), kind })
}

/// Refuses a routine made within a body: PostgreSQL never runs one, and nesting without end would exhaust the stack.
fn refuse_nested_body(cursor: &Cursor<'_>) -> Parsed<()> {
    let mut ahead = cursor.clone();
    ahead.seek(words::index_of(cursor, &["atomic"]));
    let makes = cursor.is_word("create") && !ahead.at_end();
    if makes { Err(cursor.error("a statement that needs no body of its own")) } else { Ok(()) }
}
