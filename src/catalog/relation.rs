//! Relations: tables, views, sequences, and what belongs to them.

use std::collections::BTreeMap;

use super::keys::{rename_key, replace};
use super::{Column, Constraint, ConstraintKind, Foreign, Index, Policy, Rule, Sequence, Shared, Trigger, View};
use crate::finding::FileId;
use crate::held::Held;
use crate::pg::{Ident, Name};
use crate::query::columns;
use crate::source::Span;
use crate::statement::object::trigger::TriggerEvent;
use crate::statement::relation::{
    ConstraintAttributes, Firing, PartitionBound, PartitionBy, Persistence, References, ReplicaIdentity, TableStorage,
};

/// Where an object was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub file: FileId,
    /// The statement.
    pub span: Span,
    /// Whether the statement surely made it.
    pub certainty: Certainty,
}

/// Whether a statement makes what it names whatever it finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Certainty {
    /// It does, or fails.
    #[default]
    Sure,
    /// It may find that something of that name is there, and leave it as it is.
    Conditional,
}

impl Origin {
    /// Makes the origin of what a statement surely makes.
    pub fn at(file: FileId, span: Span) -> Self {
        Origin { file, span, certainty: Certainty::Sure }
    }
}

/// A table, view or other relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Its qualified name.
    pub name: Name,
    /// What it is.
    pub kind: Kind,
    /// Its columns in order; empty when they are not known, as those of a view.
    pub columns: Held<Vec<Column>>,
    /// Whether a table may have columns that nobody knows.
    pub is_open: bool,
    /// Its constraints in the order in which they were made.
    pub constraints: Held<Vec<Constraint>>,
    /// Its indexes, those of constraints left out.
    pub indexes: Held<Vec<Index>>,
    /// The partitioned table that it is a partition of, or the tables that it inherits from.
    pub parents: Vec<Name>,
    /// Whether row security is on.
    pub row_security: bool,
    /// Whether row security binds the owner too.
    pub force_row_security: bool,
    /// Whether its changes are logged.
    pub persistence: Persistence,
    /// How it is stored.
    pub storage: TableStorage,
    /// How it is divided, of a partitioned table.
    pub partition_by: Option<PartitionBy>,
    /// Which rows it holds, of a partition.
    pub bound: Option<PartitionBound>,
    /// The composite type that it follows, of a typed table.
    pub of_type: Option<Name>,
    /// Which columns of the old row a change sends to subscribers.
    pub replica_identity: ReplicaIdentity,
    /// The index by which CLUSTER orders its rows.
    pub cluster_on: Option<Ident>,
    /// Its triggers by name.
    pub triggers: Held<BTreeMap<Ident, Trigger>>,
    /// When the triggers fire that PostgreSQL keeps for foreign keys and keys that can be deferred.
    pub key_firing: Firing,
    /// Its row security policies by name.
    pub policies: Held<BTreeMap<Ident, Policy>>,
    /// Its rewrite rules by name, that of a view's own query left out.
    pub rules: Held<BTreeMap<Ident, Rule>>,
    /// Its query, of a view or a materialized view.
    pub view: Option<Held<View>>,
    /// How it counts, of a sequence.
    pub sequence: Option<Box<Sequence>>,
    /// Where its rows lie, of a foreign table.
    pub foreign: Option<Foreign>,
    /// What all kinds of objects have: owner, privileges, comment, labels.
    pub shared: Shared,
    /// Where it was made.
    pub origin: Origin,
}

/// The kinds of relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An ordinary table.
    Table,
    /// A partitioned table.
    Partitioned,
    /// A temporary table.
    Temporary,
    /// A table made from a query, or one of which the history does not tell all columns.
    TableAs,
    /// A foreign table.
    Foreign,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A sequence, also one that belongs to a column.
    Sequence,
}

impl Relation {
    /// Makes a relation that has nothing yet.
    pub fn new(name: Name, kind: Kind, origin: Origin) -> Self {
        Relation {
            name,
            kind,
            columns: Held::default(),
            is_open: kind == Kind::TableAs,
            constraints: Held::default(),
            indexes: Held::default(),
            parents: Vec::new(),
            row_security: false,
            force_row_security: false,
            persistence: Persistence::Permanent,
            storage: TableStorage::default(),
            partition_by: None,
            bound: None,
            of_type: None,
            replica_identity: ReplicaIdentity::Default,
            cluster_on: None,
            triggers: Held::default(),
            key_firing: Firing::Enable,
            policies: Held::default(),
            rules: Held::default(),
            view: None,
            sequence: None,
            foreign: None,
            shared: Shared::default(),
            origin,
        }
    }

    /// Says whether it is a table whose columns are known.
    pub fn is_known_table(&self) -> bool {
        self.is_table() && !self.is_open
    }

    /// Says whether a type of its name stands for its rows.
    pub fn has_row_type(&self) -> bool {
        self.kind != Kind::Sequence
    }

    /// Says whether it is a table of the database itself.
    pub fn is_table(&self) -> bool {
        matches!(self.kind, Kind::Table | Kind::Partitioned | Kind::Temporary | Kind::TableAs)
    }

    /// Says whether an index has this name, also one behind a constraint.
    pub fn has_index_name(&self, name: &Ident) -> bool {
        let behind = |found: &Constraint| found.kind.has_index() && found.name == *name;
        self.indexes.iter().any(|index| index.name == *name) || self.constraints.iter().any(behind)
    }

    /// Finds a constraint to change it.
    pub fn constraint_mut(&mut self, name: &Ident) -> Option<&mut Constraint> {
        self.constraints.iter_mut().find(|constraint| constraint.name == *name)
    }

    /// Finds an index that no constraint owns, to change it.
    pub fn index_mut(&mut self, name: &Ident) -> Option<&mut Index> {
        self.indexes.iter_mut().find(|index| index.name == *name)
    }

    /// Finds what an index shares with objects of other kinds, also one behind a constraint.
    pub fn index_shared(&self, name: &Ident) -> Option<&Shared> {
        let behind = || self.constraint(name).filter(|found| found.kind.has_index()).map(|found| &found.index_shared);
        self.index(name).map(|found| &found.shared).or_else(behind)
    }

    /// Finds what an index shares with objects of other kinds, to change it.
    pub fn index_shared_mut(&mut self, name: &Ident) -> Option<&mut Shared> {
        if self.index(name).is_some() {
            return self.index_mut(name).map(|found| &mut found.shared);
        }
        self.constraint_mut(name).filter(|found| found.kind.has_index()).map(|found| &mut found.index_shared)
    }

    /// Finds an index that no constraint owns.
    pub fn index(&self, name: &Ident) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name == *name)
    }

    /// Lets what an index is marked for follow it to another name.
    pub fn rename_mark(&mut self, from: &Ident, to: &Ident) {
        if self.cluster_on.as_ref() == Some(from) {
            self.cluster_on = Some(to.clone());
        }
        if self.replica_identity == ReplicaIdentity::Index(from.clone()) {
            self.replica_identity = ReplicaIdentity::Index(to.clone());
        }
    }

    /// Takes away what a dropped index was marked for; without its index nothing identifies a row.
    pub fn drop_mark(&mut self, index: &Ident) {
        if self.cluster_on.as_ref() == Some(index) {
            self.cluster_on = None;
        }
        if self.replica_identity == ReplicaIdentity::Index(index.clone()) {
            self.replica_identity = ReplicaIdentity::Nothing;
        }
    }

    /// Gives a column another name, in everything of this relation that names it.
    pub fn rename_column(&mut self, from: &Ident, to: &Ident) {
        self.rename_output(from, to);
        for column in &mut self.columns {
            column.rename(from, to);
        }
        self.constraints.iter_mut().for_each(|constraint| constraint.rename_column(from, to));
        self.indexes.iter_mut().for_each(|index| index.rename_column(from, to));
        self.rename_column_in_parts(from, to);
        for element in self.partition_by.iter_mut().flat_map(|by| &mut by.elements) {
            rename_key(&mut element.key, from, to);
        }
    }

    /// Lets triggers, policies and rules name the relation that they belong to.
    pub(super) fn name_parts(&mut self) {
        let name = &self.name;
        self.triggers.values_mut().for_each(|found| found.definition.relation.clone_from(name));
        self.policies.values_mut().for_each(|found| found.definition.table.clone_from(name));
        self.rules.values_mut().for_each(|found| found.definition.relation.clone_from(name));
    }

    fn rename_column_in_parts(&mut self, from: &Ident, to: &Ident) {
        for trigger in self.triggers.values_mut() {
            for event in &mut trigger.definition.events {
                if let TriggerEvent::Update(columns) = event {
                    columns.iter_mut().for_each(|column| replace(column, from, to));
                }
            }
        }
        for policy in self.policies.values_mut() {
            let definition = &mut policy.definition;
            let conditions = definition.using.iter_mut().chain(&mut definition.check);
            conditions.for_each(|condition| columns::rename(condition, from, to));
        }
    }

    /// Gives a column of a view another name in its query, or where its names are listed.
    fn rename_output(&mut self, from: &Ident, to: &Ident) {
        let Some(at) = self.columns.iter().position(|column| column.name == *from) else { return };
        let Some(view) = &mut self.view else { return };
        if !view.name_output(at, to) {
            view.columns = self.columns.iter().map(|column| column.name.clone()).collect();
            view.columns[at] = to.clone();
        }
    }

    /// Finds a column.
    pub fn column(&self, name: &Ident) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == *name)
    }

    /// Finds a column to change it.
    pub fn column_mut(&mut self, name: &Ident) -> Option<&mut Column> {
        self.columns.iter_mut().find(|column| column.name == *name)
    }

    /// Finds a constraint.
    pub fn constraint(&self, name: &Ident) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| constraint.name == *name)
    }

    /// Returns the columns of the primary key.
    pub fn primary_key(&self) -> Option<&[Ident]> {
        self.constraints.iter().find_map(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey(columns) => Some(columns.as_slice()),
            _ => None,
        })
    }

    /// Finds the foreign key on exactly these columns.
    pub fn foreign_key(&self, wanted: &[Ident]) -> Option<(&[Ident], &References, &ConstraintAttributes)> {
        self.constraints.iter().find_map(|constraint| match &constraint.kind {
            ConstraintKind::ForeignKey { columns, references } if columns == wanted => {
                Some((columns.as_slice(), references, &constraint.definition.attributes))
            }
            _ => None,
        })
    }
}
