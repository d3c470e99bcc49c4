//! What a statement finds when it runs, as the server names it.

use super::Guard;
use crate::catalog::{Address, Catalog, Class, Kind as RelationKind};
use crate::changes::{Change, DropObject, DropPart, DropRelation, PartKind, RestoreDefinition};
use crate::pg::{Ident, Name};
use crate::query::Quoted;
use crate::statement::Statement;
use crate::statement::object::reference::{Kind, ObjectName, Reference};
use crate::statement::object::{self, Statement as Object};
use crate::statement::relation::{self, ActionKind, DropKind, Persistence, RelationChange};
use crate::statement::words::Behavior;

/// A thing that may be there when a statement runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// What it is, in words.
    words: String,
    /// Its catalog.
    class: &'static str,
    /// Its OID there as SQL; NULL when it is not there.
    oid: String,
    /// Whether the ledger can tell how it is made.
    is_told: bool,
}

impl Found {
    fn new(words: String, class: &'static str, oid: String) -> Self {
        let told = ["pg_trigger", "pg_policy", "pg_rewrite", "pg_proc", "pg_constraint", "pg_statistic_ext"];
        Found { words, class, oid, is_told: told.contains(&class) }
    }

    /// A part of a relation.
    fn part(kind: PartKind, name: &Ident, table: &Name) -> Self {
        let (class, of, named, rest) = match kind {
            PartKind::Trigger => ("pg_trigger", "tgrelid", "tgname", " AND NOT tgisinternal"),
            PartKind::Policy => ("pg_policy", "polrelid", "polname", ""),
            PartKind::Rule => ("pg_rewrite", "ev_class", "rulename", ""),
        };
        let (relation, literal) = (Quoted(&table.to_string()).to_string(), Quoted(name.as_str()).to_string());
        let oid = format!(
            "(SELECT oid FROM {class} WHERE {of} = to_regclass({relation})\n    AND {named} = {literal}{rest})"
        );
        Found::new(format!("{} {name} on {table}", kind.to_string().to_lowercase()), class, oid)
    }

    fn routine(written: &str) -> Self {
        let function = if written.contains('(') { "to_regprocedure" } else { "to_regproc" };
        Found::new(written.to_owned(), "pg_proc", format!("{function}({})", Quoted(written)))
    }

    fn relation(name: &Name, kind: DropKind) -> Self {
        let oid = format!("to_regclass({})", Quoted(&name.to_string()));
        let is_told = matches!(kind, DropKind::View | DropKind::Index);
        Found { is_told, ..Found::new(name.to_string(), "pg_class", oid) }
    }

    /// An object without a schema.
    fn named(words: &str, (class, column): (&'static str, &str), name: &Name) -> Self {
        let oid = format!("(SELECT oid FROM {class} WHERE {column} = {})", Quoted(name.last().as_str()));
        Found::new(format!("{words} {name}"), class, oid)
    }

    /// What a reference refers to, when the server can be asked for it.
    fn of(reference: &Reference) -> Option<Self> {
        let on = |kind| match &reference.name {
            ObjectName::On(name, table) => Some(Found::part(kind, name, table)),
            _ => None,
        };
        let plain = |words, place| match &reference.name {
            ObjectName::Plain(name) => Some(Found::named(words, place, name)),
            _ => None,
        };
        match reference.kind {
            Kind::Trigger => on(PartKind::Trigger),
            Kind::Policy => on(PartKind::Policy),
            Kind::Rule => on(PartKind::Rule),
            Kind::Function | Kind::Procedure | Kind::Routine => Some(Found::routine(&routine(&reference.name)?)),
            Kind::Aggregate => {
                let found = Found::routine(&reference.name.to_string().replace("(*)", "()"));
                Some(Found { is_told: false, ..found })
            }
            Kind::Publication => plain("publication", ("pg_publication", "pubname")),
            Kind::EventTrigger => plain("event trigger", ("pg_event_trigger", "evtname")),
            Kind::Server => plain("server", ("pg_foreign_server", "srvname")),
            Kind::Language => plain("language", ("pg_language", "lanname")),
            _ => None,
        }
    }

    /// Says whether it goes with the session, so that a rollback finds nothing of it.
    fn is_of_the_session(&self) -> bool {
        self.words.split(' ').any(|word| word.starts_with("pg_temp."))
    }

    /// Returns the things that a statement drops if they exist, each with what becomes of what depends on it.
    pub(super) fn dropped(statement: &Statement) -> Vec<Found> {
        let mut all = Found::named_in(statement);
        all.retain(|found| !found.is_of_the_session());
        all
    }

    fn named_in(statement: &Statement) -> Vec<Found> {
        match statement {
            Statement::Object(found) => match &**found {
                Object::Drop(drop) if drop.if_exists => {
                    let all = drop.objects.iter().filter_map(Found::of);
                    all.map(|found| found.reaching(drop.behavior)).collect()
                }
                _ => Vec::new(),
            },
            Statement::Relation(found) => match &**found {
                relation::Statement::Drop(drop) if drop.if_exists => drop
                    .names
                    .iter()
                    .filter_map(|name| dropped_relation(drop.kind, name))
                    .map(|found| found.reaching(drop.behavior))
                    .collect(),
                relation::Statement::AlterRelation(alter) => match &alter.change {
                    RelationChange::Actions(actions) => {
                        actions.iter().filter_map(|action| constraint(&alter.relation.name, &action.kind)).collect()
                    }
                    _ => Vec::new(),
                },
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// What goes with it cannot be told.
    fn reaching(self, behavior: Behavior) -> Self {
        let is_alone =
            behavior == Behavior::Restrict || matches!(self.class, "pg_trigger" | "pg_policy" | "pg_rewrite");
        Found { is_told: self.is_told && is_alone, ..self }
    }

    /// Returns what `OR REPLACE` finds, with what drops it where it finds nothing.
    pub(super) fn replaced(statement: &Statement, changes: &[Change], catalog: &Catalog) -> Option<(Found, Change)> {
        match statement {
            Statement::Relation(found) => match &**found {
                relation::Statement::CreateView(create)
                    if create.or_replace && create.persistence != Persistence::Temporary =>
                {
                    let relation = create.name.clone();
                    let drop = DropRelation {
                        relation,
                        kind: RelationKind::View,
                        referenced: Vec::new(),
                        rows: crate::changes::Dropped::Lost,
                    };
                    Some((Found::relation(&create.name, DropKind::View), drop.into()))
                }
                _ => None,
            },
            Statement::Object(found) => match &**found {
                Object::CreateTrigger(create) if create.or_replace => {
                    Some(replaced_part(PartKind::Trigger, &create.name, &create.relation))
                }
                Object::CreateRule(create) if create.or_replace => {
                    Some(replaced_part(PartKind::Rule, &create.name, &create.relation))
                }
                Object::CreateFunction(create) if create.or_replace => {
                    let drop = routine_of(changes)?;
                    let routine = catalog.written(&Address::Object(drop.id.clone()));
                    Some((Found::routine(&routine), drop.into()))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the condition that it is there.
    pub(super) fn presence(&self) -> Guard {
        self.guard("presence", "IS NOT NULL")
    }

    /// Returns the condition that it is not there.
    pub(super) fn absence(&self) -> Guard {
        self.guard("absence", "IS NULL")
    }

    fn guard(&self, word: &str, test: &str) -> Guard {
        Guard { name: format!("{word} of {}", self.words), holds: format!("{} {test}", self.oid), otherwise: None }
    }

    /// Returns what brings it back as it was; `None` when the ledger cannot tell how it is made.
    pub(super) fn restored(&self) -> Option<crate::changes::Inverse> {
        let object = format!("'{}', {}", self.class, self.oid);
        self.is_told.then(|| RestoreDefinition::of_found(&object, &format!("definition of {}", self.words)))
    }
}

fn replaced_part(kind: PartKind, name: &Ident, table: &Name) -> (Found, Change) {
    let drop = DropPart { table: table.clone(), kind, name: name.clone() };
    (Found::part(kind, name, table), drop.into())
}

fn routine_of(changes: &[Change]) -> Option<DropObject> {
    changes.iter().find_map(|change| match change {
        Change::CreateObject(made) if made.object.id.class == Class::Routine => {
            let words = made.object.words(made.home.as_ref());
            Some(DropObject { id: made.object.id.clone(), words, locks: Vec::new() })
        }
        Change::AlterObject(alter) if alter.id.class == Class::Routine => {
            Some(DropObject { id: alter.id.clone(), words: alter.words.clone(), locks: Vec::new() })
        }
        _ => None,
    })
}

/// Writes a routine as casts to `regprocedure` take it.
fn routine(name: &ObjectName) -> Option<String> {
    match name {
        ObjectName::Routine(routine) => Some(match &routine.arguments {
            Some(arguments) => {
                use crate::statement::object::parameter::ParameterMode;
                let inputs = arguments.iter().filter(|found| found.mode != Some(ParameterMode::Out));
                let types: Vec<String> = inputs.map(|found| found.data_type.to_string()).collect();
                format!("{}({})", routine.name, types.join(", "))
            }
            None => routine.name.to_string(),
        }),
        ObjectName::Plain(name) => Some(name.to_string()),
        _ => None,
    }
}

fn dropped_relation(kind: DropKind, name: &Name) -> Option<Found> {
    match kind {
        DropKind::Type | DropKind::Domain => {
            let oid = format!("to_regtype({})", Quoted(&name.to_string()));
            Some(Found::new(format!("type {name}"), "pg_type", oid))
        }
        DropKind::Schema => {
            let oid = format!("to_regnamespace({})", Quoted(&name.to_string()));
            Some(Found::new(format!("schema {name}"), "pg_namespace", oid))
        }
        DropKind::Extension => Some(Found::named("extension", ("pg_extension", "extname"), name)),
        DropKind::Statistics => Some(statistics(name)),
        _ => Some(Found::relation(name, kind)),
    }
}

fn statistics(name: &Name) -> Found {
    let place = match name.schema() {
        Some(schema) => format!("stxnamespace = to_regnamespace({})", Quoted(&schema.to_string())),
        None => "pg_statistics_obj_is_visible(oid)".to_owned(),
    };
    let oid =
        format!("(SELECT oid FROM pg_statistic_ext WHERE stxname = {}\n    AND {place})", Quoted(name.last().as_str()));
    Found::new(format!("statistics {name}"), "pg_statistic_ext", oid)
}

fn constraint(table: &Name, action: &ActionKind) -> Option<Found> {
    let ActionKind::DropConstraint { if_exists: true, name, behavior, .. } = action else { return None };
    let (relation, named) = (Quoted(&table.to_string()).to_string(), Quoted(name.as_str()).to_string());
    let oid =
        format!("(SELECT oid FROM pg_constraint WHERE conrelid = to_regclass({relation})\n    AND conname = {named})");
    Some(Found::new(format!("constraint {name} of {table}"), "pg_constraint", oid).reaching(*behavior))
}

/// Says whether a statement replaces or makes an aggregate, of which the ledger cannot tell how it was made.
pub(super) fn unknown_aggregate(statement: &Statement, changes: &[Change], catalog: &Catalog) -> Option<Guard> {
    let Statement::Object(found) = statement else { return None };
    let object::Statement::CreateAggregate(create) = &**found else { return None };
    let drop = changes.iter().find_map(|change| match change {
        Change::CreateObject(made) => Some(made.object.id.clone()),
        _ => None,
    })?;
    let written = catalog.written(&Address::Object(drop)).replace("(*)", "()");
    create.or_replace.then(|| Found::routine(&written).presence())
}
