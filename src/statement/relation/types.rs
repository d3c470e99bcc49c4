//! CREATE TYPE and ALTER TYPE.

use std::fmt;

use super::common::GenericChange;
use super::options::{Parameter, ParameterValue};
use crate::pg::{Ident, Name, TypeName};
use crate::query::Quoted;
use crate::source::Span;
use crate::statement::print::{Comma, Lead, Strings, When};
use crate::statement::words::Behavior;

/// `CREATE TYPE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateType {
    /// The type.
    pub name: Name,
    /// What kind of type it is.
    pub definition: TypeDefinition,
}

/// The kinds of type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeDefinition {
    /// A name that a base type will fill.
    Shell,
    /// `AS (…)`.
    Composite(Vec<Attribute>),
    /// `AS ENUM`.
    Enum(Vec<String>),
    /// `AS RANGE`.
    Range(Vec<Parameter>),
    /// A base type.
    Base(Vec<Parameter>),
}

/// An attribute of a composite type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Where it stands.
    pub span: Span,
    /// The attribute.
    pub name: Ident,
    /// Its type.
    pub type_name: TypeName,
    /// `COLLATE`.
    pub collation: Option<Name>,
}

/// `ALTER TYPE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterType {
    /// The type.
    pub name: Name,
    /// What changes.
    pub change: TypeChange,
}

/// What an ALTER TYPE changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeChange {
    /// Changes of a composite type's attributes.
    Attributes(Vec<AttributeAction>),
    /// `ADD VALUE`.
    AddValue {
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// The value.
        value: String,
        /// Where it sorts; last when nothing is written.
        place: Option<ValuePlace>,
    },
    /// `RENAME VALUE`.
    RenameValue {
        /// The old value.
        from: String,
        /// The new value.
        to: String,
    },
    /// `RENAME ATTRIBUTE`.
    RenameAttribute {
        /// The old name.
        from: Ident,
        /// The new name.
        to: Ident,
        /// `CASCADE` or `RESTRICT`.
        behavior: Behavior,
    },
    /// `SET (…)`, each with its value or `NONE`.
    SetProperties(Vec<(Ident, Option<ParameterValue>)>),
    /// Its name, owner or schema.
    Generic(GenericChange),
}

/// The neighbour of a new enum value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValuePlace {
    /// `BEFORE`.
    Before(String),
    /// `AFTER`.
    After(String),
}

/// A change of one attribute and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeAction {
    /// Where it stands.
    pub span: Span,
    /// What it does.
    pub kind: AttributeActionKind,
    /// `CASCADE` or `RESTRICT`, for tables of the type.
    pub behavior: Behavior,
}

/// What happens to an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeActionKind {
    /// `ADD ATTRIBUTE`.
    Add(Attribute),
    /// `DROP ATTRIBUTE`.
    Drop {
        /// `IF EXISTS`.
        if_exists: bool,
        /// The attribute.
        name: Ident,
    },
    /// `ALTER ATTRIBUTE … TYPE`, with the attribute as it shall be.
    SetType(Attribute),
}

impl fmt::Display for CreateType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE TYPE {}", self.name)?;
        match &self.definition {
            TypeDefinition::Shell => Ok(()),
            TypeDefinition::Composite(attributes) => write!(f, " AS ({})", Comma(attributes)),
            TypeDefinition::Enum(values) => write!(f, " AS ENUM ({})", Strings(values)),
            TypeDefinition::Range(parameters) => write!(f, " AS RANGE ({})", Comma(parameters)),
            TypeDefinition::Base(parameters) => write!(f, " ({})", Comma(parameters)),
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.name, self.type_name, Lead(" COLLATE ", &self.collation))
    }
}

impl fmt::Display for AlterType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TYPE {} {}", self.name, self.change)
    }
}

impl fmt::Display for TypeChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TypeChange::Attributes(actions) => write!(f, "{}", Comma(actions)),
            TypeChange::AddValue { if_not_exists, value, place } => {
                write!(f, "ADD VALUE {}{}", When(*if_not_exists, "IF NOT EXISTS "), Quoted(value))?;
                match place {
                    Some(ValuePlace::Before(other)) => write!(f, " BEFORE {}", Quoted(other)),
                    Some(ValuePlace::After(other)) => write!(f, " AFTER {}", Quoted(other)),
                    None => Ok(()),
                }
            }
            TypeChange::RenameValue { from, to } => write!(f, "RENAME VALUE {} TO {}", Quoted(from), Quoted(to)),
            TypeChange::RenameAttribute { from, to, behavior } => {
                write!(f, "RENAME ATTRIBUTE {from} TO {to}{behavior}")
            }
            TypeChange::SetProperties(properties) => {
                for (at, (name, value)) in properties.iter().enumerate() {
                    write!(f, "{}{name} = ", if at > 0 { ", " } else { "SET (" })?;
                    match value {
                        Some(value) => write!(f, "{value}")?,
                        None => f.write_str("NONE")?,
                    }
                }
                f.write_str(")")
            }
            TypeChange::Generic(change) => write!(f, "{change}"),
        }
    }
}

impl fmt::Display for AttributeAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            AttributeActionKind::Add(attribute) => write!(f, "ADD ATTRIBUTE {attribute}")?,
            AttributeActionKind::Drop { if_exists, name } => {
                write!(f, "DROP ATTRIBUTE {}{name}", When(*if_exists, "IF EXISTS "))?;
            }
            AttributeActionKind::SetType(Attribute { name, type_name, collation, .. }) => {
                write!(f, "ALTER ATTRIBUTE {name} TYPE {type_name}{}", Lead(" COLLATE ", collation))?;
            }
        }
        write!(f, "{}", self.behavior)
    }
}
