//! CREATE DOMAIN and ALTER DOMAIN.

use std::fmt;

use super::column::ColumnConstraint;
use super::common::GenericChange;
use crate::pg::{Ident, Name, TypeName};
use crate::query::Expr;
use crate::source::Span;
use crate::statement::print::{Lead, Spaced, When};
use crate::statement::words::Behavior;

/// `CREATE DOMAIN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateDomain {
    /// The domain.
    pub name: Name,
    /// The type under it.
    pub type_name: TypeName,
    /// `COLLATE`.
    pub collation: Option<Name>,
    /// Its default and its `NULL`, `NOT NULL` and `CHECK` constraints, in written order.
    pub constraints: Vec<ColumnConstraint>,
}

/// `ALTER DOMAIN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterDomain {
    /// The domain.
    pub name: Name,
    /// What changes.
    pub change: DomainChange,
}

/// What an ALTER DOMAIN changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DomainChange {
    /// `SET DEFAULT`.
    SetDefault(Expr),
    /// `DROP DEFAULT`.
    DropDefault,
    /// `SET NOT NULL`.
    SetNotNull,
    /// `DROP NOT NULL`.
    DropNotNull,
    /// `ADD CONSTRAINT`, or a constraint without a name.
    AddConstraint(DomainConstraint),
    /// `DROP CONSTRAINT`.
    DropConstraint {
        /// `IF EXISTS`.
        if_exists: bool,
        /// The constraint.
        name: Ident,
        /// `CASCADE` or `RESTRICT`.
        behavior: Behavior,
    },
    /// `VALIDATE CONSTRAINT`.
    ValidateConstraint(Ident),
    /// `RENAME CONSTRAINT`.
    RenameConstraint {
        /// The old name.
        from: Ident,
        /// The new name.
        to: Ident,
    },
    /// Its name, owner or schema.
    Generic(GenericChange),
}

/// A constraint that is added to a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainConstraint {
    /// Where it stands.
    pub span: Span,
    /// `CONSTRAINT name`.
    pub name: Option<Ident>,
    /// What it demands.
    pub kind: DomainConstraintKind,
}

/// What a constraint of a domain demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DomainConstraintKind {
    /// `CHECK`.
    Check {
        /// The condition.
        condition: Expr,
        /// `NOT VALID`.
        not_valid: bool,
    },
    /// `NOT NULL`.
    NotNull,
}

impl fmt::Display for CreateDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE DOMAIN {} AS {}", self.name, self.type_name)?;
        write!(f, "{}{}", Lead(" COLLATE ", &self.collation), Spaced(&self.constraints))
    }
}

impl fmt::Display for AlterDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER DOMAIN {} {}", self.name, self.change)
    }
}

impl fmt::Display for DomainChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DomainChange::SetDefault(value) => write!(f, "SET DEFAULT {value}"),
            DomainChange::DropDefault => f.write_str("DROP DEFAULT"),
            DomainChange::SetNotNull => f.write_str("SET NOT NULL"),
            DomainChange::DropNotNull => f.write_str("DROP NOT NULL"),
            DomainChange::AddConstraint(constraint) => write!(f, "ADD {constraint}"),
            DomainChange::DropConstraint { if_exists, name, behavior } => {
                write!(f, "DROP CONSTRAINT {}{name}{behavior}", When(*if_exists, "IF EXISTS "))
            }
            DomainChange::ValidateConstraint(name) => write!(f, "VALIDATE CONSTRAINT {name}"),
            DomainChange::RenameConstraint { from, to } => write!(f, "RENAME CONSTRAINT {from} TO {to}"),
            DomainChange::Generic(change) => write!(f, "{change}"),
        }
    }
}

impl fmt::Display for DomainConstraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "CONSTRAINT {name} ")?;
        }
        match &self.kind {
            DomainConstraintKind::Check { condition, not_valid } => {
                write!(f, "CHECK ({condition}){}", When(*not_valid, " NOT VALID"))
            }
            DomainConstraintKind::NotNull => f.write_str("NOT NULL"),
        }
    }
}
