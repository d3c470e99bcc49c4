//! Files that hold both directions, divided by marker comments.

use super::layouts::{Entry, Part, Refusal, stem_id};
use super::{Kind, TransactionMode};
use crate::source::Span;
use crate::syntax::lexer::{Lexeme, Lexer};

/// Which way a part of a file goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Forwards.
    Up,
    /// Backwards.
    Down,
}

/// What a comment line says to the tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// What follows goes this way, in a transaction or not.
    Begin(Direction, TransactionMode),
    /// The whole file runs without a transaction.
    NoTransaction,
}

/// Reads a line, its `--` and the white space after it already cut off.
pub(super) type ReadMark = fn(&str) -> Option<Mark>;

/// Returns the parts of a file whose version stands in its name.
pub(super) fn parts(entry: &Entry<'_>, mark: ReadMark) -> Result<Vec<Part>, Refusal> {
    let id = stem_id(entry.stem().ok_or(Refusal::Name)?).ok_or(Refusal::Name)?;
    let sections = divide(entry.text, mark)?;
    let part =
        |(direction, transaction, span)| Part { id: id.clone(), kind: Kind::Versioned, direction, span, transaction };
    Ok(sections.into_iter().map(part).collect())
}

/// Says whether any line of the text is a marker.
pub(super) fn is_marked(text: &str, mark: ReadMark) -> bool {
    marks(text, mark).next().is_some()
}

/// A direction, how it runs, and where its text lies.
type Piece = (Direction, TransactionMode, Span);

fn divide(text: &str, mark: ReadMark) -> Result<Vec<Piece>, Refusal> {
    let found: Vec<(Mark, Span)> = marks(text, mark).collect();
    let unwrapped = found.iter().any(|(mark, _)| *mark == Mark::NoTransaction);
    let begins: Vec<_> = found
        .iter()
        .filter_map(|(mark, line)| match mark {
            Mark::Begin(direction, mode) => Some((*direction, *mode, *line)),
            Mark::NoTransaction => None,
        })
        .collect();
    let first = begins.first().ok_or(Refusal::NoSection)?.2;
    if let Some(stray) = first_token(text, first.start) {
        return Err(Refusal::BeforeSections(stray));
    }
    if !begins.iter().any(|(direction, ..)| *direction == Direction::Up) {
        return Err(Refusal::NoSection);
    }
    let ends = begins.iter().skip(1).map(|(_, _, line)| line.start).chain([text.len() as u32]);
    let piece = |((direction, mode, line), end): (&(Direction, TransactionMode, Span), u32)| {
        (*direction, if unwrapped { TransactionMode::None } else { *mode }, Span::new(line.end, end))
    };
    Ok(begins.iter().zip(ends).map(piece).collect())
}

/// Yields each marker with the span of its line, the line end included.
///
/// The tools read lines, not tokens: a marker counts even inside a string, and so it does here.
fn marks(text: &str, mark: ReadMark) -> impl Iterator<Item = (Mark, Span)> {
    lines_of_comments(text).filter_map(move |span| {
        let line = text.get(span.range())?;
        let comment = line.trim_start_matches('\u{feff}').trim_start().strip_prefix("--")?;
        mark(comment.trim()).map(|mark| (mark, span))
    })
}

/// Yields the lines that have two hyphens anywhere: every file is searched for the marks of several tools.
fn lines_of_comments(text: &str) -> impl Iterator<Item = Span> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = text.get(from..)?;
        let at = memchr::memmem::find(rest.as_bytes(), b"--")?;
        let start = rest[..at].rfind('\n').map_or(from, |newline| from + newline + 1);
        let end = rest[at..].find('\n').map_or(text.len(), |newline| from + at + newline + 1);
        from = end;
        Some(Span::new(start as u32, end as u32))
    })
}

/// Returns the place of the first token before `end`.
fn first_token(text: &str, end: u32) -> Option<u32> {
    let mut lexer = Lexer::new(text, 0);
    while let Some(lexeme) = lexer.next_lexeme() {
        match lexeme {
            Lexeme::Token(token) if token.span.start < end => return Some(token.span.start),
            Lexeme::Token(_) => return None,
            Lexeme::Comment(..) => {}
        }
    }
    None
}
