//! What a statement with `IF EXISTS` or `IF NOT EXISTS` finds is known when it runs.

use crate::pg::{Ident, Name};
use crate::query::Quoted;
use crate::statement::Statement;
use crate::statement::relation::{self, ActionKind, DropKind, Persistence, RelationChange};

/// A condition on which a statement does what it says; it is recorded, and what undoes the statement asks for the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// The name of the record.
    pub name: String,
    /// The condition as SQL.
    pub holds: String,
}

impl Guard {
    /// Returns the condition of a statement that has one.
    pub fn of(statement: &Statement) -> Option<Guard> {
        let Statement::Relation(found) = statement else { return None };
        match &**found {
            relation::Statement::CreateTable(made) if made.if_not_exists => {
                (made.persistence != Persistence::Temporary).then(|| absent(&made.name))
            }
            relation::Statement::CreateTableAs(made) if made.if_not_exists => {
                (made.persistence != Persistence::Temporary).then(|| absent(&made.name))
            }
            relation::Statement::CreateForeignTable(made) if made.if_not_exists => Some(absent(&made.name)),
            relation::Statement::CreateSequence(made) if made.if_not_exists => {
                (made.persistence != Persistence::Temporary).then(|| absent(&made.name))
            }
            relation::Statement::CreateMaterializedView(made) if made.if_not_exists => Some(absent(&made.name)),
            relation::Statement::CreateIndex(made) if made.if_not_exists => {
                made.name.as_ref().map(|name| absent(&beside(&made.relation.name, name)))
            }
            relation::Statement::CreateExtension(made) if made.if_not_exists => {
                let name = Quoted(made.name.as_str()).to_string();
                let holds = format!("NOT EXISTS (SELECT FROM pg_extension WHERE extname = {name})");
                Some(Guard { name: format!("absence of extension {}", made.name), holds })
            }
            relation::Statement::CreateSchema(made) if made.if_not_exists => {
                let name = made.name.as_ref()?;
                let holds = format!("to_regnamespace({}) IS NULL", Quoted(&name.to_string()));
                Some(Guard { name: format!("absence of schema {name}"), holds })
            }
            relation::Statement::Drop(drop) if drop.if_exists => dropped(drop),
            relation::Statement::AlterRelation(alter) => altered(alter),
            _ => None,
        }
    }
}

fn absent(name: &Name) -> Guard {
    let holds = format!("to_regclass({}) IS NULL", Quoted(&name.to_string()));
    Guard { name: format!("absence of {name}"), holds }
}

fn present(name: &Name) -> Guard {
    let holds = format!("to_regclass({}) IS NOT NULL", Quoted(&name.to_string()));
    Guard { name: format!("presence of {name}"), holds }
}

fn beside(table: &Name, index: &Ident) -> Name {
    let mut parts = table.parts.clone();
    parts.pop();
    parts.push(index.clone());
    Name { parts, span: table.span }
}

fn dropped(drop: &relation::Drop) -> Option<Guard> {
    let [name] = drop.names.as_slice() else { return None };
    match drop.kind {
        DropKind::Table
        | DropKind::Index
        | DropKind::Sequence
        | DropKind::View
        | DropKind::MaterializedView
        | DropKind::ForeignTable => Some(present(name)),
        DropKind::Type | DropKind::Domain => {
            let holds = format!("to_regtype({}) IS NOT NULL", Quoted(&name.to_string()));
            Some(Guard { name: format!("presence of type {name}"), holds })
        }
        DropKind::Schema => {
            let holds = format!("to_regnamespace({}) IS NOT NULL", Quoted(&name.to_string()));
            Some(Guard { name: format!("presence of schema {name}"), holds })
        }
        DropKind::Extension => {
            let holds = format!("EXISTS (SELECT FROM pg_extension WHERE extname = {})", Quoted(name.last().as_str()));
            Some(Guard { name: format!("presence of extension {name}"), holds })
        }
        DropKind::Statistics => None,
    }
}

/// One action on one column or constraint; of several, each would need a condition of its own.
fn altered(alter: &relation::AlterRelation) -> Option<Guard> {
    let RelationChange::Actions(actions) = &alter.change else {
        return alter.if_exists.then(|| present(&alter.relation.name));
    };
    let [action] = actions.as_slice() else {
        return alter.if_exists.then(|| present(&alter.relation.name));
    };
    let table = &alter.relation.name;
    let column = |not: &str, name: &Ident| {
        let (table, column) = (Quoted(&table.to_string()).to_string(), Quoted(name.as_str()).to_string());
        format!(
            "{not}EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass({table})\n    AND attname = {column} AND NOT attisdropped)"
        )
    };
    match &action.kind {
        ActionKind::AddColumn { if_not_exists: true, column: made } => {
            Some(Guard { name: format!("absence of {table}.{}", made.name), holds: column("NOT ", &made.name) })
        }
        ActionKind::DropColumn { if_exists: true, column: name, .. } => {
            Some(Guard { name: format!("presence of {table}.{name}"), holds: column("", name) })
        }
        ActionKind::DropConstraint { if_exists: true, name, .. } => {
            let (of, named) = (Quoted(&table.to_string()).to_string(), Quoted(name.as_str()).to_string());
            let holds =
                format!("EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass({of}) AND conname = {named})");
            Some(Guard { name: format!("presence of constraint {name} of {table}"), holds })
        }
        _ => alter.if_exists.then(|| present(table)),
    }
}
