//! Bodies, statement by statement.

use std::collections::{BTreeMap, BTreeSet};

use super::Reader;
use super::condition::catches;
use super::eval::Scope;
use super::hidden::HIDDEN;
use super::query;
use super::value::{Constant, Value, holds};
use crate::catalog::{CatalogError, Origin};
use crate::changes::{Change, Inverse};
use crate::pg::Ident;
use crate::procedure::{
    Block, Condition, DataType, DeclarationKind, Dynamic, Ending, Expression, ExpressionKind, Handler, Into, Raise,
    RaiseLevel, Return, Sql, SqlKind, Statement as Part, StatementKind, Target, When,
};
use crate::query::{DataStatement, Query};
use crate::replay::Step;
use crate::replay::follow::Replay;
use crate::replay::refusal::Refusal;
use crate::statement::Statement;
use crate::statement::session::source_text::SourceText;

/// A program while it runs.
pub(super) struct Run<'r> {
    pub(super) replay: &'r mut Replay,
    pub(super) reader: Reader,
    origin: Origin,
    changes: Vec<Change>,
    done: Vec<Done>,
    error: Option<CatalogError>,
    /// The conditions that blocks around the present statement handle.
    handled: Vec<Vec<Condition>>,
    pub(super) course: Course,
    left: usize,
    pub(super) depth: usize,
}

/// What undoes a statement of a program.
struct Done {
    inverse: Inverse,
    /// Whether all that it changed goes with the session.
    is_fleeting: bool,
}

/// The variables of a body.
#[derive(Default)]
pub(super) struct Frame {
    pub(super) variables: BTreeMap<Ident, Value>,
    pub(super) numbered: Vec<Value>,
    pub(super) records: BTreeSet<Ident>,
}

/// What a program does, from what is surely undone to what is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Course {
    /// Plain changes of definitions, one after another.
    Straight,
    /// Changes of definitions, or none, as what it finds decides.
    Branching,
    /// More than changes of definitions.
    Rows,
}

/// Where a program goes on.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Flow {
    /// Behind the statement.
    On,
    /// Behind a loop or block.
    Exit(Option<Ident>),
    /// At the next turn of a loop.
    Continue(Option<Ident>),
    /// Behind the body.
    Return,
    /// At the handler of an error, whose SQLSTATE this is.
    Failed(String, Option<Refusal>),
    /// Nobody knows: why.
    Lost(String),
}

/// A program that takes more statements than this is not followed.
const LONGEST: usize = 100_000;

impl<'r> Run<'r> {
    pub(super) fn new(replay: &'r mut Replay, reader: Reader, origin: Origin) -> Self {
        let (changes, done, handled) = (Vec::new(), Vec::new(), Vec::new());
        Run {
            replay,
            reader,
            origin,
            changes,
            done,
            error: None,
            handled,
            course: Course::Straight,
            left: LONGEST,
            depth: 0,
        }
    }

    /// Says what the program did.
    pub(super) fn step(self, flow: Flow) -> Step {
        let unfollowed = "what the program changes depends on more than definitions";
        let (refusal, lost) = match flow {
            Flow::Failed(_, Some(refusal)) => (Some(refusal), None),
            Flow::Failed(state, None) => (None, Some(format!("a program may raise SQLSTATE {state}"))),
            Flow::Lost(reason) => (None, Some(reason)),
            _ => (None, None),
        };
        if let Some(refusal) = refusal {
            self.replay.take_back(self.done.iter().map(|done| &done.inverse));
            return Step::refused(refusal);
        }
        let is_whole = lost.is_none() && self.changes.is_empty() && self.error.is_none();
        let course = if lost.is_some() { Course::Rows } else { self.course };
        if let Some(reason) = lost {
            self.replay.doubt(reason, self.origin);
        }
        let is_asked = self.changes.iter().all(|change| change.presence().is_some());
        let is_fleeting =
            self.error.is_none() && !self.done.is_empty() && self.done.iter().all(|done| done.is_fleeting);
        let is_outermost = self.replay.is_outermost();
        let lasting = self.done.into_iter().filter(|done| !(is_outermost && done.is_fleeting));
        let inverse = match (course, Inverse::of_all(lasting.map(|done| done.inverse).collect())) {
            (Course::Branching | Course::Straight, Inverse::Nothing) if is_fleeting => Inverse::Nothing,
            (Course::Straight, inverse) => inverse.simplified(),
            // What it did was not to definitions.
            (_, Inverse::Nothing) if is_whole => Inverse::Nothing,
            // Whether it did this is asked before and behind it.
            (Course::Branching, Inverse::Exact(changes)) if is_asked && self.error.is_none() => {
                Inverse::Captured { changes, data: Vec::new() }
            }
            _ => Inverse::underivable(unfollowed),
        };
        let is_whole = self.error.is_none();
        Step { changes: self.changes, error: self.error, is_whole, is_fleeting, ..Step::undone_by(inverse) }
    }

    /// Runs a body.
    pub(super) fn source(&mut self, source: &SourceText) -> Flow {
        match (self.reader.procedure)(source) {
            Some(procedure) => self.block(&mut Frame::default(), &procedure.block),
            None => Flow::Lost("a program is not read".to_owned()),
        }
    }

    /// Runs a block.
    pub(super) fn block(&mut self, frame: &mut Frame, block: &Block) -> Flow {
        let hidden: Vec<(Ident, Option<Value>)> = block
            .declarations
            .iter()
            .map(|found| (found.name.clone(), frame.variables.get(&found.name).cloned()))
            .collect();
        for declaration in &block.declarations {
            self.declare(frame, &declaration.name, &declaration.kind);
        }
        let start = (self.done.len(), self.changes.len());
        if !block.handlers.is_empty() {
            self.course = self.course.max(Course::Branching);
        }
        self.handled.push(block.handlers.iter().flat_map(|handler| handler.conditions.clone()).collect());
        let mut flow = self.statements(frame, &block.statements);
        self.handled.pop();
        if let Flow::Failed(state, _) = &flow
            && let Some(handler) = handler(&block.handlers, state)
        {
            if self.done[start.0..].iter().any(|done| matches!(done.inverse, Inverse::Underivable { .. })) {
                return lost("what a block did before it failed cannot be taken back");
            }
            self.replay.take_back(self.done.split_off(start.0).iter().map(|done| &done.inverse));
            self.changes.truncate(start.1);
            flow = self.statements(frame, &handler.statements);
        }
        for (name, value) in hidden {
            match value {
                Some(value) => frame.variables.insert(name, value),
                None => frame.variables.remove(&name),
            };
        }
        match flow {
            Flow::Exit(Some(label)) if block.label.as_ref() == Some(&label) => Flow::On,
            other => other,
        }
    }

    fn declare(&mut self, frame: &mut Frame, name: &Ident, kind: &DeclarationKind) {
        let value = match kind {
            DeclarationKind::Variable { default: Some(default), .. } => self.value(frame, default),
            DeclarationKind::Variable { default: None, .. } => Some(Constant::Null),
            DeclarationKind::Alias(target) => target.name().and_then(|of| frame.variables.get(of)).cloned().flatten(),
            DeclarationKind::Cursor { .. } => None,
        };
        if let DeclarationKind::Variable { data_type, .. } = kind {
            let is_record = match data_type {
                DataType::RowType { .. } => true,
                DataType::Type(of) => *of.name.last() == "record",
                DataType::Opaque(_) => false,
            };
            if is_record {
                frame.records.insert(name.clone());
            }
        }
        frame.variables.insert(name.clone(), value);
    }

    pub(super) fn statements(&mut self, frame: &mut Frame, statements: &[Part]) -> Flow {
        for statement in statements {
            let Some(left) = self.left.checked_sub(1) else { return lost("a program runs too long") };
            self.left = left;
            let flow = self.statement(frame, &statement.kind);
            if flow != Flow::On {
                return flow;
            }
        }
        Flow::On
    }

    fn statement(&mut self, frame: &mut Frame, kind: &StatementKind) -> Flow {
        match kind {
            StatementKind::Block(block) => self.block(frame, block),
            StatementKind::Assign { target, value } => {
                let flow = self.computed(value);
                let value = self.value(frame, value);
                self.assign(frame, target, value);
                flow
            }
            StatementKind::If { branches, otherwise } => {
                let branches =
                    branches.iter().map(|branch| (self.value(frame, &branch.condition), &*branch.statements));
                let branches: Vec<(Value, &[Part])> = branches.collect();
                self.choose(frame, &branches, otherwise.as_deref().unwrap_or(&[]))
            }
            StatementKind::Case { operand, branches, otherwise } => {
                let branches: Vec<(Value, &[Part])> =
                    branches.iter().map(|when| (self.fits(frame, operand.as_ref(), when), &*when.statements)).collect();
                self.choose(frame, &branches, otherwise.as_deref().unwrap_or(&[]))
            }
            StatementKind::Loop(found) => self.repeat(frame, found),
            StatementKind::Exit { kind, label, condition } => self.exit(frame, *kind, label, condition.as_ref()),
            StatementKind::Return(Return::Nothing) => Flow::Return,
            StatementKind::Return(Return::Value(value)) => match self.computed(value) {
                Flow::On => Flow::Return,
                lost => lost,
            },
            StatementKind::Return(_) => Flow::On,
            StatementKind::Raise(raise) => raised(raise),
            StatementKind::Perform(query) => self.perform(frame, query),
            StatementKind::Execute { command, into } => self.execute(frame, command, into.as_ref()),
            StatementKind::Sql(sql) => self.embedded(frame, sql),
            StatementKind::GetDiagnostics { items, .. } => {
                items.iter().for_each(|item| self.assign(frame, &item.target, None));
                Flow::On
            }
            StatementKind::Fetch { into, .. } => {
                self.forget_into(frame, into.as_ref());
                Flow::On
            }
            StatementKind::Transaction { ending: Ending::Rollback, .. } => lost("a program rolls back"),
            StatementKind::Opaque(_) => lost("a statement of a program is not read"),
            StatementKind::Open { .. }
            | StatementKind::Move { .. }
            | StatementKind::Close(_)
            | StatementKind::Transaction { .. }
            | StatementKind::Assert { .. }
            | StatementKind::Null => Flow::On,
        }
    }

    /// Runs the branch that the catalog decides for; which one is left open as long as none changes definitions.
    fn choose(&mut self, frame: &mut Frame, branches: &[(Value, &[Part])], otherwise: &[Part]) -> Flow {
        self.course = self.course.max(Course::Branching);
        for (at, (condition, statements)) in branches.iter().enumerate() {
            match holds(condition) {
                Some(true) => return self.statements(frame, statements),
                Some(false) => {}
                None => {
                    let rest = branches[at..].iter().map(|(_, statements)| *statements).chain([otherwise]);
                    return self.any_of(
                        frame,
                        &rest.collect::<Vec<_>>(),
                        "a condition of a program depends on more than the history",
                    );
                }
            }
        }
        self.statements(frame, otherwise)
    }

    /// Passes over statements that may or may not run.
    pub(super) fn any_of(&mut self, frame: &mut Frame, branches: &[&[Part]], reason: &str) -> Flow {
        if branches.iter().any(|statements| self.touches(frame, statements)) {
            return lost(reason);
        }
        branches.iter().for_each(|statements| super::call::forget(frame, statements));
        Flow::On
    }

    fn fits(&self, frame: &Frame, operand: Option<&Expression>, when: &When) -> Value {
        let Some(operand) = operand else { return when.values.first().and_then(|found| self.value(frame, found)) };
        let wanted = self.value(frame, operand)?;
        let mut any = false;
        for value in &when.values {
            any |= super::value::equal(&wanted, &self.value(frame, value)?)? == Constant::Boolean(true);
        }
        Some(Constant::Boolean(any))
    }

    fn perform(&mut self, frame: &mut Frame, query: &Expression) -> Flow {
        match &query.kind {
            ExpressionKind::Query(query) => {
                let rows = query::rows(self.scope(frame), query);
                found(frame, rows.map(|rows| !rows.is_empty()));
                self.queried(frame, query)
            }
            ExpressionKind::Scalar(expr) => {
                found(frame, Some(true));
                match &expr.kind {
                    crate::query::ExprKind::Call(call) => self.call(frame, call),
                    _ => Flow::On,
                }
            }
            ExpressionKind::Opaque(_) => lost("a statement of a program is not read"),
        }
    }

    fn execute(&mut self, frame: &mut Frame, command: &Dynamic, into: Option<&Into>) -> Flow {
        let text = self.value(frame, &command.command);
        self.forget_into(frame, into);
        match text {
            Some(Constant::Text(text)) => match (self.reader.script)(&text) {
                Some(statements) => self.all(frame, &statements),
                None => lost("a command that a program puts together is not read"),
            },
            _ if self.concerns_rows(frame, &command.command) => {
                self.course = Course::Rows;
                Flow::On
            }
            _ => lost("a program puts a command together from more than the history tells"),
        }
    }

    /// Runs SQL statements.
    pub(super) fn all(&mut self, frame: &mut Frame, statements: &[Statement]) -> Flow {
        for statement in statements {
            let flow = self.sql(frame, statement);
            if flow != Flow::On {
                return flow;
            }
        }
        Flow::On
    }

    fn embedded(&mut self, frame: &mut Frame, sql: &Sql) -> Flow {
        let SqlKind::Statement(statement) = &sql.kind else { return lost("a statement of a program is not read") };
        if let (Some(into), Some(query)) = (&sql.into, as_query(statement)) {
            let rows = query::rows(self.scope(frame), query);
            found(frame, rows.as_ref().map(|rows| !rows.is_empty()));
            match rows.map(|mut rows| if rows.is_empty() { Vec::new() } else { rows.swap_remove(0) }) {
                Some(row) => self.take(frame, &into.targets, row),
                None => self.forget_into(frame, Some(into)),
            }
            return self.queried(frame, query);
        }
        self.forget_into(frame, sql.into.as_ref());
        self.sql(frame, statement)
    }

    fn sql(&mut self, frame: &mut Frame, statement: &Statement) -> Flow {
        if let Statement::Data(data) = statement {
            self.course = Course::Rows;
            found(frame, None);
            return match &**data {
                DataStatement::Query(query) if !makes_table(query) => self.queried(frame, query),
                DataStatement::Query(_) => self.definition(statement),
                written if self.hides(written, &[]) => lost(HIDDEN),
                _ => Flow::On,
            };
        }
        self.definition(statement)
    }

    /// Runs the calls of a query.
    fn queried(&mut self, frame: &mut Frame, query: &Query) -> Flow {
        self.course = Course::Rows;
        let calls = super::called(query).unwrap_or_default();
        if self.query_hides(query, &calls) {
            return lost(HIDDEN);
        }
        for call in calls {
            let flow = self.call(frame, call);
            if flow != Flow::On {
                return flow;
            }
        }
        Flow::On
    }

    fn definition(&mut self, statement: &Statement) -> Flow {
        let step = self.replay.nested(statement, self.origin);
        // A statement that is refused did nothing.
        if step.refusal.is_none() {
            self.changes.extend(step.changes);
            self.done.push(Done { inverse: step.inverse, is_fleeting: step.is_fleeting });
        }
        let Some(error) = step.error else { return Flow::On };
        let state = error.sqlstate();
        let is_handled = self.handled.iter().flatten().any(|condition| catches(condition, state));
        if is_handled || step.refusal.is_some() {
            return Flow::Failed(state.to_owned(), step.refusal);
        }
        self.error.get_or_insert(error);
        Flow::On
    }

    /// Computes an expression of a body.
    pub(super) fn value(&self, frame: &Frame, expression: &Expression) -> Value {
        match &expression.kind {
            ExpressionKind::Scalar(expr) => self.scope(frame).value(expr),
            ExpressionKind::Query(found) => query::single(self.scope(frame), found),
            ExpressionKind::Opaque(_) => None,
        }
    }

    pub(super) fn scope<'s>(&'s self, frame: &'s Frame) -> Scope<'s> {
        Scope { catalog: self.replay.catalog(), variables: &frame.variables, numbered: &frame.numbered, rows: &[] }
    }

    /// Gives a variable a value.
    pub(super) fn assign(&self, frame: &mut Frame, target: &Target, value: Value) {
        match target.name() {
            Some(name) => drop(frame.variables.insert(name.clone(), value)),
            // A part of a variable: the whole is not known any more.
            None => {
                if let crate::procedure::TargetRoot::Name(name) = &target.root {
                    frame.variables.insert(name.clone(), None);
                }
            }
        }
    }

    fn forget_into(&self, frame: &mut Frame, into: Option<&Into>) {
        into.iter().flat_map(|into| &into.targets).for_each(|target| self.assign(frame, target, None));
    }
}

/// Returns the query that a statement is.
pub(super) fn as_query(statement: &Statement) -> Option<&Query> {
    match statement {
        Statement::Data(data) => match &**data {
            DataStatement::Query(query) => Some(query),
            _ => None,
        },
        _ => None,
    }
}

fn makes_table(query: &Query) -> bool {
    matches!(&query.body, crate::query::Body::Select(select) if select.into.is_some())
}

/// Sets FOUND.
fn found(frame: &mut Frame, any: Option<bool>) {
    frame.variables.insert(Ident::exact("found"), any.map(Constant::Boolean));
}

fn handler<'b>(handlers: &'b [Handler], state: &str) -> Option<&'b Handler> {
    handlers.iter().find(|handler| handler.conditions.iter().any(|condition| catches(condition, state)))
}

fn raised(raise: &Raise) -> Flow {
    match raise.level {
        None | Some(RaiseLevel::Exception) => Flow::Failed("P0001".to_owned(), None),
        Some(_) => Flow::On,
    }
}

pub(super) fn lost(reason: &str) -> Flow {
    Flow::Lost(reason.to_owned())
}
