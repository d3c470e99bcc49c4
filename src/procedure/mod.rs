//! Our own form of the bodies of functions, procedures and DO blocks.
//!
//! It says what PL/pgSQL's grammar says, and displays as PL/pgSQL. Names are not resolved: whether `total` is a
//! variable or a column is for the analysis to decide.

mod block;
mod display;
mod parts;
mod statement;
mod text;

pub use block::{
    Block, Branch, CompilerOption, Condition, CursorParameter, DataType, Declaration, DeclarationKind, Handler, When,
};
pub use parts::Part;
pub use statement::{
    CursorArgument, Diagnostic, DiagnosticsArea, Direction, Ending, Exit, Loop, LoopHeader, OpenSource, Raise,
    RaiseLevel, RaiseMessage, Return, Statement, StatementKind,
};
pub use text::{Dynamic, Expression, ExpressionKind, Into, Opaque, Sql, SqlKind, Target, TargetRoot};

use crate::source::Span;

/// A PL/pgSQL body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Procedure {
    /// What the spans within are offsets in.
    pub places: Places,
    /// The lines that open with `#`.
    pub options: Vec<CompilerOption>,
    /// The outermost block.
    pub block: Block,
}

/// A body in SQL: the statements of a `LANGUAGE sql` routine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlBody {
    /// What the spans within are offsets in.
    pub places: Places,
    /// The statements, in order.
    pub statements: Vec<Sql>,
}

/// What the spans within a body are offsets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    /// The file.
    File,
    /// The body's value, because quotes are doubled or escaped in the file; the span is that of the string there.
    Value(Span),
}

impl Places {
    /// Returns the place in the file of a span within the body.
    pub fn in_file(self, span: Span) -> Span {
        match self {
            Places::File => span,
            Places::Value(string) => string,
        }
    }
}
