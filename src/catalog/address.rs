//! What tells one thing of a catalog from all others.

use std::fmt;

use crate::pg::{Ident, Name};
use crate::statement::words::words;

/// Where a thing is found: a relation, a part of one, or another object. Names are qualified.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// An object that is no relation.
    Object(ObjectId),
    /// A constraint of a domain.
    DomainConstraint(Name, Ident),
    /// An attribute of a composite type.
    Attribute(Name, Ident),
    /// A table, view, sequence or other relation; indexes have an address of their own.
    Relation(Name),
    /// A column.
    Column(Name, Ident),
    /// A constraint of a table.
    Constraint(Name, Ident),
    /// An index of a relation, one behind a constraint included.
    Index(Name, Ident),
    /// A trigger of a relation.
    Trigger(Name, Ident),
    /// A policy of a table.
    Policy(Name, Ident),
    /// A rewrite rule of a relation.
    Rule(Name, Ident),
}

/// What tells an object that is no relation from all others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectId {
    /// The space of names that it lives in.
    pub class: Class,
    /// Its name, qualified where objects of its class live in schemas.
    pub name: Name,
    /// What else tells it from others of this name, as statements write it: `(integer, text)`, ` USING gist`, `` for most.
    pub signature: String,
}

words! {
    /// The spaces of names of objects that are no relations. Functions, procedures and aggregates share one, as do
    /// types and domains.
    pub enum Class {
        Schema = "SCHEMA",
        Extension = "EXTENSION",
        Language = "LANGUAGE",
        AccessMethod = "ACCESS METHOD",
        Type = "TYPE",
        Collation = "COLLATION",
        Conversion = "CONVERSION",
        Routine = "ROUTINE",
        Operator = "OPERATOR",
        OperatorFamily = "OPERATOR FAMILY",
        OperatorClass = "OPERATOR CLASS",
        Cast = "CAST",
        Transform = "TRANSFORM",
        TextSearchParser = "TEXT SEARCH PARSER",
        TextSearchTemplate = "TEXT SEARCH TEMPLATE",
        TextSearchDictionary = "TEXT SEARCH DICTIONARY",
        TextSearchConfiguration = "TEXT SEARCH CONFIGURATION",
        ForeignDataWrapper = "FOREIGN DATA WRAPPER",
        Server = "SERVER",
        UserMapping = "USER MAPPING",
        Statistics = "STATISTICS",
        Publication = "PUBLICATION",
        Subscription = "SUBSCRIPTION",
        EventTrigger = "EVENT TRIGGER",
        DefaultPrivileges = "DEFAULT PRIVILEGES",
        Role = "ROLE",
    }
}

impl ObjectId {
    /// Names an object that its class and name tell from all others.
    pub fn new(class: Class, name: Name) -> Self {
        ObjectId { class, name, signature: String::new() }
    }

    /// Names an object of which there may be several of one name.
    pub fn with_signature(class: Class, name: Name, signature: String) -> Self {
        ObjectId { class, name, signature }
    }
}

impl Address {
    /// Returns the relation that it is or belongs to.
    pub fn relation(&self) -> Option<&Name> {
        match self {
            Address::Object(_) | Address::DomainConstraint(..) | Address::Attribute(..) => None,
            Address::Relation(name)
            | Address::Column(name, _)
            | Address::Constraint(name, _)
            | Address::Index(name, _)
            | Address::Trigger(name, _)
            | Address::Policy(name, _)
            | Address::Rule(name, _) => Some(name),
        }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_nameless() {
            true => write!(f, "{} {}", self.class, self.signature),
            false => write!(f, "{} {}{}", self.class, self.name, self.signature),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Object(id) => write!(f, "{id}"),
            Address::DomainConstraint(domain, name) => write!(f, "CONSTRAINT {name} ON DOMAIN {domain}"),
            Address::Relation(name) => write!(f, "RELATION {name}"),
            Address::Attribute(of, name) => write!(f, "ATTRIBUTE {of}.{name}"),
            Address::Column(table, name) => write!(f, "COLUMN {table}.{name}"),
            Address::Constraint(table, name) => write!(f, "CONSTRAINT {name} ON {table}"),
            Address::Index(table, name) => write!(f, "INDEX {name} ON {table}"),
            Address::Trigger(table, name) => write!(f, "TRIGGER {name} ON {table}"),
            Address::Policy(table, name) => write!(f, "POLICY {name} ON {table}"),
            Address::Rule(table, name) => write!(f, "RULE {name} ON {table}"),
        }
    }
}
