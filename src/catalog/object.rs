//! Objects that are no relations: types, routines, schemas and all the rest.

use std::collections::BTreeMap;

use super::{Class, ObjectId, Origin, Shared};
use crate::held::Held;
use crate::pg::{Ident, Name};
use crate::statement::Statement;
use crate::statement::object::trigger::Firing;
use crate::statement::relation::{Attribute, DomainConstraint, Parameter};
use crate::{pg::TypeName, query::Expr};

/// An object that is no relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What tells it from all others.
    pub id: ObjectId,
    /// What it is.
    pub definition: Definition,
    /// What all kinds of objects have.
    pub shared: Shared,
    /// Where it was made.
    pub origin: Origin,
}

/// What an object is. Kinds that ALTER changes in many ways are taken apart; of the others the statement that makes them
/// is kept, brought up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Definition {
    /// A schema.
    Schema,
    /// An extension.
    Extension(Extension),
    /// A type that is declared but not yet defined.
    Shell,
    /// An enum: its labels in order.
    Enum(Vec<String>),
    /// A composite type.
    Composite(Composite),
    /// A range type: what CREATE TYPE gives, in the order of the names, PostgreSQL's own choices included.
    Range(Vec<Parameter>),
    /// A base type: what CREATE TYPE gives, in the order of the names.
    Base(Vec<Parameter>),
    /// A domain.
    Domain(Box<Domain>),
    /// An event trigger and when it fires.
    EventTrigger(Held<Statement>, Firing),
    /// Privileges that new objects get: those that are added and those that are taken away from PostgreSQL's own choice.
    DefaultPrivileges(super::Acl),
    /// A role: only that the history makes it.
    Role,
    /// A kind to which ALTER adds what CREATE cannot say: the statement that makes it, and those that complete it.
    Extended(Held<Statement>, Vec<Statement>),
    /// Any other kind: the statement that makes it, without `OR REPLACE` and `IF NOT EXISTS`, its names qualified.
    Statement(Held<Statement>),
}

/// An extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The schema that its objects lie in; `None` when the extension itself decides.
    pub schema: Option<Ident>,
    /// The version when the statement gives one.
    pub version: Option<String>,
    /// The comment that it brings along, where a server says so.
    pub comment: Option<String>,
}

/// A domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// The type below it.
    pub type_name: TypeName,
    /// Its collation when it is not the type's.
    pub collation: Option<Name>,
    /// Its default.
    pub default: Option<Expr>,
    /// Whether it is NOT NULL.
    pub not_null: bool,
    /// Its checks by name.
    pub constraints: BTreeMap<Ident, DomainCheck>,
}

/// A composite type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Composite {
    /// Its attributes in order.
    pub attributes: Vec<Attribute>,
    /// What attributes share with other objects, here a comment; those that have none are left out.
    pub shared: BTreeMap<Ident, Shared>,
}

/// A check of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainCheck {
    /// The constraint, with its name.
    pub definition: DomainConstraint,
    /// Whether existing values are known to satisfy it.
    pub validated: bool,
    /// What all kinds of objects have: here a comment.
    pub shared: Shared,
}

impl Composite {
    /// Makes a type of attributes that have nothing but their types.
    pub fn new(attributes: Vec<Attribute>) -> Self {
        Composite { attributes, shared: BTreeMap::new() }
    }

    /// Says whether it has an attribute.
    pub fn has(&self, name: &Ident) -> bool {
        self.attributes.iter().any(|attribute| attribute.name == *name)
    }

    /// Takes out all attributes but those that stay.
    pub fn retain(&mut self, stays: impl Fn(&Attribute) -> bool) {
        self.attributes.retain(stays);
        let Composite { attributes, shared } = self;
        shared.retain(|name, _| attributes.iter().any(|attribute| attribute.name == *name));
    }

    /// Changes what an attribute shares with other objects.
    pub fn update_shared(&mut self, attribute: &Ident, change: impl FnOnce(&mut Shared)) {
        let mut shared = self.shared.remove(attribute).unwrap_or_default();
        change(&mut shared);
        if shared != Shared::default() {
            self.shared.insert(attribute.clone(), shared);
        }
    }
}

impl Object {
    /// Makes an object that has nothing but its definition.
    pub fn new(id: ObjectId, definition: Definition, origin: Origin) -> Self {
        Object { id, definition, shared: Shared::default(), origin }
    }

    /// Returns the schema that it lives in; `None` for a class whose objects live in none.
    pub fn schema(&self) -> Option<&Ident> {
        self.id.name.schema()
    }

    /// Says whether it is a type: its name may stand where a type's may.
    pub fn is_type(&self) -> bool {
        self.id.class == Class::Type
    }
}
