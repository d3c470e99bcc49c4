//! Bodies of routines and DO blocks: PL/pgSQL by a grammar of its own, the SQL in it by the parsers of SQL.

mod block;
mod grammar;
mod nesting;
mod reader;
mod statement;
mod text;
mod transfer;

use pest::Parser;
use pest::error::InputLocation;

use self::grammar::{Grammar, Rule};
use self::reader::Reader;
use super::cursor::{Parsed, SyntaxError};
use super::script::{PieceKind, Script};
use crate::procedure::{Places, Procedure, SqlBody};
use crate::source::Span;
use crate::statement::session::source_text::{Quoting, SourceText};

/// Reads the body of a `LANGUAGE plpgsql` routine or of a DO block that stands in the text of a file.
///
/// # Errors
///
/// Its structure cannot be read. The place is one in the file.
pub fn procedure(text: &str, body: &SourceText) -> Parsed<Procedure> {
    match body.quoting {
        Quoting::Verbatim => plpgsql_body(text, body.span),
        Quoting::Escaped => {
            let read = plpgsql_body(&body.text, whole(&body.text));
            let read = read.map(|procedure| Procedure { places: Places::Value(body.span), ..procedure });
            read.map_err(|error| SyntaxError { span: body.span, ..error })
        }
    }
}

/// Reads the body of a `LANGUAGE sql` routine that stands in the text of a file; what cannot be read is opaque.
pub fn sql(text: &str, body: &SourceText) -> SqlBody {
    match body.quoting {
        Quoting::Verbatim => sql_body(text, body.span),
        Quoting::Escaped => SqlBody { places: Places::Value(body.span), ..sql_body(&body.text, whole(&body.text)) },
    }
}

fn whole(text: &str) -> Span {
    Span::new(0, text.len() as u32)
}

/// Reads a part of a text as a PL/pgSQL body.
///
/// # Errors
///
/// Its structure cannot be read.
pub fn plpgsql_body(text: &str, span: Span) -> Parsed<Procedure> {
    nesting::check(text, span)?;
    let body = text.get(span.range()).unwrap_or("");
    let mut pairs = Grammar::parse(Rule::body, body).map_err(|error| unreadable(&error, body, span))?;
    let root = pairs.next().ok_or_else(|| SyntaxError { span, message: "an empty body".into() })?;
    Reader::new(text, span.start).procedure(root)
}

/// Reads a part of a text as the SQL statements of a body.
pub fn sql_body(text: &str, span: Span) -> SqlBody {
    let script = Script::split(text.get(span.range()).unwrap_or(""));
    let reader = Reader::new(text, span.start);
    let mut statements = Vec::new();
    for piece in script.pieces.iter().filter(|piece| piece.kind != PieceKind::CopyData) {
        statements.push(reader.plain_sql(piece.span.shifted(span.start)));
    }
    SqlBody { places: Places::File, statements }
}

/// Says where the grammar gave up.
fn unreadable(error: &pest::error::Error<Rule>, body: &str, span: Span) -> SyntaxError {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let rest = body.get(at..).unwrap_or("");
    let length = rest.find(char::is_whitespace).unwrap_or(rest.len()).min(40);
    let word = (0..=length).rev().find_map(|end| rest.get(..end)).unwrap_or("");
    let message = match word {
        "" => "the body ends before its last END".to_string(),
        _ => format!("no statement of PL/pgSQL can be read from `{word}` on"),
    };
    let start = span.start + at as u32;
    SyntaxError { span: Span::new(start, start + word.len() as u32), message }
}
