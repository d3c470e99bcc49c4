//! Running an emitted script: the small part of psql that scripts use, `:'var'`, `\if`, `\gset` and `\gexec`.

use std::collections::BTreeMap;

use super::VerifyError;
use crate::db::{Connection, DbError, Outcome, SqlError};
use crate::query::Quoted;
use crate::source::Span;
use crate::syntax::script::{Piece, PieceKind, Script};
use crate::syntax::token::TokenKind;

/// What a script stopped at.
pub(super) struct Stopped {
    /// The comment above the statement: where it comes from.
    pub(super) comment: String,
    /// The server's words.
    pub(super) error: Box<SqlError>,
}

/// The variables of a script, by name.
pub(super) type Variables = BTreeMap<String, String>;

/// Runs a script; the inner error is what the server objects to.
pub(super) fn run(
    connection: &mut Connection,
    text: &str,
    variables: &mut Variables,
) -> Result<Result<(), Stopped>, VerifyError> {
    let script = Script::split(text);
    let mut conditions: Vec<bool> = Vec::new();
    for (at, piece) in script.pieces.iter().enumerate() {
        match piece.kind {
            PieceKind::MetaCommand => command(word(text, piece.span), &mut conditions, variables),
            _ if conditions.contains(&false) => {}
            _ => {
                let sql = bound(text, &script, piece, variables);
                let then = script.pieces.get(at + 1).filter(|next| next.kind == PieceKind::MetaCommand);
                let then = then.map_or("", |next| word(text, next.span));
                if let Err(error) = statement(connection, &sql, then, variables) {
                    let comment = comment(text, &script, piece.span);
                    return super::walk::sql(error).map(|error| Err(Stopped { comment, error: Box::new(error) }));
                }
            }
        }
    }
    Ok(Ok(()))
}

fn word(text: &str, span: Span) -> &str {
    text.get(span.range()).unwrap_or("").trim()
}

fn command(text: &str, conditions: &mut Vec<bool>, variables: &Variables) {
    let mut words = text.split_whitespace();
    match words.next() {
        Some("\\if") => {
            let value = words.next().and_then(|name| variables.get(name.trim_start_matches(':')));
            conditions.push(value.is_some_and(|value| value == "t" || value == "true"));
        }
        Some("\\endif") => drop(conditions.pop()),
        _ => {}
    }
}

/// Runs a statement, and does with its rows what the command behind it says.
fn statement(connection: &mut Connection, sql: &str, then: &str, variables: &mut Variables) -> Result<(), DbError> {
    let outcome = connection.execute(sql)?;
    if let Some(prefix) = then.strip_prefix("\\gset") {
        set(&outcome, prefix.trim(), variables);
    }
    if then.starts_with("\\gexec") {
        for value in outcome.rows.iter().flat_map(|rows| &rows.values).flatten().flatten() {
            // As psql does, which sends a value as it is, with all the statements in it.
            connection.execute_script(value)?;
        }
    }
    Ok(())
}

fn set(outcome: &Outcome, prefix: &str, variables: &mut Variables) {
    let Some(rows) = &outcome.rows else { return };
    let Some(values) = rows.values.first() else { return };
    for (column, value) in rows.columns.iter().zip(values) {
        let name = format!("{prefix}{column}");
        match value {
            Some(value) => variables.insert(name, value.clone()),
            None => variables.remove(&name),
        };
    }
}

/// Puts the values of variables in their places.
fn bound(text: &str, script: &Script, piece: &Piece, variables: &Variables) -> String {
    let mut sql = String::new();
    let mut at = piece.span.start;
    for token in script.tokens_of(piece).iter().filter(|token| token.kind == TokenKind::PsqlVariable) {
        let written = word(text, token.span).trim_start_matches(':').trim_matches('\'');
        let Some(value) = variables.get(written) else { continue };
        sql.push_str(text.get(Span::new(at, token.span.start).range()).unwrap_or(""));
        sql.push_str(&Quoted(value).to_string());
        at = token.span.end;
    }
    sql.push_str(text.get(Span::new(at, piece.span.end).range()).unwrap_or(""));
    sql
}

/// Returns the nearest comment above a place that says which statement of which file it is.
fn comment(text: &str, script: &Script, span: Span) -> String {
    let above = script.comments.iter().rev().filter(|comment| comment.end <= span.start);
    let mut words = above.map(|comment| word(text, *comment).trim_start_matches("-- "));
    words.find(|words| words.contains(".sql:")).unwrap_or("").to_owned()
}
