//! Triggers that change definitions: what a write fires may leave another schema behind.

use std::collections::BTreeSet;

use super::bodies::Read;
use super::procedures::{self, Body, Program};
use super::proof;
use crate::catalog::{Catalog, Class, ConstraintKind, Definition, Relation};
use crate::pg::Name;
use crate::procedure::{Expression, ExpressionKind, Part, Sql, SqlKind};
use crate::query::visit::{self, Node};
use crate::query::{Expr, ExprKind, Literal};
use crate::statement::Statement;
use crate::statement::object::Statement as Object;
use crate::statement::object::function::CreateFunction;
use crate::statement::relation::{ReferentialAction, Statement as AboutRelation};
use crate::statement::session::Statement as Session;
use crate::statement::session::copy::{CopyDirection, CopySource};
use crate::statement::session::source_text::{Quoting, SourceText};

/// Which triggers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Those that change definitions or settings themselves.
    Redefining,
    /// All: what one writes may fire another that does.
    All,
}

/// Names a trigger that a statement may fire and that may change definitions or settings.
pub(super) fn redefines(catalog: &Catalog, statement: &Statement, which: Which) -> Option<String> {
    if !catalog.has_triggers() {
        return None;
    }
    let written = written(statement);
    let below = written.iter().map(|name| proof::base_of(catalog, name));
    let names: Vec<Name> = written.iter().cloned().chain(below).collect();
    let mut open: Vec<&Relation> = names.iter().filter_map(|name| catalog.relation(name)).collect();
    let mut seen: BTreeSet<&Name> = BTreeSet::new();
    while let Some(relation) = open.pop() {
        for member in catalog.family(relation) {
            if !seen.insert(&member.name) {
                continue;
            }
            let mut triggers = member.triggers.values();
            let counts = |function: &Name| which == Which::All || changes(catalog, function);
            if let Some(found) = triggers.find(|trigger| counts(&trigger.definition.function)) {
                return Some(format!("trigger `{}` on `{}`", found.definition.name, member.name.last()));
            }
            let acts = |action: &ReferentialAction| {
                !matches!(action, ReferentialAction::NoAction | ReferentialAction::Restrict)
            };
            open.extend(catalog.references_to(&member.name).into_iter().filter_map(|(child, key)| match &key.kind {
                ConstraintKind::ForeignKey { references, .. } => {
                    (acts(&references.on_delete) || acts(&references.on_update)).then_some(child)
                }
                _ => None,
            }));
        }
    }
    None
}

/// The relations that a statement writes.
fn written(statement: &Statement) -> Vec<Name> {
    let mut names = Vec::new();
    match statement {
        Statement::Data(data) => visit::statement(data, &mut |node| {
            if let Node::Target(target) = node {
                names.push(target.name.clone());
            }
        }),
        Statement::Relation(relation) => {
            if let AboutRelation::Truncate(truncate) = &**relation {
                names.extend(truncate.relations.iter().map(|relation| relation.name.clone()));
            }
        }
        Statement::Session(session) => {
            if let Session::Copy(copy) = &**session
                && copy.direction == CopyDirection::From
                && let CopySource::Relation(name, _) = &copy.source
            {
                names.push(name.clone());
            }
        }
        Statement::Object(_) => {}
    }
    names
}

/// Says whether a trigger's function holds a statement that is not about rows.
fn changes(catalog: &Catalog, function: &Name) -> bool {
    catalog.objects_named(Class::Routine, function).into_iter().any(|object| {
        let Definition::Statement(statement) = &object.definition else { return false };
        let Statement::Object(object) = &**statement else { return false };
        matches!(&**object, Object::CreateFunction(create) if redefining(create))
    })
}

/// Says whether a routine holds a statement that is not about rows, or what nobody reads.
pub(super) fn redefining(create: &CreateFunction) -> bool {
    let (Some(source), Some(language)) = (create.source(), create.language()) else { return false };
    let source = SourceText { quoting: Quoting::Escaped, ..source.clone() };
    redefines_in(&procedures::read("", &source, &language))
}

/// Says whether what a routine consists of holds such a statement.
pub(super) fn redefined_by(program: &Program<'_>) -> bool {
    matches!(program, Program::Written(_, read) if redefines_in(read))
}

fn redefines_in(read: &Read) -> bool {
    match read {
        Ok(Body::Procedure(procedure)) => procedure.parts().into_iter().any(|part| match part {
            Part::Sql(sql) => is_other(sql),
            Part::Command(command) => !is_about_rows(command),
            _ => false,
        }),
        Ok(Body::Text(_)) => false,
        Err(_) => true,
    }
}

fn is_other(sql: &Sql) -> bool {
    match &sql.kind {
        SqlKind::Statement(inner) => !matches!(&**inner, Statement::Data(_)),
        SqlKind::Opaque(_) => true,
    }
}

/// Says whether a command that is put together begins as a statement about rows does.
fn is_about_rows(command: &Expression) -> bool {
    let ExpressionKind::Scalar(expr) = &command.kind else { return false };
    let text = first(expr).unwrap_or_default().trim_start().to_ascii_lowercase();
    ["select ", "insert ", "update ", "delete ", "merge ", "with "].iter().any(|word| text.starts_with(word))
}

fn first(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => Some(text),
        ExprKind::Infix(left, _, _) => first(left),
        ExprKind::Call(call) if *call.name.last() == "format" => first(&call.arguments.first()?.value),
        _ => None,
    }
}
