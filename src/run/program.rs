//! A script as a list of operations: what psql would do with it, for the part of psql that scripts use.
//!
//! That part is `:'var'`, `:"var"`, `:var`, `\set`, `\if`, `\else`, `\endif`, `\gset` and `\gexec`. Anything else is
//! refused before anything runs.

use std::fmt;

use crate::source::Span;
use crate::syntax::script::{Piece, PieceKind, Script};
use crate::syntax::token::{Token, TokenKind};

/// What records in the ledger that work is done begins so.
const RECORD: &str = "SELECT tenet.record(";

/// A script that has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    pub(super) ops: Vec<Op>,
}

/// Why a script cannot be run without psql.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// The line of the script, from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// Send a statement.
    Run(Statement),
    /// Give a variable a value.
    Set { name: String, value: Template },
    /// Go on, or behind the `\else` or `\endif` at that place.
    If { condition: Template, otherwise: usize, line: usize },
    /// The end of what runs when the condition holds: go on at that place.
    Jump(usize),
}

/// A statement and what becomes of its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) sql: Template,
    pub(super) then: Then,
    pub(super) edge: Edge,
    /// Its line in the script, from 1.
    pub(super) line: usize,
    /// What the comment above it says: for work, where its author wrote it.
    pub(super) origin: Option<String>,
}

/// What becomes of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Nothing,
    /// `\gset`: its only row becomes variables with this prefix.
    Assign(String),
    /// `\gexec`: its values are statements.
    Execute,
}

/// Whether a statement begins or ends a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    None,
    Begin,
    Commit,
    Rollback,
}

/// Text with variables in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Template(pub(super) Vec<Part>);

/// A part of a template. The text is what stays when the variable is not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Variable { name: String, form: Form, text: String },
}

/// How a variable's value is pasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `:'name'`.
    Literal,
    /// `:"name"`.
    Identifier,
    /// `:name`.
    Raw,
}

impl Program {
    /// Reads a script.
    ///
    /// # Errors
    ///
    /// The first thing in it that only psql can do.
    pub fn read(text: &str) -> Result<Program, ScriptError> {
        let script = Script::split(text);
        let mut reader = Reader { text, script: &script, ops: Vec::new(), open: Vec::new(), end: 0, origin: None };
        for piece in &script.pieces {
            reader.piece(piece)?;
        }
        match reader.open.last() {
            Some(block) => Err(ScriptError { line: block.line, message: "`\\if` has no `\\endif`".to_owned() }),
            None => Ok(Program { ops: reader.ops }),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    script: &'a Script,
    ops: Vec<Op>,
    /// The `\if`s that are open.
    open: Vec<Block>,
    /// Where the last piece ended.
    end: u32,
    /// What the last comment says that is not about something else by now.
    origin: Option<String>,
}

struct Block {
    start: usize,
    line: usize,
    otherwise: Option<usize>,
}

impl Reader<'_> {
    fn line(&self, at: u32) -> usize {
        1 + self.slice(Span::new(0, at)).matches('\n').count()
    }

    fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    fn refuse<T>(&self, at: Span, message: impl Into<String>) -> Result<T, ScriptError> {
        Err(ScriptError { line: self.line(at.start), message: message.into() })
    }

    fn piece(&mut self, piece: &Piece) -> Result<(), ScriptError> {
        match piece.kind {
            PieceKind::Statement => self.statement(piece)?,
            PieceKind::MetaCommand => self.command(piece.span)?,
            PieceKind::Unclosed => return self.refuse(piece.span, "a quote or comment is never closed"),
            PieceKind::CopyData => return self.refuse(piece.span, "COPY data needs psql"),
        }
        self.end = piece.span.end;
        Ok(())
    }

    fn statement(&mut self, piece: &Piece) -> Result<(), ScriptError> {
        let tokens = self.script.tokens_of(piece);
        if self.end > piece.span.start {
            return self.refuse(piece.span, "a psql command stands within a statement");
        }
        if reads_from_client(self.text, tokens) {
            return self.refuse(piece.span, "COPY from or to the client needs psql");
        }
        let above = Span::new(self.end, piece.span.start);
        let comment = self.script.comments.iter().rev().find(|comment| above.contains(**comment));
        let origin = comment.map(|comment| self.slice(*comment).trim_start_matches('-').trim().to_owned());
        let edge = edge(self.text, tokens);
        // Work is several statements where it asks or records what it finds; what ends it is not of its place.
        let is_end = edge != Edge::None || self.slice(piece.span).starts_with(RECORD);
        self.origin = origin.or(self.origin.take().filter(|_| !is_end));
        let statement = Statement {
            sql: template(self.text, piece.span, tokens),
            then: Then::Nothing,
            edge,
            line: self.line(piece.span.start),
            origin: self.origin.clone(),
        };
        self.ops.push(Op::Run(statement));
        Ok(())
    }

    fn command(&mut self, span: Span) -> Result<(), ScriptError> {
        let text = self.slice(span).to_owned();
        let (name, rest) = text.split_once([' ', '\t']).unwrap_or((&text, ""));
        let rest = rest.trim();
        match name {
            "\\gset" => self.then(span, Then::Assign(rest.to_owned())),
            "\\gexec" if rest.is_empty() => self.then(span, Then::Execute),
            "\\set" => self.set(span, rest),
            "\\if" => {
                self.open.push(Block { start: self.ops.len(), line: self.line(span.start), otherwise: None });
                let condition = argument(rest);
                self.ops.push(Op::If { condition, otherwise: 0, line: self.line(span.start) });
                Ok(())
            }
            "\\else" => self.otherwise(span),
            "\\endif" => self.close(span),
            other => self.refuse(span, format!("`{other}` needs psql")),
        }
    }

    /// Says what becomes of the statement that stands right before a command.
    fn then(&mut self, span: Span, then: Then) -> Result<(), ScriptError> {
        let between = self.slice(Span::new(self.end, span.start)).contains(';');
        match self.ops.last_mut() {
            Some(Op::Run(statement)) if !between && statement.then == Then::Nothing => {
                statement.then = then;
                Ok(())
            }
            _ => self.refuse(span, "no statement stands before the command"),
        }
    }

    fn set(&mut self, span: Span, rest: &str) -> Result<(), ScriptError> {
        let (name, value) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        if name.is_empty() {
            return self.refuse(span, "`\\set` names no variable");
        }
        // The interpreter stops at every error, as this asks of psql.
        if name != "ON_ERROR_STOP" {
            self.ops.push(Op::Set { name: name.to_owned(), value: argument(value.trim()) });
        }
        Ok(())
    }

    fn otherwise(&mut self, span: Span) -> Result<(), ScriptError> {
        let place = self.ops.len();
        match self.open.last_mut() {
            Some(block) if block.otherwise.is_none() => {
                block.otherwise = Some(place);
                self.ops.push(Op::Jump(0));
                Ok(())
            }
            _ => self.refuse(span, "`\\else` without `\\if`"),
        }
    }

    fn close(&mut self, span: Span) -> Result<(), ScriptError> {
        let Some(block) = self.open.pop() else { return self.refuse(span, "`\\endif` without `\\if`") };
        let end = self.ops.len();
        if let Some(Op::If { otherwise, .. }) = self.ops.get_mut(block.start) {
            *otherwise = block.otherwise.map_or(end, |at| at + 1);
        }
        if let Some(Op::Jump(to)) = block.otherwise.and_then(|at| self.ops.get_mut(at)) {
            *to = end;
        }
        Ok(())
    }
}

fn is_word(text: &str, token: &Token, word: &str) -> bool {
    token.kind == TokenKind::Word && text[token.span.range()].eq_ignore_ascii_case(word)
}

fn edge(text: &str, tokens: &[Token]) -> Edge {
    let first = |word| tokens.first().is_some_and(|token| is_word(text, token, word));
    let holds = |word| tokens.iter().any(|token| is_word(text, token, word));
    if first("begin") || (first("start") && holds("transaction")) {
        Edge::Begin
    } else if (first("commit") || first("end")) && !holds("prepared") {
        Edge::Commit
    } else if (first("rollback") && !holds("to") && !holds("prepared")) || first("abort") {
        Edge::Rollback
    } else {
        Edge::None
    }
}

fn reads_from_client(text: &str, tokens: &[Token]) -> bool {
    let is = |token: &Token, words: [&str; 2]| words.iter().any(|word| is_word(text, token, word));
    tokens.first().is_some_and(|first| is_word(text, first, "copy"))
        && tokens.windows(2).any(|pair| is(&pair[0], ["from", "to"]) && is(&pair[1], ["stdin", "stdout"]))
}

/// Splits a statement at its variables.
fn template(text: &str, span: Span, tokens: &[Token]) -> Template {
    let mut parts = Vec::new();
    let mut at = span.start;
    for token in tokens.iter().filter(|token| token.kind == TokenKind::PsqlVariable) {
        let written = &text[token.span.range()];
        if let Some(variable) = variable(written) {
            parts.push(Part::Text(text[Span::new(at, token.span.start).range()].to_owned()));
            parts.push(variable);
            at = token.span.end;
        }
    }
    parts.push(Part::Text(text[Span::new(at, span.end).range()].to_owned()));
    Template(parts)
}

fn variable(written: &str) -> Option<Part> {
    let body = written.strip_prefix(':')?;
    let within = |quote: char| body.strip_prefix(quote).and_then(|body| body.strip_suffix(quote));
    let (name, form) = match (within('\''), within('"')) {
        (Some(name), _) => (name, Form::Literal),
        (_, Some(name)) => (name, Form::Identifier),
        _ if body.starts_with('{') => return None,
        _ => (body, Form::Raw),
    };
    Some(Part::Variable { name: name.to_owned(), form, text: written.to_owned() })
}

/// Reads the argument of a command: a variable, or text, quoted or not.
fn argument(text: &str) -> Template {
    if let Some(variable) = text.strip_prefix(':').and_then(|_| variable(text)) {
        return Template(vec![variable]);
    }
    let quoted = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    Template(vec![Part::Text(quoted.map_or_else(|| text.to_owned(), |text| text.replace("''", "'")))])
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ScriptError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Program::read(text).unwrap_err().to_string()
    }

    #[test]
    fn what_only_psql_can_do_is_refused() {
        assert_eq!(refusal("SELECT 1;\n\\copy t from 'x'"), "line 2: `\\copy` needs psql");
        assert_eq!(refusal("\\if :x\nSELECT 1;"), "line 1: `\\if` has no `\\endif`");
        assert_eq!(refusal("SELECT 1; \\gset"), "line 1: no statement stands before the command");
        assert_eq!(refusal("COPY t FROM STDIN;\n1\n\\.\n"), "line 1: COPY from or to the client needs psql");
        assert_eq!(refusal("SELECT\n\\if :x\n1;\n\\endif"), "line 1: a psql command stands within a statement");
    }

    #[test]
    fn blocks_know_where_they_go_on() {
        let program = Program::read("\\if :a\nSELECT 1;\n\\else\nSELECT 2;\n\\endif\nSELECT 3;").unwrap();
        assert!(matches!(program.ops[0], Op::If { otherwise: 3, .. }));
        assert!(matches!(program.ops[2], Op::Jump(4)));
        assert_eq!(program.ops.len(), 5);
    }

    #[test]
    fn edges_are_known() {
        let edges = |text: &str| -> Vec<Edge> {
            let ops = Program::read(text).unwrap().ops;
            ops.iter().filter_map(|op| if let Op::Run(run) = op { Some(run.edge) } else { None }).collect()
        };
        let expected = [Edge::Begin, Edge::None, Edge::None, Edge::Commit, Edge::Rollback];
        assert_eq!(edges("BEGIN; SAVEPOINT a; ROLLBACK TO a; COMMIT; ROLLBACK;"), expected);
    }

    #[test]
    fn comments_say_where_a_statement_comes_from() {
        let text = "SELECT 0;\n\n-- migrations/1.sql:3\nSELECT 1;\nSELECT 2;\nSELECT tenet.record(1);\nCOMMIT;";
        let program = Program::read(text).unwrap();
        let origins: Vec<Option<&str>> =
            program.ops.iter().map(|op| if let Op::Run(run) = op { run.origin.as_deref() } else { None }).collect();
        let here = Some("migrations/1.sql:3");
        assert_eq!(origins, [None, here, here, None, None]);
    }
}
