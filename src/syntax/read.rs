//! A file as statements: split, gated, parsed.

use super::cursor::SyntaxError;
use super::parse;
use super::script::{Piece, PieceKind, Script};
use super::token::TokenKind;
use crate::source::Span;
use crate::statement::Statement;

/// A file that was read.
#[derive(Clone, Debug, Default)]
pub struct ReadScript {
    /// Its pieces, tokens and comments.
    pub script: Script,
    /// For each statement, in order: its piece and what was read.
    pub statements: Vec<(Piece, Result<Statement, Unread>)>,
    /// psql commands whose effect is not in the file, and placeholders in statements that are read all the same.
    pub commands: Vec<Unread>,
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
    let script = Script::split(text);
    let mut read = ReadScript::default();
    for piece in &script.pieces {
        match piece.kind {
            PieceKind::Statement => {
                let outcome = statement(text, &script, piece);
                if outcome.is_ok() {
                    let template = script.tokens_of(piece).iter().find(|token| token.kind == TokenKind::Template);
                    read.commands.extend(template.map(|token| Unread::Template(token.span)));
                }
                read.statements.push((piece.clone(), outcome));
            }
            PieceKind::Unclosed => {
                let error = SyntaxError { span: opened(&script, piece), message: "this is never closed".into() };
                read.statements.push((piece.clone(), Err(Unread::Opaque(error))));
            }
            PieceKind::MetaCommand => read.commands.extend(command(text, piece.span)),
            PieceKind::CopyData => {}
        }
    }
    read.script = script;
    read
}

fn statement(text: &str, script: &Script, piece: &Piece) -> Result<Statement, Unread> {
    let tokens = script.tokens_of(piece);
    parse::statement(text, tokens).map_err(|error| {
        let template = tokens.iter().find(|token| token.kind == TokenKind::Template);
        template.map_or(Unread::Opaque(error), |token| Unread::Template(token.span))
    })
}

fn opened(script: &Script, piece: &Piece) -> Span {
    let invalid = script.tokens_of(piece).iter().find(|token| token.kind == TokenKind::Invalid);
    let start = invalid.map_or(piece.span.start, |token| token.span.start);
    Span::new(start, start + 1)
}

/// psql commands that run SQL which is not here; the others change how psql prints and where it connects.
fn command(text: &str, span: Span) -> Option<Unread> {
    let line = text.get(span.range()).unwrap_or("");
    let name = line.get(1..).unwrap_or("").split_whitespace().next().unwrap_or("");
    const RUN: &[&str] = &["i", "ir", "include", "include_relative", "gexec", "copy", "!"];
    RUN.contains(&name).then(|| {
        let message = format!("`\\{name}` runs what is not written here");
        Unread::Opaque(SyntaxError { span, message })
    })
}
