//! Tables, indexes, sequences, views, types, schemas, extensions, statistics.

mod action;
mod alter;
mod alter_column;
mod column;
mod common;
mod constraint;
mod domain;
mod drop;
mod extension;
mod index;
mod options;
mod partition;
mod schema;
mod sequence;
mod statistics;
mod table;
mod table_as;
mod types;
mod view;

use std::fmt;

pub use action::{Action, ActionKind, Firing, ReplicaIdentity, RowSecurity, TriggerChoice};
pub use alter::{AlterRelation, DetachMode, RelationChange};
pub use alter_column::{AlterColumn, ColumnChange, ColumnChoice, IdentityChange};
pub use column::{ColumnConstraint, ColumnConstraintKind, ColumnDefinition, GeneratedStorage, GeneratedWhen};
pub use common::{GenericChange, MoveAll, Persistence, RelationExpr, RelationKind, WithData};
pub use constraint::{
    ConstraintAttribute, ConstraintAttributes, ConstraintKey, Exclude, IndexParameters, MatchType, References,
    ReferentialAction, TableConstraint, TableConstraintKind,
};
pub use domain::{AlterDomain, CreateDomain, DomainChange, DomainConstraint, DomainConstraintKind};
pub use drop::{Drop, DropKind, Truncate};
pub use extension::{AlterExtension, CreateExtension, ExtensionChange, ExtensionOption};
pub use index::{CreateIndex, IndexDirection, IndexElement, Key, OperatorClass};
pub use options::{GenericOption, GenericOptionChange, Parameter, ParameterValue};
pub use partition::{BoundDatum, PartitionBound, PartitionBy, PartitionElement, PartitionStrategy};
pub use schema::{AlterSchema, CreateSchema};
pub use sequence::{AlterSequence, CreateSequence, SequenceOption};
pub use statistics::{AlterStatistics, CreateStatistics, StatisticsChange};
pub use table::{
    CreateForeignTable, CreateTable, Like, LikeChoice, LikeOption, OnCommit, TableBody, TableElement, TableStorage,
};
pub use table_as::{CreateTableAs, TableSource};
pub use types::{
    AlterType, Attribute, AttributeAction, AttributeActionKind, CreateType, TypeChange, TypeDefinition, ValuePlace,
};
pub use view::{CheckOption, CreateMaterializedView, CreateView, RefreshMaterializedView};

/// A statement of this family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// `CREATE TABLE`.
    CreateTable(Box<CreateTable>),
    /// `CREATE TABLE AS`.
    CreateTableAs(Box<CreateTableAs>),
    /// `CREATE FOREIGN TABLE`.
    CreateForeignTable(Box<CreateForeignTable>),
    /// `CREATE INDEX`.
    CreateIndex(Box<CreateIndex>),
    /// `CREATE SEQUENCE`.
    CreateSequence(CreateSequence),
    /// `CREATE VIEW`.
    CreateView(Box<CreateView>),
    /// `CREATE MATERIALIZED VIEW`.
    CreateMaterializedView(Box<CreateMaterializedView>),
    /// `CREATE TYPE`.
    CreateType(CreateType),
    /// `CREATE DOMAIN`.
    CreateDomain(Box<CreateDomain>),
    /// `CREATE SCHEMA`.
    CreateSchema(CreateSchema),
    /// `CREATE EXTENSION`.
    CreateExtension(CreateExtension),
    /// `CREATE STATISTICS`.
    CreateStatistics(Box<CreateStatistics>),
    /// `ALTER TABLE` and ALTER of the other kinds of relation.
    AlterRelation(Box<AlterRelation>),
    /// `ALTER … ALL IN TABLESPACE`.
    MoveAll(MoveAll),
    /// `ALTER SEQUENCE` with options.
    AlterSequence(AlterSequence),
    /// `ALTER TYPE`.
    AlterType(Box<AlterType>),
    /// `ALTER DOMAIN`.
    AlterDomain(Box<AlterDomain>),
    /// `ALTER SCHEMA`.
    AlterSchema(AlterSchema),
    /// `ALTER EXTENSION`.
    AlterExtension(Box<AlterExtension>),
    /// `ALTER STATISTICS`.
    AlterStatistics(AlterStatistics),
    /// `REFRESH MATERIALIZED VIEW`.
    RefreshMaterializedView(RefreshMaterializedView),
    /// `DROP`.
    Drop(Drop),
    /// `TRUNCATE`.
    Truncate(Truncate),
}

impl Statement {
    /// Returns PostgreSQL's command tag.
    pub fn tag(&self) -> &'static str {
        match self {
            Statement::CreateTable(_) => "CREATE TABLE",
            Statement::CreateTableAs(_) => "CREATE TABLE AS",
            Statement::CreateForeignTable(_) => "CREATE FOREIGN TABLE",
            Statement::CreateIndex(_) => "CREATE INDEX",
            Statement::CreateSequence(_) => "CREATE SEQUENCE",
            Statement::CreateView(_) => "CREATE VIEW",
            Statement::CreateMaterializedView(_) => "CREATE MATERIALIZED VIEW",
            Statement::CreateType(_) => "CREATE TYPE",
            Statement::CreateDomain(_) => "CREATE DOMAIN",
            Statement::CreateSchema(_) => "CREATE SCHEMA",
            Statement::CreateExtension(_) => "CREATE EXTENSION",
            Statement::CreateStatistics(_) => "CREATE STATISTICS",
            Statement::AlterRelation(statement) => statement.kind.alter_tag(),
            Statement::MoveAll(statement) => statement.kind.alter_tag(),
            Statement::AlterSequence(_) => "ALTER SEQUENCE",
            Statement::AlterType(_) => "ALTER TYPE",
            Statement::AlterDomain(_) => "ALTER DOMAIN",
            Statement::AlterSchema(_) => "ALTER SCHEMA",
            Statement::AlterExtension(_) => "ALTER EXTENSION",
            Statement::AlterStatistics(_) => "ALTER STATISTICS",
            Statement::RefreshMaterializedView(_) => "REFRESH MATERIALIZED VIEW",
            Statement::Drop(statement) => statement.kind.tag(),
            Statement::Truncate(_) => "TRUNCATE TABLE",
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Statement::CreateTable(statement) => write!(f, "{statement}"),
            Statement::CreateTableAs(statement) => write!(f, "{statement}"),
            Statement::CreateForeignTable(statement) => write!(f, "{statement}"),
            Statement::CreateIndex(statement) => write!(f, "{statement}"),
            Statement::CreateSequence(statement) => write!(f, "{statement}"),
            Statement::CreateView(statement) => write!(f, "{statement}"),
            Statement::CreateMaterializedView(statement) => write!(f, "{statement}"),
            Statement::CreateType(statement) => write!(f, "{statement}"),
            Statement::CreateDomain(statement) => write!(f, "{statement}"),
            Statement::CreateSchema(statement) => write!(f, "{statement}"),
            Statement::CreateExtension(statement) => write!(f, "{statement}"),
            Statement::CreateStatistics(statement) => write!(f, "{statement}"),
            Statement::AlterRelation(statement) => write!(f, "{statement}"),
            Statement::MoveAll(statement) => write!(f, "{statement}"),
            Statement::AlterSequence(statement) => write!(f, "{statement}"),
            Statement::AlterType(statement) => write!(f, "{statement}"),
            Statement::AlterDomain(statement) => write!(f, "{statement}"),
            Statement::AlterSchema(statement) => write!(f, "{statement}"),
            Statement::AlterExtension(statement) => write!(f, "{statement}"),
            Statement::AlterStatistics(statement) => write!(f, "{statement}"),
            Statement::RefreshMaterializedView(statement) => write!(f, "{statement}"),
            Statement::Drop(statement) => write!(f, "{statement}"),
            Statement::Truncate(statement) => write!(f, "{statement}"),
        }
    }
}
