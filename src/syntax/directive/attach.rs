//! The directives of a file: which comments belong together, and to which statement.

use super::line::{self, Line};
use super::{Directive, Directives, Inverse, Place, Placed, Problem};
use crate::source::Span;
use crate::syntax::marker::{self, Marker};
use crate::syntax::script::{PieceKind, Script};

/// Reads the directives in the comments of a script.
pub fn read(text: &str, script: &Script) -> Directives {
    let mut reader = Reader { text, script, found: Directives::default() };
    let mut at = 0;
    while let Some(comment) = script.comments.get(at) {
        at += match line::read(text, *comment) {
            Line::Ordinary => 1,
            Line::Rollback => reader.rollback(at),
            Line::End => {
                reader.problem(*comment, "`end` without `rollback` before it".into());
                1
            }
            Line::Directive(directive) => {
                reader.place(*comment, at, directive);
                1
            }
            Line::Problem(problem) => {
                reader.found.problems.push(problem);
                1
            }
        };
    }
    reader.found.problems.sort_by_key(|problem| problem.span);
    reader.found.placed.sort_by_key(|placed| placed.piece);
    reader.found
}

struct Reader<'a> {
    text: &'a str,
    script: &'a Script,
    found: Directives,
}

impl Reader<'_> {
    fn problem(&mut self, span: Span, message: String) {
        self.found.problems.push(Problem { span, message, nearest: None });
    }

    /// Reads the comments from `rollback` to `end` and returns how many they are.
    fn rollback(&mut self, first: usize) -> usize {
        let opening = self.script.comments[first];
        let mut inverse = Inverse::default();
        let mut behind = opening.end;
        let mut complete = true;
        for (at, comment) in self.script.comments.iter().enumerate().skip(first + 1) {
            if !self.is_blank(behind, comment.start) {
                break;
            }
            behind = comment.end;
            match line::read(self.text, *comment) {
                Line::End => {
                    let span = opening.to(*comment);
                    match inverse.text.trim().is_empty() {
                        // An inverse that lacks a line would do something else than its author wrote.
                        _ if !complete => {}
                        true => self.problem(span, "no SQL between `rollback` and `end`".into()),
                        false => self.place(span, at, Directive::Rollback(inverse)),
                    }
                    return at + 1 - first;
                }
                Line::Ordinary => complete &= self.inverse_line(*comment, &mut inverse),
                _ => {
                    self.problem(opening, "`-- tenet: end` is missing before the next directive".into());
                    return at - first;
                }
            }
        }
        self.problem(opening, "`rollback` is never ended; its last line is `-- tenet: end`".into());
        let inside = self.script.comments.iter().skip(first).take_while(|comment| comment.start < behind);
        inside.count().max(1)
    }

    /// Takes a line of the inverse; says whether it is one.
    fn inverse_line(&mut self, comment: Span, inverse: &mut Inverse) -> bool {
        let written = self.text.get(comment.range()).unwrap_or("");
        let line = if written == "--" { Some("") } else { written.strip_prefix("-- ") };
        match line {
            Some(line) => {
                inverse.text.push_str(line);
                inverse.text.push('\n');
                inverse.lines.push(Span::new(comment.end - line.len() as u32, comment.end));
            }
            None => self.problem(comment, "each line between `rollback` and `end` starts with `-- `".into()),
        }
        line.is_some()
    }

    fn is_blank(&self, start: u32, end: u32) -> bool {
        self.text.get(start as usize..end as usize).is_some_and(|between| between.trim().is_empty())
    }

    /// Attaches a directive to its statement; `last` is the index of its last comment.
    fn place(&mut self, span: Span, last: usize, directive: Directive) {
        match self.statement(span, last, &directive) {
            Ok((piece, place)) => {
                let of_piece = |other: &&Placed| other.piece == piece && place == Place::Above && other.place == place;
                let before = self.found.placed.iter().rev().take_while(of_piece);
                if before.into_iter().any(|other| other.directive.conflicts(&directive)) {
                    self.problem(span, "contradicts or repeats a directive above the same statement".into());
                } else {
                    self.found.placed.push(Placed { span, directive, piece, place });
                }
            }
            Err(message) => self.problem(span, message.into()),
        }
    }

    /// Finds the statement that a directive belongs to.
    fn statement(&self, span: Span, last: usize, directive: &Directive) -> Result<(usize, Place), &'static str> {
        let pieces = &self.script.pieces;
        let next = pieces.partition_point(|piece| piece.span.start < span.end);
        let own_line = self.opens_line(span.start);
        if let Some(around) = next.checked_sub(1).filter(|&at| pieces[at].span.contains(span)) {
            return match directive {
                Directive::RenamedFrom(_) if own_line => Ok((around, Place::Within)),
                Directive::RenamedFrom(_) => Err("`renamed from` stands on a line of its own above what was renamed"),
                _ => Err("a directive stands above its statement, not within it"),
            };
        }
        if !own_line {
            return Err("a directive stands on a line of its own above its statement");
        }
        let is_statement = |kind: PieceKind| matches!(kind, PieceKind::Statement | PieceKind::Unclosed);
        let found = (next..pieces.len()).find(|&at| is_statement(pieces[at].kind)).filter(|&at| {
            let until = pieces[at].span.start;
            let between = self.script.comments.iter().skip(last + 1).take_while(|comment| comment.start < until);
            !between.into_iter().any(|comment| self.is_section(*comment))
        });
        found.map(|at| (at, Place::Above)).ok_or("no statement follows that the directive could belong to")
    }

    fn is_section(&self, comment: Span) -> bool {
        matches!(marker::read(self.text.get(comment.range()).unwrap_or("")), Some(Marker::Section(_)))
    }

    fn opens_line(&self, at: u32) -> bool {
        let before = self.text.get(..at as usize).unwrap_or("");
        let line = before.rsplit(['\n', '\r']).next().unwrap_or("");
        line.trim_start_matches('\u{feff}').trim().is_empty()
    }
}
