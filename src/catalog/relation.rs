//! Relations and what belongs to them.

use crate::finding::FileId;
use crate::pg::{Ident, Name, TypeName};
use crate::query::Expr;
use crate::source::Span;
use crate::statement::relation::{ConstraintAttributes, CreateIndex, References, TableConstraint};

/// Where an object was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub file: FileId,
    /// The statement.
    pub span: Span,
}

/// A table, view or other relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Its qualified name.
    pub name: Name,
    /// What it is.
    pub kind: Kind,
    /// Its columns in order; empty when they are not known, as those of a view.
    pub columns: Vec<Column>,
    /// Its constraints in the order in which they were made.
    pub constraints: Vec<Constraint>,
    /// Its indexes, those of constraints left out.
    pub indexes: Vec<Index>,
    /// The partitioned table that it is a partition of, or the tables that it inherits from.
    pub parents: Vec<Name>,
    /// Whether row security is on.
    pub row_security: bool,
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
    /// A table made from a query, whose columns are not known yet.
    TableAs,
    /// A foreign table.
    Foreign,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A sequence that stands for itself.
    Sequence,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: Ident,
    /// Its type; `None` when it comes from a row type that is not known.
    pub type_name: Option<TypeName>,
    /// Its collation when it is not the type's.
    pub collation: Option<Name>,
    /// Whether it is NOT NULL, also by a primary key.
    pub not_null: bool,
    /// Its default.
    pub default: Option<Expr>,
    /// Identity or generated.
    pub generated: Option<Generated>,
}

/// How a column gets its value without being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Generated {
    /// An identity column: the constraint as written.
    Identity(Box<crate::statement::relation::ColumnConstraint>),
    /// A generated column: the constraint as written.
    Expression(Box<crate::statement::relation::ColumnConstraint>),
}

/// A constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// Its name, also when PostgreSQL chose it.
    pub name: Ident,
    /// What it demands.
    pub kind: ConstraintKind,
    /// Whether existing rows are known to satisfy it.
    pub validated: bool,
    /// The definition as a table constraint with its name.
    pub definition: TableConstraint,
}

/// What a constraint demands, as the analyses need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConstraintKind {
    /// CHECK.
    Check,
    /// NOT NULL (a named one).
    NotNull(Ident),
    /// UNIQUE on these columns.
    Unique(Vec<Ident>),
    /// PRIMARY KEY on these columns.
    PrimaryKey(Vec<Ident>),
    /// EXCLUDE.
    Exclude,
    /// FOREIGN KEY.
    ForeignKey {
        /// The referencing columns.
        columns: Vec<Ident>,
        /// What they refer to.
        references: References,
    },
}

/// An index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name, also when PostgreSQL chose it.
    pub name: Ident,
    /// The statement that makes it.
    pub definition: Box<CreateIndex>,
}

impl Relation {
    /// Makes a relation that has nothing yet.
    pub fn new(name: Name, kind: Kind, origin: Origin) -> Self {
        let (columns, constraints, indexes, parents) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Relation { name, kind, columns, constraints, indexes, parents, row_security: false, origin }
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
