//! Calls of routines that the history makes, and what bodies may do.

use super::run::{Flow, Frame, Run, lost};
use super::value::{Constant, Value};
use crate::catalog::{Class, Definition};
use crate::pg::{Ident, function};
use crate::procedure::{Block, Expression, ExpressionKind, Part, Places, Procedure, SqlKind, Statement};
use crate::query::{Call, ExprKind};
use crate::source::Span;
use crate::statement::Statement as SqlStatement;
use crate::statement::object::Statement as Object;
use crate::statement::object::function::CreateFunction;
use crate::statement::object::parameter::{Parameter, ParameterMode};
use crate::statement::relation::Statement as Relation;
use crate::statement::session::Statement as Session;

/// Routines call each other no deeper than this.
const DEEPEST: usize = 16;

impl Run<'_> {
    /// Runs a call.
    pub(super) fn call(&mut self, frame: &mut Frame, call: &Call) -> Flow {
        if !self.may_change(call) {
            return Flow::On;
        }
        let Some(routine) = self.routine(call) else {
            return Flow::Lost(format!("function `{}` is not known", call.name));
        };
        let mut inner = self.bind(frame, call, &routine);
        let Some(source) = routine.source() else { return lost("the body of a routine is not read") };
        if self.depth == DEEPEST {
            return lost("routines call each other too deep");
        }
        self.depth += 1;
        let flow = match routine.language().as_deref() {
            Some("plpgsql") => match (self.reader.procedure)(source) {
                Some(procedure) => self.block(&mut inner, &procedure.block),
                None => lost("the body of a routine is not read"),
            },
            Some("sql") => match (self.reader.script)(&source.text) {
                Some(statements) => self.all(&mut inner, &statements),
                None => lost("the body of a routine is not read"),
            },
            _ => lost("the body of a routine is not read"),
        };
        self.depth -= 1;
        match flow {
            Flow::Return | Flow::Exit(_) | Flow::Continue(_) => Flow::On,
            other => other,
        }
    }

    /// Says whether a call may change definitions.
    pub(super) fn may_change(&self, call: &Call) -> bool {
        self.call_touches(call, 0)
    }

    /// Says whether a call means a routine of the history that may change definitions.
    pub(super) fn changes_of_history(&self, call: &Call) -> bool {
        self.routine(call).is_some() && self.call_touches(call, 0)
    }

    fn call_touches(&self, call: &Call, depth: usize) -> bool {
        let Some(routine) = self.routine(call) else { return !is_known(call) };
        let Some(source) = routine.source() else { return false };
        match routine.language().as_deref() {
            Some("plpgsql") => match (self.reader.procedure)(source) {
                Some(procedure) => self.procedure_touches(&Frame::default(), &procedure, depth + 1),
                None => true,
            },
            Some("sql") => match (self.reader.script)(&source.text) {
                Some(statements) => statements.iter().any(|statement| self.sql_touches(statement, depth + 1)),
                None => true,
            },
            Some("c" | "internal") => false,
            _ => true,
        }
    }

    /// Says whether statements of a body may change definitions.
    pub(super) fn touches(&self, frame: &Frame, statements: &[Statement]) -> bool {
        self.procedure_touches(frame, &procedure(statements), 0)
    }

    fn procedure_touches(&self, frame: &Frame, procedure: &Procedure, depth: usize) -> bool {
        depth < DEEPEST
            && procedure.parts().iter().any(|part| match part {
                Part::Opaque(_) => true,
                Part::Command(command) => !self.concerns_rows(frame, command),
                Part::Perform(expression) => match &expression.kind {
                    ExpressionKind::Scalar(expr) => match &expr.kind {
                        ExprKind::Call(call) => self.routine(call).is_some() && self.call_touches(call, depth),
                        _ => false,
                    },
                    _ => false,
                },
                Part::Sql(sql) => match &sql.kind {
                    SqlKind::Statement(statement) => self.sql_touches(statement, depth),
                    SqlKind::Opaque(_) => true,
                },
                _ => false,
            })
    }

    fn sql_touches(&self, statement: &SqlStatement, depth: usize) -> bool {
        match statement {
            SqlStatement::Data(data) => match &**data {
                crate::query::DataStatement::Query(query) => super::called(query)
                    .unwrap_or_default()
                    .into_iter()
                    .any(|call| self.routine(call).is_some() && self.call_touches(call, depth)),
                _ => false,
            },
            SqlStatement::Relation(relation) => {
                !matches!(**relation, Relation::Truncate(_) | Relation::RefreshMaterializedView(_))
            }
            SqlStatement::Object(_) => true,
            SqlStatement::Session(session) => match &**session {
                Session::Do(_) | Session::Execute(_) => true,
                Session::Call(found) => depth >= DEEPEST || self.call_touches(&found.call, depth + 1),
                _ => false,
            },
        }
    }

    /// Says whether a command whose text is not known in full changes rows only.
    pub(super) fn concerns_rows(&self, frame: &Frame, command: &Expression) -> bool {
        let ExpressionKind::Scalar(expr) = &command.kind else { return false };
        let text = self.scope(frame).beginning(expr).unwrap_or_default();
        let word = text.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        let is_whole = text.trim_start().len() > word.len();
        let known =
            ["insert", "update", "delete", "select", "with", "lock", "analyze", "truncate", "refresh", "notify"];
        is_whole && known.contains(&&*word)
    }

    /// Finds the routine of the history that a call means.
    fn routine(&self, call: &Call) -> Option<CreateFunction> {
        let found = self.replay.catalog().objects_named(Class::Routine, &call.name);
        let given = call.arguments.len();
        found.into_iter().find_map(|object| match &object.definition {
            Definition::Statement(statement) => match &**statement {
                SqlStatement::Object(object) => match &**object {
                    Object::CreateFunction(create) if takes(create, given) => Some((**create).clone()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        })
    }

    fn bind(&self, frame: &Frame, call: &Call, routine: &CreateFunction) -> Frame {
        let mut inner = Frame::default();
        let inputs = inputs(routine);
        for (at, parameter) in inputs.iter().enumerate() {
            let named = call.arguments.iter().find(|found| found.name.is_some() && found.name == parameter.name);
            let plain = call.arguments.get(at).filter(|found| found.name.is_none());
            let value: Value = match (named.or(plain), &parameter.default) {
                (Some(argument), _) => self.scope(frame).value(&argument.value),
                (None, Some(default)) => self.scope(&Frame::default()).value(default),
                (None, None) => None,
            };
            inner.variables.extend(parameter.name.iter().map(|name| (name.clone(), value.clone())));
            inner.numbered.push(value);
        }
        let outputs = routine.parameters.iter().filter(|parameter| parameter.mode == Some(ParameterMode::Out));
        inner.variables.extend(outputs.filter_map(|found| Some((found.name.clone()?, Some(Constant::Null)))));
        inner
    }
}

fn inputs(routine: &CreateFunction) -> Vec<&Parameter> {
    routine.parameters.iter().filter(|parameter| parameter.mode != Some(ParameterMode::Out)).collect()
}

fn takes(routine: &CreateFunction, given: usize) -> bool {
    let inputs = inputs(routine);
    let needed = inputs.iter().filter(|parameter| parameter.default.is_none()).count();
    let is_variadic = inputs.iter().any(|parameter| parameter.mode == Some(ParameterMode::Variadic));
    given >= needed && (given <= inputs.len() || is_variadic)
}

/// Says whether a function that the history does not make is PostgreSQL's own, and changes no definition.
fn is_known(call: &Call) -> bool {
    let name = call.name.last().as_str();
    match call.name.schema() {
        Some(schema) if *schema == "pg_catalog" => true,
        _ => {
            function::reads_no_table(name)
                || function::is_of_extension(name)
                || name.starts_with("pg_")
                || ["set_config", "setval", "currval", "lastval", "txid_current", "version"].contains(&name)
        }
    }
}

/// Forgets what statements may have assigned.
pub(super) fn forget(frame: &mut Frame, statements: &[Statement]) {
    for part in procedure(statements).parts() {
        if let Part::Target(target) = part
            && let crate::procedure::TargetRoot::Name(name) = &target.root
        {
            frame.variables.insert(name.clone(), None);
        }
    }
    frame.variables.insert(Ident::exact("found"), None);
}

/// Makes a body of statements, to look at their parts.
fn procedure(statements: &[Statement]) -> Procedure {
    let (declarations, handlers) = (Vec::new(), Vec::new());
    let block = Block { span: Span::default(), label: None, declarations, statements: statements.to_vec(), handlers };
    Procedure { places: Places::File, options: Vec::new(), block }
}
