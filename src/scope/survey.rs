//! What a body runs, whatever it says about rows: for what its calls and statements leave behind.

use std::collections::BTreeSet;

use super::bodies::{Bodies, Read};
use super::procedures::{self, Body, Program};
use super::routines::{Conduct, Known};
use super::{Context, fired, opaque, proof};
use crate::pg::Ident;
use crate::procedure::{
    DataType, DeclarationKind, Expression, ExpressionKind, Part, Procedure, Return, Sql, SqlKind, StatementKind,
    TargetRoot,
};
use crate::query::visit::{self, Node};
use crate::query::{Call, Expr, ExprKind, Literal, Query, Step};
use crate::statement::Statement;
use crate::statement::object::function::{BodyStatementKind, CreateFunction, Returns, SqlBody};
use crate::statement::object::parameter::{Parameter, ParameterMode};
use crate::statement::relation::{DropKind, Statement as Relation};
use crate::statement::session::Statement as Session;
use crate::statement::session::program::Do;
use crate::statement::session::setting::Reset;
use crate::statement::session::source_text::{Quoting, SourceText};
use crate::statement::words::Behavior;

/// Something that a body runs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'a> {
    /// A statement.
    Statement(&'a Statement),
    /// An expression.
    Expression(&'a Expr),
    /// The query that an expression is.
    Query(&'a Query),
    /// A text that is put together when it runs, or one that is not read.
    Unknown,
}

/// Calls `meet` for everything that a DO block runs, with the text that its own bodies stand in.
pub(super) fn block(text: &str, block: &Do, meet: &mut dyn FnMut(&str, Found<'_>)) {
    let read = procedures::read(text, &block.body, block.language.as_deref().unwrap_or("plpgsql"));
    source((text, &[]), &block.body, &read, meet);
}

/// Calls `meet` for everything that a routine runs, with the text that its own bodies stand in.
pub(super) fn routine(text: &str, function: &CreateFunction, meet: &mut dyn FnMut(&str, Found<'_>)) {
    program((text, function), &Program::of(&Bodies::default(), text, function), meet);
}

fn program((text, function): (&str, &CreateFunction), program: &Program<'_>, meet: &mut dyn FnMut(&str, Found<'_>)) {
    match program {
        Program::Parsed(body) => parsed(text, body, meet),
        Program::Written(found, read) => source((text, &function.parameters), found, read, meet),
        Program::Elsewhere => meet(text, Found::Unknown),
    }
}

/// Says what a routine does when it is called.
pub(super) fn conduct(context: &Context<'_>, text: &str, function: &CreateFunction) -> Known {
    let read = Program::of(&context.effects.bodies, text, function);
    let mut known = Known { is_of_triggers: is_of_triggers(function), ..Known::default() };
    program((text, function), &read, &mut |_, found| meet(context, found, &mut known));
    let assigns = assigned(function, &read);
    for default in function.parameters.iter().filter_map(|parameter| parameter.default.as_ref()) {
        meet(context, Found::Expression(default), &mut known);
        if opaque::expr(context, default, &[]).is_some() {
            known.conduct = known.conduct.max(Conduct::Rows);
        }
    }
    // What is worse already needs no proof.
    let is_plain =
        known.conduct < Conduct::Rows && assigns.is_some() && procedures::meets_nothing(context, text, function, &read);
    if !is_plain {
        known.conduct = known.conduct.max(Conduct::Rows);
    }
    Known { assigns: assigns.unwrap_or_default(), ..known }
}

/// Takes in what a routine runs.
fn meet(context: &Context<'_>, found: Found<'_>, known: &mut Known) {
    let routines = &context.effects.routines;
    known.writes |= fired::writes(found);
    let conduct = match found {
        Found::Unknown => Conduct::Anything,
        Found::Statement(Statement::Session(session)) if is_harmless(session) => Conduct::Plain,
        Found::Statement(Statement::Relation(relation)) if names_what_it_changes(relation) => {
            known.changes.insert(relation.to_string());
            Conduct::Definitions
        }
        Found::Statement(statement) if !matches!(statement, Statement::Data(_)) && called_by(statement).is_none() => {
            Conduct::Anything
        }
        found => {
            let mut worst = Conduct::Plain;
            calls(found, &mut |called| {
                let name = called.name();
                let changes_settings = *name == "set_config" || *name == proof::UNKNOWN;
                let own = if changes_settings { Conduct::Anything } else { routines.conduct(name).unwrap_or_default() };
                worst = worst.max(own);
                known.changes.extend(routines.changes(name).cloned());
                known.writes |= routines.writes(name);
                known.calls.insert(name.clone());
            });
            worst
        }
    };
    known.conduct = known.conduct.max(conduct);
}

/// The call that CALL is.
fn called_by(statement: &Statement) -> Option<&Call> {
    match statement {
        Statement::Session(session) => match &**session {
            Session::Call(call) => Some(&call.call),
            _ => None,
        },
        _ => None,
    }
}

/// Says whether a statement changes relations that it names and nothing else.
///
/// An index has a name of its own, which says nothing of its table, and CASCADE reaches what nobody named.
fn names_what_it_changes(relation: &Relation) -> bool {
    match relation {
        Relation::CreateTable(_) | Relation::CreateIndex(_) | Relation::CreateSequence(_) => true,
        Relation::Drop(drop) => drop.kind == DropKind::Table && drop.behavior == Behavior::Restrict,
        _ => false,
    }
}

/// Says whether a statement only changes how values look or how long a statement may take.
fn is_harmless(session: &Session) -> bool {
    const HARMLESS: &[&str] = &[
        "application_name",
        "bytea_output",
        "client_min_messages",
        "datestyle",
        "extra_float_digits",
        "idle_in_transaction_session_timeout",
        "intervalstyle",
        "lock_timeout",
        "maintenance_work_mem",
        "statement_timeout",
        "timezone",
        "work_mem",
    ];
    let name = match session {
        Session::Set(set) => set.change.name(),
        Session::Reset(Reset::Name(name)) => Some(name),
        _ => None,
    };
    name.is_some_and(|name| {
        matches!(name.parts.as_slice(), [only] if HARMLESS.iter().any(|known| known.eq_ignore_ascii_case(only.as_str())))
    })
}

/// A function that is called.
#[derive(Clone, Copy, Debug)]
pub(super) enum Called<'a> {
    /// With its arguments in parentheses.
    Call(&'a Call),
    /// Perhaps, in the way of a field: `t.f` is `f(t)` where `t` has no such column.
    Field(&'a Ident),
}

impl Called<'_> {
    /// Its name without schema.
    pub(super) fn name(&self) -> &Ident {
        match self {
            Called::Call(call) => call.name.last(),
            Called::Field(field) => field,
        }
    }
}

/// Calls `meet` for every function call in an expression or in a statement that reads or writes rows.
pub(super) fn calls(found: Found<'_>, meet: &mut dyn FnMut(Called<'_>)) {
    let mut node = |node: Node<'_>| called(node, meet);
    match found {
        Found::Expression(expr) => visit::expr(expr, &mut node),
        Found::Query(query) => visit::query(query, &mut node),
        Found::Statement(Statement::Data(data)) => visit::statement(data, &mut node),
        Found::Statement(statement) => {
            if let Some(call) = called_by(statement) {
                meet(Called::Call(call));
                call.arguments.iter().for_each(|argument| visit::expr(&argument.value, &mut |node| called(node, meet)));
            }
        }
        Found::Unknown => {}
    }
}

fn called(node: Node<'_>, meet: &mut dyn FnMut(Called<'_>)) {
    let Node::Expr(expr) = node else { return };
    match &expr.kind {
        ExprKind::Call(call) => meet(Called::Call(call)),
        ExprKind::Column(parts) => {
            if let [_, .., field] = parts.as_slice() {
                meet(Called::Field(field));
            }
        }
        ExprKind::Indirection(_, steps) => steps.iter().for_each(|step| {
            if let Step::Field(field) = step {
                meet(Called::Field(field));
            }
        }),
        _ => {}
    }
}

fn parsed(text: &str, body: &SqlBody, meet: &mut dyn FnMut(&str, Found<'_>)) {
    match body {
        SqlBody::Return(expr) => meet(text, Found::Expression(expr)),
        SqlBody::Atomic(statements) => {
            for statement in statements {
                match &statement.kind {
                    BodyStatementKind::Statement(inner) => meet(text, Found::Statement(inner)),
                    BodyStatementKind::Return(expr) => meet(text, Found::Expression(expr)),
                }
            }
        }
    }
}

fn source(
    (text, parameters): (&str, &[Parameter]),
    source: &SourceText,
    read: &Read,
    meet: &mut dyn FnMut(&str, Found<'_>),
) {
    // Places in the body are places in the file, or in the value of the string that the body stands in.
    let inner = match source.quoting {
        Quoting::Verbatim => text,
        Quoting::Escaped => source.text.as_str(),
    };
    match read {
        Err(_) => meet(inner, Found::Unknown),
        Ok(Body::Text(body)) => body.statements.iter().for_each(|found| meet(inner, statement(found))),
        Ok(Body::Procedure(procedure)) => {
            let integers = integers(procedure, parameters);
            for part in procedure.parts() {
                match part {
                    Part::Sql(found) => meet(inner, statement(found)),
                    Part::Expression(found) | Part::Perform(found) => meet(inner, expression(found)),
                    Part::Command(found) => match proof::template(found, &integers) {
                        // What defines bodies needs the text that they stand in.
                        Some(made @ (Statement::Data(_) | Statement::Relation(_))) => {
                            meet(inner, Found::Statement(&made));
                        }
                        _ => meet(inner, Found::Unknown),
                    },
                    Part::Opaque(_) => meet(inner, Found::Unknown),
                    _ => {}
                }
            }
        }
    }
}

/// The names that stand for whole numbers wherever they stand in a body.
fn integers(procedure: &Procedure, parameters: &[Parameter]) -> BTreeSet<Ident> {
    let declared = procedure.parts().into_iter().filter_map(|part| match part {
        Part::Declaration(found) => Some((
            found.name.clone(),
            match &found.kind {
                DeclarationKind::Variable { data_type: DataType::Type(of), .. } => procedures::is_integer(of),
                _ => false,
            },
        )),
        _ => None,
    });
    let given = parameters.iter().filter_map(|parameter| {
        let is_single = parameter.mode != Some(ParameterMode::Variadic);
        Some((parameter.name.clone()?, is_single && procedures::is_integer(&parameter.data_type)))
    });
    let all: Vec<(Ident, bool)> = declared.chain(given).collect();
    let is_always = |name: &Ident| all.iter().all(|(other, is_integer)| other != name || *is_integer);
    all.iter().map(|(name, _)| name).filter(|name| is_always(name)).cloned().collect()
}

fn statement(sql: &Sql) -> Found<'_> {
    match &sql.kind {
        SqlKind::Statement(inner) => Found::Statement(inner),
        SqlKind::Opaque(_) => Found::Unknown,
    }
}

fn expression(expression: &Expression) -> Found<'_> {
    match &expression.kind {
        ExpressionKind::Scalar(expr) => Found::Expression(expr),
        ExpressionKind::Query(query) => Found::Query(query),
        ExpressionKind::Opaque(_) => Found::Unknown,
    }
}

fn is_of_triggers(function: &CreateFunction) -> bool {
    matches!(&function.returns, Some(Returns::Type(name)) if *name.name.last() == "trigger")
}

/// Returns the columns of NEW that a trigger function assigns; `None` when it may return any row.
fn assigned(function: &CreateFunction, program: &Program<'_>) -> Option<BTreeSet<Ident>> {
    let is_of_triggers = is_of_triggers(function);
    match program {
        Program::Written(_, read) if is_of_triggers => match &**read {
            Ok(Body::Procedure(procedure)) => assigned_in(procedure),
            _ => None,
        },
        _ => (!is_of_triggers).then(BTreeSet::new),
    }
}

fn assigned_in(procedure: &Procedure) -> Option<BTreeSet<Ident>> {
    let mut columns = BTreeSet::new();
    let is_row = |name: &Ident| *name == "new" || *name == "old";
    for part in procedure.parts() {
        match part {
            Part::Target(target) => match (&target.root, target.steps.first()) {
                (TargetRoot::Name(name), Some(Step::Field(field))) if is_row(name) => {
                    columns.insert(field.clone());
                }
                (TargetRoot::Name(name), _) if is_row(name) => return None,
                _ => {}
            },
            Part::Declaration(declaration) => match &declaration.kind {
                DeclarationKind::Alias(target) if matches!(&target.root, TargetRoot::Name(name) if is_row(name)) => {
                    return None;
                }
                _ => {}
            },
            Part::Statement(found) => match &found.kind {
                StatementKind::Return(Return::Value(value)) if !returns_row(value) => return None,
                _ => {}
            },
            _ => {}
        }
    }
    Some(columns)
}

/// A trigger function that returns anything but NEW, OLD or NULL may return another tenant's row.
fn returns_row(value: &Expression) -> bool {
    let ExpressionKind::Scalar(expr) = &value.kind else { return false };
    match &expr.kind {
        ExprKind::Column(parts) => matches!(parts.as_slice(), [name] if *name == "new" || *name == "old"),
        ExprKind::Literal(Literal::Null) => true,
        _ => false,
    }
}
