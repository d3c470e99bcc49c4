//! Publications and subscriptions: logical replication.

use std::fmt;

use super::definition::Definition;
use crate::pg::Ident;
use crate::query::Expr;
use crate::source::Span;
use crate::statement::print::{Clause, Comma, InParens, Quoted};
use crate::statement::session::maintenance::RelationTarget;
use crate::statement::words::words;

/// CREATE PUBLICATION.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatePublication {
    /// Its name.
    pub name: Ident,
    /// What it publishes.
    pub scope: PublicationScope,
    /// `WITH`.
    pub options: Vec<Definition>,
}

/// What a publication publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicationScope {
    /// These; none is possible.
    Objects(Vec<PublicationObject>),
    /// `FOR ALL TABLES`.
    AllTables,
}

/// One object of a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicationObject {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: PublicationObjectKind,
}

/// The objects of a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicationObjectKind {
    /// A table.
    Table {
        /// The table.
        relation: RelationTarget,
        /// The columns when written.
        columns: Vec<Ident>,
        /// `WHERE`: which rows.
        filter: Option<Expr>,
    },
    /// Every table of a schema.
    Schema(Ident),
    /// Every table of the current schema.
    CurrentSchema,
}

/// ALTER PUBLICATION.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterPublication {
    /// The publication.
    pub name: Ident,
    /// What becomes of it.
    pub change: PublicationChange,
}

/// What ALTER PUBLICATION does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicationChange {
    /// `SET (…)`.
    Options(Vec<Definition>),
    /// `ADD`, `SET` or `DROP` of objects.
    Objects(MemberAction, Vec<PublicationObject>),
}

words! {
    /// What becomes of the members of a list.
    pub enum MemberAction {
        Add = "ADD",
        Set = "SET",
        Drop = "DROP",
    }
}

/// CREATE SUBSCRIPTION.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateSubscription {
    /// Its name.
    pub name: Ident,
    /// `CONNECTION`.
    pub connection: String,
    /// The publications.
    pub publications: Vec<Ident>,
    /// `WITH`.
    pub options: Vec<Definition>,
}

/// ALTER SUBSCRIPTION.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterSubscription {
    /// The subscription.
    pub name: Ident,
    /// What becomes of it.
    pub change: SubscriptionChange,
}

/// What ALTER SUBSCRIPTION does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubscriptionChange {
    /// `SET (…)`.
    Options(Vec<Definition>),
    /// `CONNECTION`.
    Connection(String),
    /// `REFRESH PUBLICATION`, with options.
    Refresh(Vec<Definition>),
    /// `ADD`, `SET` or `DROP PUBLICATION`, with options.
    Publications(MemberAction, Vec<Ident>, Vec<Definition>),
    /// `ENABLE`.
    Enable,
    /// `DISABLE`.
    Disable,
    /// `SKIP (…)`.
    Skip(Vec<Definition>),
}

impl fmt::Display for CreatePublication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE PUBLICATION {}", self.name)?;
        match &self.scope {
            PublicationScope::Objects(objects) => write!(f, "{}", Clause(" FOR ", objects))?,
            PublicationScope::AllTables => f.write_str(" FOR ALL TABLES")?,
        }
        write!(f, "{}", InParens(" WITH ", &self.options))
    }
}

impl fmt::Display for PublicationObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            PublicationObjectKind::Table { relation, columns, filter } => {
                write!(f, "TABLE {relation}{}", InParens(" ", columns))?;
                filter.iter().try_for_each(|filter| write!(f, " WHERE ({filter})"))
            }
            PublicationObjectKind::Schema(name) => write!(f, "TABLES IN SCHEMA {name}"),
            PublicationObjectKind::CurrentSchema => f.write_str("TABLES IN SCHEMA CURRENT_SCHEMA"),
        }
    }
}

impl fmt::Display for AlterPublication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER PUBLICATION {} ", self.name)?;
        match &self.change {
            PublicationChange::Options(options) => write!(f, "SET ({})", Comma(options)),
            PublicationChange::Objects(action, objects) => write!(f, "{action} {}", Comma(objects)),
        }
    }
}

impl fmt::Display for CreateSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE SUBSCRIPTION {} CONNECTION {}", self.name, Quoted(&self.connection))?;
        write!(f, " PUBLICATION {}{}", Comma(&self.publications), InParens(" WITH ", &self.options))
    }
}

impl fmt::Display for AlterSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER SUBSCRIPTION {} ", self.name)?;
        match &self.change {
            SubscriptionChange::Options(options) => write!(f, "SET ({})", Comma(options)),
            SubscriptionChange::Connection(text) => write!(f, "CONNECTION {}", Quoted(text)),
            SubscriptionChange::Refresh(options) => write!(f, "REFRESH PUBLICATION{}", InParens(" WITH ", options)),
            SubscriptionChange::Publications(action, names, options) => {
                write!(f, "{action} PUBLICATION {}{}", Comma(names), InParens(" WITH ", options))
            }
            SubscriptionChange::Enable => f.write_str("ENABLE"),
            SubscriptionChange::Disable => f.write_str("DISABLE"),
            SubscriptionChange::Skip(options) => write!(f, "SKIP ({})", Comma(options)),
        }
    }
}
