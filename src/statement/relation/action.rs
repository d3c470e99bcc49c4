//! The actions of ALTER TABLE.

use std::fmt;

use super::alter_column::AlterColumn;
use super::column::ColumnDefinition;
use super::constraint::{ConstraintAttributes, TableConstraint};
use super::options::{GenericOptionChange, Parameter};
use crate::pg::{Ident, Name};
use crate::source::Span;
use crate::statement::object::role_spec::RoleSpec;
use crate::statement::print::{Comma, When};
use crate::statement::words::{Behavior, words};

/// One action and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Where it stands.
    pub span: Span,
    /// What it does.
    pub kind: ActionKind,
}

/// What an action does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionKind {
    /// `ADD COLUMN`.
    AddColumn {
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// The column.
        column: Box<ColumnDefinition>,
    },
    /// `DROP COLUMN`.
    DropColumn {
        /// `IF EXISTS`.
        if_exists: bool,
        /// The column.
        column: Ident,
        /// `CASCADE` or `RESTRICT`.
        behavior: Behavior,
    },
    /// `ALTER COLUMN`.
    AlterColumn(Box<AlterColumn>),
    /// `ADD CONSTRAINT`, or a constraint without a name.
    AddConstraint(Box<TableConstraint>),
    /// `ALTER CONSTRAINT` with attributes.
    AlterConstraint {
        /// The constraint.
        name: Ident,
        /// What changes.
        attributes: ConstraintAttributes,
    },
    /// `ALTER CONSTRAINT … INHERIT`.
    InheritConstraint(Ident),
    /// `VALIDATE CONSTRAINT`.
    ValidateConstraint(Ident),
    /// `DROP CONSTRAINT`.
    DropConstraint {
        /// `IF EXISTS`.
        if_exists: bool,
        /// The constraint.
        name: Ident,
        /// `CASCADE` or `RESTRICT`.
        behavior: Behavior,
    },
    /// `SET WITHOUT OIDS`: nothing since PostgreSQL 12.
    SetWithoutOids,
    /// `CLUSTER ON index`.
    ClusterOn(Ident),
    /// `SET WITHOUT CLUSTER`.
    SetWithoutCluster,
    /// `SET LOGGED`.
    SetLogged,
    /// `SET UNLOGGED`.
    SetUnlogged,
    /// `ENABLE TRIGGER` and its kin.
    Trigger(Firing, TriggerChoice),
    /// `ENABLE RULE` and its kin.
    Rule(Firing, Ident),
    /// `INHERIT parent`.
    Inherit(Name),
    /// `NO INHERIT parent`.
    NoInherit(Name),
    /// `OF type`.
    OfType(Name),
    /// `NOT OF`.
    NotOf,
    /// `OWNER TO`.
    OwnerTo(RoleSpec),
    /// `SET ACCESS METHOD`; the default one when `None`.
    SetAccessMethod(Option<Ident>),
    /// `SET TABLESPACE`.
    SetTablespace(Ident),
    /// `SET (…)`.
    SetParameters(Vec<Parameter>),
    /// `RESET (…)`.
    ResetParameters(Vec<Parameter>),
    /// `REPLICA IDENTITY`.
    ReplicaIdentity(ReplicaIdentity),
    /// `ENABLE ROW LEVEL SECURITY` and its kin.
    RowSecurity(RowSecurity),
    /// `OPTIONS (…)`.
    Options(Vec<GenericOptionChange>),
}

words! {
    /// When a trigger or rule fires.
    pub enum Firing {
        EnableAlways = "ENABLE ALWAYS",
        EnableReplica = "ENABLE REPLICA",
        Enable = "ENABLE",
        Disable = "DISABLE",
    }
}

/// Which triggers are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriggerChoice {
    /// One trigger.
    Named(Ident),
    /// `ALL`: those of constraints too.
    All,
    /// `USER`: all but those of constraints.
    User,
}

/// What identifies a row to logical replication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplicaIdentity {
    /// `NOTHING`.
    Nothing,
    /// `FULL`: the whole row.
    Full,
    /// `DEFAULT`: the primary key.
    Default,
    /// `USING INDEX`.
    Index(Ident),
}

words! {
    /// A change of row-level security.
    pub enum RowSecurity {
        Enable = "ENABLE ROW LEVEL SECURITY",
        Disable = "DISABLE ROW LEVEL SECURITY",
        NoForce = "NO FORCE ROW LEVEL SECURITY",
        Force = "FORCE ROW LEVEL SECURITY",
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ActionKind::AddColumn { if_not_exists, column } => {
                write!(f, "ADD COLUMN {}{column}", When(*if_not_exists, "IF NOT EXISTS "))
            }
            ActionKind::DropColumn { if_exists, column, behavior } => {
                write!(f, "DROP COLUMN {}{column}{behavior}", When(*if_exists, "IF EXISTS "))
            }
            ActionKind::AlterColumn(change) => write!(f, "{change}"),
            ActionKind::AddConstraint(constraint) => write!(f, "ADD {constraint}"),
            ActionKind::AlterConstraint { name, attributes } => write!(f, "ALTER CONSTRAINT {name}{attributes}"),
            ActionKind::InheritConstraint(name) => write!(f, "ALTER CONSTRAINT {name} INHERIT"),
            ActionKind::ValidateConstraint(name) => write!(f, "VALIDATE CONSTRAINT {name}"),
            ActionKind::DropConstraint { if_exists, name, behavior } => {
                write!(f, "DROP CONSTRAINT {}{name}{behavior}", When(*if_exists, "IF EXISTS "))
            }
            kind => kind.fmt_of_relation(f),
        }
    }
}

impl ActionKind {
    /// Writes the actions that concern the relation as a whole.
    fn fmt_of_relation(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ActionKind::SetWithoutOids => f.write_str("SET WITHOUT OIDS"),
            ActionKind::ClusterOn(index) => write!(f, "CLUSTER ON {index}"),
            ActionKind::SetWithoutCluster => f.write_str("SET WITHOUT CLUSTER"),
            ActionKind::SetLogged => f.write_str("SET LOGGED"),
            ActionKind::SetUnlogged => f.write_str("SET UNLOGGED"),
            ActionKind::Trigger(firing, choice) => write!(f, "{firing} TRIGGER {choice}"),
            ActionKind::Rule(firing, name) => write!(f, "{firing} RULE {name}"),
            ActionKind::Inherit(parent) => write!(f, "INHERIT {parent}"),
            ActionKind::NoInherit(parent) => write!(f, "NO INHERIT {parent}"),
            ActionKind::OfType(name) => write!(f, "OF {name}"),
            ActionKind::NotOf => f.write_str("NOT OF"),
            ActionKind::OwnerTo(role) => write!(f, "OWNER TO {role}"),
            ActionKind::SetAccessMethod(Some(name)) => write!(f, "SET ACCESS METHOD {name}"),
            ActionKind::SetAccessMethod(None) => f.write_str("SET ACCESS METHOD DEFAULT"),
            ActionKind::SetTablespace(name) => write!(f, "SET TABLESPACE {name}"),
            ActionKind::SetParameters(parameters) => write!(f, "SET ({})", Comma(parameters)),
            ActionKind::ResetParameters(parameters) => write!(f, "RESET ({})", Comma(parameters)),
            ActionKind::ReplicaIdentity(identity) => write!(f, "REPLICA IDENTITY {identity}"),
            ActionKind::RowSecurity(change) => write!(f, "{change}"),
            ActionKind::Options(changes) => write!(f, "OPTIONS ({})", Comma(changes)),
            ActionKind::AddColumn { .. }
            | ActionKind::DropColumn { .. }
            | ActionKind::AlterColumn(_)
            | ActionKind::AddConstraint(_)
            | ActionKind::AlterConstraint { .. }
            | ActionKind::InheritConstraint(_)
            | ActionKind::ValidateConstraint(_)
            | ActionKind::DropConstraint { .. } => Ok(()),
        }
    }
}

impl fmt::Display for TriggerChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TriggerChoice::Named(name) => write!(f, "{name}"),
            TriggerChoice::All => f.write_str("ALL"),
            TriggerChoice::User => f.write_str("USER"),
        }
    }
}

impl fmt::Display for ReplicaIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplicaIdentity::Nothing => f.write_str("NOTHING"),
            ReplicaIdentity::Full => f.write_str("FULL"),
            ReplicaIdentity::Default => f.write_str("DEFAULT"),
            ReplicaIdentity::Index(name) => write!(f, "USING INDEX {name}"),
        }
    }
}
