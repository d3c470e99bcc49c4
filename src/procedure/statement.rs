//! The statements of PL/pgSQL.

use super::block::{Block, Branch, Condition, When};
use super::text::{Dynamic, Expression, Into, Opaque, Sql, Target};
use crate::pg::Ident;
use crate::source::Span;

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Where it stands, the semicolon not included.
    pub span: Span,
    /// What it does.
    pub kind: StatementKind,
}

/// The kinds of statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// A block within a block.
    Block(Block),
    /// `target := value`.
    Assign {
        /// What is written to.
        target: Target,
        /// The value.
        value: Expression,
    },
    /// `IF`, `ELSIF`, `ELSE`.
    If {
        /// Condition and statements of IF and of each ELSIF.
        branches: Vec<Branch>,
        /// `ELSE`.
        otherwise: Option<Vec<Statement>>,
    },
    /// `CASE`; when no branch fits and there is no ELSE, it fails.
    Case {
        /// What is compared with the values of each branch.
        operand: Option<Expression>,
        /// `WHEN … THEN …`.
        branches: Vec<When>,
        /// `ELSE`.
        otherwise: Option<Vec<Statement>>,
    },
    /// `LOOP`, `WHILE`, `FOR`, `FOREACH`.
    Loop(Box<Loop>),
    /// `EXIT` or `CONTINUE`.
    Exit {
        /// Which of the two.
        kind: Exit,
        /// The loop or block that is left.
        label: Option<Ident>,
        /// `WHEN`.
        condition: Option<Expression>,
    },
    /// `RETURN`.
    Return(Return),
    /// `RAISE`.
    Raise(Raise),
    /// `ASSERT`.
    Assert {
        /// What must hold.
        condition: Expression,
        /// What is said when it does not.
        message: Option<Expression>,
    },
    /// `PERFORM`: a query whose result is dropped.
    Perform(Expression),
    /// `EXECUTE`.
    Execute {
        /// What is run.
        command: Dynamic,
        /// Where its result goes.
        into: Option<Into>,
    },
    /// `GET DIAGNOSTICS`.
    GetDiagnostics {
        /// `CURRENT` or `STACKED`.
        area: DiagnosticsArea,
        /// What is asked.
        items: Vec<Diagnostic>,
    },
    /// `OPEN`.
    Open {
        /// The cursor.
        cursor: Target,
        /// What it reads.
        source: OpenSource,
    },
    /// `FETCH`.
    Fetch {
        /// Which rows.
        direction: Option<Direction>,
        /// The cursor.
        cursor: Target,
        /// Where they go.
        into: Option<Into>,
    },
    /// `MOVE`.
    Move {
        /// How far.
        direction: Option<Direction>,
        /// The cursor.
        cursor: Target,
    },
    /// `CLOSE`.
    Close(Target),
    /// `COMMIT` or `ROLLBACK`.
    Transaction {
        /// Which of the two.
        ending: Ending,
        /// `AND CHAIN` or `AND NO CHAIN`.
        chain: Option<bool>,
    },
    /// `NULL`, which does nothing.
    Null,
    /// An SQL statement; also CALL and DO.
    Sql(Box<Sql>),
    /// It cannot be read.
    Opaque(Opaque),
}

/// A loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loop {
    /// `<<label>>`.
    pub label: Option<Ident>,
    /// How often it runs.
    pub header: LoopHeader,
    /// What it runs.
    pub statements: Vec<Statement>,
}

/// How often a loop runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoopHeader {
    /// Until it is left.
    Forever,
    /// `WHILE`.
    While(Expression),
    /// `FOR i IN [REVERSE] low..high [BY step]`, which declares the variable.
    Integer {
        /// The variable.
        variable: Target,
        /// `REVERSE`.
        reverse: bool,
        /// The first value.
        low: Expression,
        /// The last value.
        high: Expression,
        /// `BY`.
        step: Option<Expression>,
    },
    /// `FOR targets IN query`.
    Query {
        /// Where each row goes.
        targets: Vec<Target>,
        /// The query.
        query: Sql,
    },
    /// `FOR record IN cursor [(arguments)]`, which declares the record.
    Cursor {
        /// Where each row goes.
        targets: Vec<Target>,
        /// The bound cursor.
        cursor: Target,
        /// Its arguments.
        arguments: Vec<CursorArgument>,
    },
    /// `FOR targets IN EXECUTE`.
    Execute {
        /// Where each row goes.
        targets: Vec<Target>,
        /// The query.
        command: Dynamic,
    },
    /// `FOREACH target [SLICE n] IN ARRAY`.
    Array {
        /// Where each element goes.
        targets: Vec<Target>,
        /// How many dimensions an element has; 0 when not written.
        slice: u32,
        /// The array.
        array: Expression,
    },
}

/// How a loop is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// `EXIT`: for good.
    Exit,
    /// `CONTINUE`: until its next turn.
    Continue,
}

/// `RETURN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Return {
    /// Without a value.
    Nothing,
    /// A value.
    Value(Expression),
    /// `NEXT`: one more row, and the function goes on.
    Next(Option<Expression>),
    /// `QUERY`: more rows, and the function goes on.
    Query(Box<Sql>),
    /// `QUERY EXECUTE`.
    Execute(Dynamic),
}

/// `RAISE`; without message and options it raises the error that is being handled again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raise {
    /// The level; EXCEPTION when nothing is written.
    pub level: Option<RaiseLevel>,
    /// What is said.
    pub message: Option<RaiseMessage>,
    /// `USING`: name in lower case, and value.
    pub options: Vec<(String, Expression)>,
}

/// The levels of RAISE; only EXCEPTION aborts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RaiseLevel {
    /// `EXCEPTION`.
    Exception,
    /// `WARNING`.
    Warning,
    /// `NOTICE`.
    Notice,
    /// `INFO`.
    Info,
    /// `LOG`.
    Log,
    /// `DEBUG`.
    Debug,
}

/// What RAISE says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RaiseMessage {
    /// A format and what its percent signs stand for.
    Format(String, Vec<Expression>),
    /// The message of a condition.
    Condition(Condition),
}

/// What GET DIAGNOSTICS asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiagnosticsArea {
    /// The last statement.
    Current,
    /// The error that is being handled.
    Stacked,
}

/// `target = item` of GET DIAGNOSTICS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is written to.
    pub target: Target,
    /// The item in lower case, as `row_count`.
    pub item: String,
}

/// What OPEN reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenSource {
    /// The query of a bound cursor.
    Bound(Vec<CursorArgument>),
    /// `[[NO] SCROLL] FOR query`.
    Query {
        /// `SCROLL` or `NO SCROLL`.
        scroll: Option<bool>,
        /// The query.
        query: Box<Sql>,
    },
    /// `[[NO] SCROLL] FOR EXECUTE`.
    Execute {
        /// `SCROLL` or `NO SCROLL`.
        scroll: Option<bool>,
        /// The query.
        command: Dynamic,
    },
}

/// An argument of a bound cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CursorArgument {
    /// The parameter when written.
    pub name: Option<Ident>,
    /// The value.
    pub value: Expression,
}

/// Where FETCH and MOVE go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Direction {
    /// The words in lower case, as `next`, `backward all`; empty for a mere count.
    pub words: String,
    /// The count or position.
    pub count: Option<Expression>,
}

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// `COMMIT`.
    Commit,
    /// `ROLLBACK`.
    Rollback,
}
