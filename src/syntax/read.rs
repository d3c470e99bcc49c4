//! A file as statements: split, gated, parsed.

use super::cursor::{Parsed, SyntaxError};
use super::directive::{self, Directives};
use super::parse;
use super::script::{Piece, PieceKind, Script};
use super::token::{Token, TokenKind};
use crate::source::Span;
use crate::statement::Statement;

/// A file that was read.
#[derive(Clone, Debug, Default)]
pub struct ReadScript {
    /// Its pieces, tokens and comments.
    pub script: Script,
    /// The statements, in order.
    pub statements: Vec<ReadStatement>,
    /// What comments say about them.
    pub directives: Directives,
    /// psql commands whose effect is not in the file, and placeholders in statements that are read all the same.
    pub commands: Vec<Unread>,
}

/// A statement and what was read of it.
#[derive(Clone, Debug)]
pub struct ReadStatement {
    /// Its piece, as an index in [`Script::pieces`].
    pub piece: usize,
    /// From its first to its last token.
    pub span: Span,
    /// What was read.
    pub outcome: Result<Statement, Unread>,
}

/// Why something is carried but not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is not PostgreSQL, or PostgreSQL that tenet does not read.
    Opaque(SyntaxError),
    /// Another program replaces this before PostgreSQL sees it.
    Template(Span),
}

/// Reads a file.
pub fn script(text: &str) -> ReadScript {
    read(text, parse::statement)
}

/// Reads a file of which nobody asks what its statements give to rows.
pub fn outline(text: &str) -> ReadScript {
    read(text, parse::outline)
}

/// Reads the tokens of a statement.
type Parser = fn(&str, &[Token]) -> Parsed<Statement>;

fn read(text: &str, parser: Parser) -> ReadScript {
    let script = Script::split(text);
    let mut read = ReadScript::default();
    for (index, piece) in script.pieces.iter().enumerate() {
        let mut push = |outcome| read.statements.push(ReadStatement { piece: index, span: piece.span, outcome });
        match piece.kind {
            PieceKind::Statement => {
                let outcome = statement(text, (&script, piece), parser);
                if outcome.is_ok() {
                    let template = script.tokens_of(piece).iter().find(|token| token.kind == TokenKind::Template);
                    read.commands.extend(template.map(|token| Unread::Template(token.span)));
                }
                push(outcome);
            }
            PieceKind::Unclosed => {
                let error = SyntaxError { span: opened(&script, piece), message: "this is never closed".into() };
                push(Err(Unread::Opaque(error)));
            }
            PieceKind::MetaCommand => read.commands.extend(command(text, piece.span)),
            PieceKind::CopyData => {}
        }
    }
    // Most files have none, and a search is cheaper than a look at every comment.
    if script.comments.iter().any(|comment| may_direct(text, *comment)) {
        read.directives = directive::read(text, &script);
    }
    read.script = script;
    read
}

fn may_direct(text: &str, comment: Span) -> bool {
    let text = text.get(comment.range()).unwrap_or("").as_bytes();
    text.windows(5).any(|window| window.eq_ignore_ascii_case(b"tenet"))
}

fn statement(text: &str, (script, piece): (&Script, &Piece), parser: Parser) -> Result<Statement, Unread> {
    let tokens = script.tokens_of(piece);
    parser(text, tokens).map_err(|error| {
        let template = tokens.iter().find(|token| token.kind == TokenKind::Template);
        template.map_or(Unread::Opaque(error), |token| Unread::Template(token.span))
    })
}

fn opened(script: &Script, piece: &Piece) -> Span {
    let invalid = script.tokens_of(piece).iter().find(|token| token.kind == TokenKind::Invalid);
    let start = invalid.map_or(piece.span.start, |token| token.span.start);
    Span::new(start, start + 1)
}

/// psql commands that run SQL which is not here, or run what is here elsewhere; the others change how psql prints.
fn command(text: &str, span: Span) -> Option<Unread> {
    let line = text.get(span.range()).unwrap_or("");
    let name = line.get(1..).unwrap_or("").split_whitespace().next().unwrap_or("");
    const RUN: &[&str] = &["i", "ir", "include", "include_relative", "gexec", "copy", "!"];
    let message = match name {
        "c" | "connect" => format!("`\\{name}` runs what follows in another session or database"),
        _ if RUN.contains(&name) => format!("`\\{name}` runs what is not written here"),
        _ => return None,
    };
    Some(Unread::Opaque(SyntaxError { span, message }))
}
