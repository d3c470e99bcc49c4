//! Reads PL/pgSQL bodies and prints the SQL texts in them, for `judge_plpgsql.py` to compare with PostgreSQL's parser.
//!
//! Input: bodies separated by NUL bytes. Output: for each, `+` and a JSON object, or `-` and why its structure is not
//! read, separated by NUL bytes. The object's `texts` are pairs of kind and text, its `opaque` the messages of what is
//! not read, its `printed` the body as tenet understood it.

use std::io::{Read, Write};

use tenet::procedure::{Declaration, DeclarationKind, Part, Procedure, Return, Sql, StatementKind};
use tenet::source::Span;
use tenet::syntax::plpgsql::plpgsql_body;

fn answer(body: &str) -> String {
    match plpgsql_body(body, Span::new(0, body.len() as u32)) {
        Err(error) => format!("-{}", error.message),
        Ok(procedure) => {
            let opaque: Vec<String> =
                procedure.opaque().iter().map(|opaque| format!("{}: {}", opaque.message, opaque.text)).collect();
            let value = serde_json::json!({
                "texts": texts(body, &procedure), "opaque": opaque, "printed": procedure.to_string(),
            });
            format!("+{value}")
        }
    }
}

/// The texts as PL/pgSQL hands them to the server.
fn texts(body: &str, procedure: &Procedure) -> Vec<(&'static str, String)> {
    let slice = |span: Span| body[span.range()].to_string();
    let mut found: Vec<(&'static str, String)> = Vec::new();
    let mut parts = procedure.parts().into_iter();
    while let Some(part) = parts.next() {
        match part {
            Part::Statement(statement) => match &statement.kind {
                StatementKind::Assign { .. } => {
                    found.push(("assignment", slice(statement.span)));
                    parts.next();
                    parts.next();
                }
                // The server keeps a returned variable as such, not as a text.
                StatementKind::Return(Return::Value(value) | Return::Next(Some(value))) => {
                    found.push(("returned", slice(value.span)));
                    parts.next();
                }
                _ => {}
            },
            // The server's tree leaves out what variables of composite types begin with.
            Part::Declaration(Declaration {
                name,
                kind: DeclarationKind::Variable { default: Some(value), .. },
                ..
            }) => {
                found.push(("default", format!("{} {}", name.as_str(), slice(value.span))));
                parts.next();
            }
            Part::Expression(expression) => found.push(("expression", slice(expression.span))),
            Part::Command(expression) => found.push(("command", slice(expression.span))),
            Part::Perform(query) => found.push(("perform", format!("SELECT {}", slice(query.span)))),
            Part::Sql(sql) => found.push(("sql", without_into(body, sql))),
            _ => {}
        }
    }
    found
}

fn without_into(body: &str, sql: &Sql) -> String {
    match &sql.into {
        None => body[sql.span.range()].to_string(),
        Some(into) => format!(
            "{} {}",
            &body[sql.span.start as usize..into.span.start as usize],
            &body[into.span.end as usize..sql.span.end as usize]
        ),
    }
}

fn main() -> std::io::Result<()> {
    let work = || {
        let mut input = String::new();
        std::io::stdin().read_to_string(&mut input)?;
        let answers: Vec<String> = input.split('\0').map(answer).collect();
        std::io::stdout().write_all(answers.join("\0").as_bytes())
    };
    let thread = std::thread::Builder::new().stack_size(1 << 28).spawn(work)?;
    thread.join().unwrap_or_else(|_| Err(std::io::Error::other("the reader panicked")))
}
