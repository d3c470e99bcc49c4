//! Triggers on relations and on events.

use std::fmt;

use crate::pg::{Ident, Name};
use crate::query::Expr;
use crate::statement::print::{Clause, Lead, Spaced, Strings, When};
use crate::statement::words::words;

/// CREATE TRIGGER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateTrigger {
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// What a constraint trigger has; `None` for an ordinary one.
    pub constraint: Option<ConstraintTrigger>,
    /// Its name.
    pub name: Ident,
    /// When it fires.
    pub timing: TriggerTiming,
    /// What fires it, in the order written.
    pub events: Vec<TriggerEvent>,
    /// The relation.
    pub relation: Name,
    /// `REFERENCING`.
    pub transitions: Vec<Transition>,
    /// How often it fires.
    pub level: TriggerLevel,
    /// `WHEN`.
    pub condition: Option<Expr>,
    /// The function that it calls.
    pub function: Name,
    /// The function's arguments: strings, whatever they are written as.
    pub arguments: Vec<String>,
}

/// What only a constraint trigger has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConstraintTrigger {
    /// `FROM`: the other relation of a foreign key.
    pub from: Option<Name>,
    /// `DEFERRABLE`.
    pub deferrable: bool,
    /// `INITIALLY DEFERRED`.
    pub initially_deferred: bool,
}

words! {
    /// When a trigger fires.
    pub enum TriggerTiming {
        Before = "BEFORE",
        After = "AFTER",
        InsteadOf = "INSTEAD OF",
    }
}

/// What fires a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriggerEvent {
    /// `INSERT`.
    Insert,
    /// `DELETE`.
    Delete,
    /// `UPDATE`, with the columns of `OF`.
    Update(Vec<Ident>),
    /// `TRUNCATE`.
    Truncate,
}

words! {
    /// How often a trigger fires.
    pub enum TriggerLevel {
        Row = "FOR EACH ROW",
        Statement = "FOR EACH STATEMENT",
    }
}

/// A name for the rows before or after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// `OLD` or `NEW`.
    pub version: RowVersion,
    /// `TABLE` or `ROW`; PostgreSQL implements the former alone.
    pub shape: TransitionShape,
    /// The name.
    pub name: Ident,
}

words! {
    /// Which version of a row.
    pub enum RowVersion {
        Old = "OLD",
        New = "NEW",
    }
}

words! {
    /// What a transition name stands for.
    pub enum TransitionShape {
        Table = "TABLE",
        Row = "ROW",
    }
}

/// CREATE EVENT TRIGGER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateEventTrigger {
    /// Its name.
    pub name: Ident,
    /// The event.
    pub event: Ident,
    /// `WHEN`: variables and the values that they may have.
    pub filters: Vec<EventFilter>,
    /// The function that it calls.
    pub function: Name,
}

/// One condition of an event trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFilter {
    /// The variable.
    pub variable: Ident,
    /// Its values.
    pub values: Vec<String>,
}

/// ALTER EVENT TRIGGER that switches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterEventTrigger {
    /// Its name.
    pub name: Ident,
    /// When it fires from now on.
    pub firing: Firing,
}

words! {
    /// In which sessions a trigger fires.
    pub enum Firing {
        Replica = "ENABLE REPLICA",
        Always = "ENABLE ALWAYS",
        Enable = "ENABLE",
        Disable = "DISABLE",
    }
}

impl fmt::Display for CreateTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_replace = When(self.or_replace, "OR REPLACE ");
        let constraint = When(self.constraint.is_some(), "CONSTRAINT ");
        write!(f, "CREATE {or_replace}{constraint}TRIGGER {} {}", self.name, self.timing)?;
        for (at, event) in self.events.iter().enumerate() {
            write!(f, "{}{event}", if at > 0 { " OR " } else { " " })?;
        }
        write!(f, " ON {}{}", self.relation, Lead(" ", &self.constraint))?;
        if !self.transitions.is_empty() {
            write!(f, " REFERENCING{}", Spaced(&self.transitions))?;
        }
        write!(f, " {}", self.level)?;
        self.condition.iter().try_for_each(|condition| write!(f, " WHEN ({condition})"))?;
        write!(f, " EXECUTE FUNCTION {}({})", self.function, Strings(&self.arguments))
    }
}

impl fmt::Display for ConstraintTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.from.iter().try_for_each(|from| write!(f, "FROM {from} "))?;
        f.write_str(match (self.deferrable, self.initially_deferred) {
            (false, _) => "NOT DEFERRABLE",
            (true, false) => "DEFERRABLE",
            (true, true) => "DEFERRABLE INITIALLY DEFERRED",
        })
    }
}

impl fmt::Display for TriggerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TriggerEvent::Insert => f.write_str("INSERT"),
            TriggerEvent::Delete => f.write_str("DELETE"),
            TriggerEvent::Update(columns) => write!(f, "UPDATE{}", Clause(" OF ", columns)),
            TriggerEvent::Truncate => f.write_str("TRUNCATE"),
        }
    }
}

impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} AS {}", self.version, self.shape, self.name)
    }
}

impl fmt::Display for CreateEventTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE EVENT TRIGGER {} ON {}", self.name, self.event)?;
        for (at, filter) in self.filters.iter().enumerate() {
            write!(f, "{}{filter}", if at > 0 { " AND " } else { " WHEN " })?;
        }
        write!(f, " EXECUTE FUNCTION {}()", self.function)
    }
}

impl fmt::Display for EventFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} IN ({})", self.variable, Strings(&self.values))
    }
}

impl fmt::Display for AlterEventTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER EVENT TRIGGER {} {}", self.name, self.firing)
    }
}
