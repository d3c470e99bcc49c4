//! What a statement with `IF EXISTS` or `IF NOT EXISTS` finds is known when it runs.

use super::found::Found;
use crate::pg::{Ident, Name};
use crate::query::Quoted;
use crate::statement::Statement;
use crate::statement::object::{self, reference::Reference};
use crate::statement::relation::{self, ActionKind, Persistence, RelationChange};

/// A condition on which a statement does what it says; it is recorded, and what undoes the statement asks for the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// The name of the record.
    pub name: String,
    /// The condition as SQL.
    pub holds: String,
    /// What must hold where the condition does not; `None` when it may be as it likes.
    pub otherwise: Option<String>,
}

impl Guard {
    /// Says whether what a statement does depends on what it finds.
    pub fn is_any(statement: &Statement) -> bool {
        Guard::of(statement).is_some() || Guard::parts(statement).iter().any(|part| Guard::of(part).is_some())
    }

    /// Returns the statements that a statement with several names or actions stands for, when what one of them finds says
    /// nothing about the others.
    pub fn parts(statement: &Statement) -> Vec<Statement> {
        let found = match statement {
            Statement::Relation(found) => found,
            Statement::Object(found) => return objects(found),
            _ => return Vec::new(),
        };
        let one = |part: relation::Statement| Statement::Relation(Box::new(part));
        match &**found {
            relation::Statement::Drop(drop) if drop.if_exists && drop.names.len() > 1 => {
                let alone = |name: &Name| relation::Drop { names: vec![name.clone()], ..drop.clone() };
                drop.names.iter().map(|name| one(relation::Statement::Drop(alone(name)))).collect()
            }
            relation::Statement::AlterRelation(alter) => match &alter.change {
                RelationChange::Actions(actions) if actions.len() > 1 && !alter.if_exists => {
                    let alone = |action: &relation::Action| relation::AlterRelation {
                        change: RelationChange::Actions(vec![action.clone()]),
                        ..(**alter).clone()
                    };
                    let parts =
                        actions.iter().map(|action| one(relation::Statement::AlterRelation(Box::new(alone(action)))));
                    let parts: Vec<Statement> = parts.collect();
                    if parts.iter().any(|part| Guard::of(part).is_some()) { parts } else { Vec::new() }
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// Returns the condition that something of what it is about is there.
    pub fn holds_any(&self) -> String {
        self.otherwise.as_ref().map_or_else(|| self.holds.clone(), |none| format!("NOT ({none})"))
    }

    /// Joins conditions of which either all hold or none.
    pub(super) fn all(guards: Vec<Guard>) -> Option<Guard> {
        let join = |word: &str| {
            let all: Vec<String> = guards.iter().map(|guard| format!("({})", guard.holds)).collect();
            all.join(&format!("\n    {word} "))
        };
        let names: Vec<&str> = guards.iter().map(|guard| guard.name.as_str()).collect();
        match guards.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            _ => Some(Guard {
                name: names.join(", "),
                holds: join("AND"),
                otherwise: Some(format!("NOT ({})", join("OR"))),
            }),
        }
    }

    /// Joins conditions of which one is enough.
    pub(super) fn any(guards: Vec<Guard>) -> Option<Guard> {
        let joined = Guard::all(guards)?;
        let holds = joined.holds_any();
        Some(Guard { holds, otherwise: None, ..joined })
    }

    /// Returns the condition of a statement that has one.
    pub fn of(statement: &Statement) -> Option<Guard> {
        let found = match statement {
            Statement::Relation(found) => found,
            Statement::Object(_) => return only(Found::dropped(statement)).map(|found| found.presence()),
            _ => return None,
        };
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
                made.name.as_ref().map(|name| absent(&made.relation.name.beside(name)))
            }
            relation::Statement::CreateExtension(made) if made.if_not_exists => {
                let name = Quoted(made.name.as_str()).to_string();
                let holds = format!("NOT EXISTS (SELECT FROM pg_extension WHERE extname = {name})");
                Some(Guard { name: format!("absence of extension {}", made.name), holds, otherwise: None })
            }
            relation::Statement::CreateSchema(made) if made.if_not_exists => {
                let name = made.name.as_ref()?;
                let holds = format!("to_regnamespace({}) IS NULL", Quoted(&name.to_string()));
                Some(Guard { name: format!("absence of schema {name}"), holds, otherwise: None })
            }
            relation::Statement::Drop(drop) if drop.if_exists => {
                only(Found::dropped(statement)).map(|found| found.presence())
            }
            relation::Statement::AlterRelation(alter) => altered(alter),
            _ => None,
        }
    }
}

fn absent(name: &Name) -> Guard {
    let holds = format!("to_regclass({}) IS NULL", Quoted(&name.to_string()));
    Guard { name: format!("absence of {name}"), holds, otherwise: None }
}

fn present(name: &Name) -> Guard {
    let holds = format!("to_regclass({}) IS NOT NULL", Quoted(&name.to_string()));
    Guard { name: format!("presence of {name}"), holds, otherwise: None }
}

fn only(mut found: Vec<Found>) -> Option<Found> {
    let one = found.pop();
    one.filter(|_| found.is_empty())
}

/// Returns the statements that one with several objects stands for.
fn objects(found: &object::Statement) -> Vec<Statement> {
    let object::Statement::Drop(drop) = found else { return Vec::new() };
    if !drop.if_exists || drop.objects.len() < 2 {
        return Vec::new();
    }
    let alone = |reference: &Reference| object::drop::Drop { objects: vec![reference.clone()], ..(**drop).clone() };
    let one = |reference| Statement::Object(Box::new(object::Statement::Drop(Box::new(alone(reference)))));
    drop.objects.iter().map(one).collect()
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
        ActionKind::AddColumn { if_not_exists: true, column: made } => Some(Guard {
            name: format!("absence of {table}.{}", made.name),
            holds: column("NOT ", &made.name),
            otherwise: None,
        }),
        ActionKind::DropColumn { if_exists: true, column: name, .. } => {
            Some(Guard { name: format!("presence of {table}.{name}"), holds: column("", name), otherwise: None })
        }
        ActionKind::DropConstraint { if_exists: true, name, .. } => {
            let (of, named) = (Quoted(&table.to_string()).to_string(), Quoted(name.as_str()).to_string());
            let holds =
                format!("EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass({of}) AND conname = {named})");
            Some(Guard { name: format!("presence of constraint {name} of {table}"), holds, otherwise: None })
        }
        _ => alter.if_exists.then(|| present(table)),
    }
}
