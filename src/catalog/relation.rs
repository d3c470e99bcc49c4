//! Relations and what belongs to them.

use crate::finding::FileId;
use crate::pg::{Ident, Name, TypeName};
use crate::query::{Expr, columns};
use crate::source::Span;
use crate::statement::relation::{
    ColumnConstraintKind, ConstraintAttributes, ConstraintKey, CreateIndex, IndexElement, Key, PartitionBound,
    PartitionBy, Persistence, References, ReferentialAction, TableConstraint, TableConstraintKind, TableStorage,
};

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
    /// The sequence that belongs to it, in the schema of its table.
    pub sequence: Option<Ident>,
    /// `STORAGE` when written.
    pub storage: Option<Ident>,
    /// `COMPRESSION` when written.
    pub compression: Option<Ident>,
    /// Whether it comes from a parent and from nowhere else.
    pub inherited: bool,
}

/// How a column gets its value without being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Generated {
    /// An identity column: the constraint as written.
    Identity(Box<crate::statement::relation::ColumnConstraint>),
    /// A generated column: the constraint as written.
    Expression(Box<crate::statement::relation::ColumnConstraint>),
    /// `serial` and its kin, under the word as written: an integer whose default is the next value of its sequence.
    Serial(Ident),
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
    /// The definition as a table constraint with its name; never with `USING INDEX`.
    pub definition: TableConstraint,
    /// Whether it comes from a parent and from nowhere else.
    pub inherited: bool,
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
    /// The statement that makes it, with the name and without `CONCURRENTLY` and `IF NOT EXISTS`.
    pub definition: Box<CreateIndex>,
    /// Whether it is the part of a partitioned table's index.
    pub inherited: bool,
}

impl Relation {
    /// Makes a relation that has nothing yet.
    pub fn new(name: Name, kind: Kind, origin: Origin) -> Self {
        Relation {
            name,
            kind,
            columns: Vec::new(),
            constraints: Vec::new(),
            indexes: Vec::new(),
            parents: Vec::new(),
            row_security: false,
            force_row_security: false,
            persistence: Persistence::Permanent,
            storage: TableStorage::default(),
            partition_by: None,
            bound: None,
            origin,
        }
    }

    /// Says whether it is a table whose columns are known.
    pub fn is_known_table(&self) -> bool {
        matches!(self.kind, Kind::Table | Kind::Partitioned | Kind::Temporary)
    }

    /// Says whether an index has this name, also one behind a constraint.
    pub fn has_index_name(&self, name: &Ident) -> bool {
        let behind = |found: &Constraint| found.kind.has_index() && found.name == *name;
        self.indexes.iter().any(|index| index.name == *name) || self.constraints.iter().any(behind)
    }

    /// Says whether a sequence of this name belongs to a column.
    pub fn has_sequence(&self, name: &Ident) -> bool {
        self.columns.iter().any(|column| column.sequence.as_ref() == Some(name))
    }

    /// Finds a constraint to change it.
    pub fn constraint_mut(&mut self, name: &Ident) -> Option<&mut Constraint> {
        self.constraints.iter_mut().find(|constraint| constraint.name == *name)
    }

    /// Finds an index that no constraint owns.
    pub fn index(&self, name: &Ident) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name == *name)
    }

    /// Gives a column another name, in everything of this relation that names it.
    pub fn rename_column(&mut self, from: &Ident, to: &Ident) {
        for column in &mut self.columns {
            column.rename(from, to);
        }
        self.constraints.iter_mut().for_each(|constraint| constraint.rename_column(from, to));
        self.indexes.iter_mut().for_each(|index| index.rename_column(from, to));
        for element in self.partition_by.iter_mut().flat_map(|by| &mut by.elements) {
            rename_key(&mut element.key, from, to);
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

impl Column {
    /// Makes a column that has nothing but its type.
    pub fn new(name: Ident, type_name: Option<TypeName>) -> Self {
        Column {
            name,
            type_name,
            collation: None,
            not_null: false,
            default: None,
            generated: None,
            sequence: None,
            storage: None,
            compression: None,
            inherited: false,
        }
    }

    /// Returns the columns that its value is computed from.
    pub fn computed_from(&self) -> Vec<Ident> {
        match &self.generated {
            Some(Generated::Expression(constraint)) => match &constraint.kind {
                ColumnConstraintKind::Generated { value, .. } => columns::named(value),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn rename(&mut self, from: &Ident, to: &Ident) {
        if self.name == *from {
            self.name = to.clone();
        }
        if let Some(Generated::Expression(constraint)) = &mut self.generated
            && let ColumnConstraintKind::Generated { value, .. } = &mut constraint.kind
        {
            columns::rename(value, from, to);
        }
    }
}

impl ConstraintKind {
    /// Says whether an index of the same name stands behind it.
    pub fn has_index(&self) -> bool {
        matches!(self, ConstraintKind::Unique(_) | ConstraintKind::PrimaryKey(_) | ConstraintKind::Exclude)
    }

    /// Returns the columns of a unique constraint or primary key.
    pub fn key(&self) -> Option<&[Ident]> {
        match self {
            ConstraintKind::Unique(columns) | ConstraintKind::PrimaryKey(columns) => Some(columns),
            _ => None,
        }
    }
}

impl Constraint {
    /// Makes a constraint from a definition that has its name, is no `USING INDEX`, and says what it refers to.
    pub fn new(name: Ident, mut definition: TableConstraint) -> Self {
        let kind = match &definition.kind {
            TableConstraintKind::Check(_) => ConstraintKind::Check,
            TableConstraintKind::NotNull(column) => ConstraintKind::NotNull(column.clone()),
            TableConstraintKind::Unique { key, .. } => ConstraintKind::Unique(key_columns(key)),
            TableConstraintKind::PrimaryKey(key) => ConstraintKind::PrimaryKey(key_columns(key)),
            TableConstraintKind::Exclude(_) => ConstraintKind::Exclude,
            TableConstraintKind::ForeignKey { columns, references, .. } => {
                ConstraintKind::ForeignKey { columns: columns.clone(), references: references.clone() }
            }
        };
        definition.name = Some(name.clone());
        let validated = !definition.attributes.skips_validation();
        Constraint { name, kind, validated, definition, inherited: false }
    }

    /// Gives it another name.
    pub fn set_name(&mut self, name: &Ident) {
        self.name = name.clone();
        self.definition.name = Some(name.clone());
    }

    /// Returns the columns of its own table that it names.
    pub fn columns(&self) -> Vec<Ident> {
        match &self.definition.kind {
            TableConstraintKind::Check(condition) => columns::named(condition),
            TableConstraintKind::NotNull(column) => vec![column.clone()],
            TableConstraintKind::Unique { key, .. } | TableConstraintKind::PrimaryKey(key) => match key {
                ConstraintKey::Columns { columns, index, .. } => [columns.as_slice(), &index.include].concat(),
                ConstraintKey::Index(_) => Vec::new(),
            },
            TableConstraintKind::Exclude(exclude) => {
                let keys = exclude.elements.iter().flat_map(|(element, _)| key_names(&element.key));
                let predicate = exclude.predicate.iter().flat_map(columns::named);
                keys.chain(predicate).chain(exclude.index.include.iter().cloned()).collect()
            }
            TableConstraintKind::ForeignKey { columns, .. } => columns.clone(),
        }
    }

    fn rename_column(&mut self, from: &Ident, to: &Ident) {
        match &mut self.definition.kind {
            TableConstraintKind::Check(condition) => columns::rename(condition, from, to),
            TableConstraintKind::NotNull(column) => replace(column, from, to),
            TableConstraintKind::Unique { key, .. } | TableConstraintKind::PrimaryKey(key) => {
                if let ConstraintKey::Columns { columns, index, .. } = key {
                    columns.iter_mut().chain(&mut index.include).for_each(|column| replace(column, from, to));
                }
            }
            TableConstraintKind::Exclude(exclude) => {
                exclude.elements.iter_mut().for_each(|(element, _)| rename_key(&mut element.key, from, to));
                exclude.predicate.iter_mut().for_each(|predicate| columns::rename(predicate, from, to));
                exclude.index.include.iter_mut().for_each(|column| replace(column, from, to));
            }
            TableConstraintKind::ForeignKey { columns, references, .. } => {
                let set = match &mut references.on_delete {
                    ReferentialAction::SetNull(set) | ReferentialAction::SetDefault(set) => set.as_mut_slice(),
                    _ => &mut [],
                };
                columns.iter_mut().chain(set).for_each(|column| replace(column, from, to));
            }
        }
        self.refresh();
    }

    /// Renames a column on the right side of a foreign key.
    pub fn rename_referenced(&mut self, from: &Ident, to: &Ident) {
        if let TableConstraintKind::ForeignKey { references, .. } = &mut self.definition.kind {
            references.columns.iter_mut().for_each(|column| replace(column, from, to));
        }
        self.refresh();
    }

    /// Lets a foreign key follow its table to another name.
    pub(super) fn retarget(&mut self, old: &Name, new: &Name, home: Option<&Ident>) {
        if let TableConstraintKind::ForeignKey { references, .. } = &mut self.definition.kind {
            let schema = references.table.schema().or(home);
            if references.table.last() == old.last() && schema == old.schema() {
                references.table = new.clone();
            }
        }
        self.refresh();
    }

    /// Says what it demands again, after its definition changed.
    fn refresh(&mut self) {
        let fresh = Constraint::new(self.name.clone(), self.definition.clone());
        self.kind = fresh.kind;
    }
}

impl Index {
    /// Returns the columns that it names, in its key, beside it, or in its predicate.
    pub fn columns(&self) -> Vec<Ident> {
        let elements = self.definition.elements.iter().chain(&self.definition.include);
        let keys = elements.flat_map(|element: &IndexElement| key_names(&element.key));
        keys.chain(self.definition.predicate.iter().flat_map(columns::named)).collect()
    }

    /// Gives it another name.
    pub fn set_name(&mut self, name: &Ident) {
        self.name = name.clone();
        self.definition.name = Some(name.clone());
    }

    fn rename_column(&mut self, from: &Ident, to: &Ident) {
        let CreateIndex { elements, include, predicate, .. } = &mut *self.definition;
        elements.iter_mut().chain(include).for_each(|element| rename_key(&mut element.key, from, to));
        predicate.iter_mut().for_each(|predicate| columns::rename(predicate, from, to));
    }
}

fn key_columns(key: &ConstraintKey) -> Vec<Ident> {
    match key {
        ConstraintKey::Columns { columns, .. } => columns.clone(),
        ConstraintKey::Index(_) => Vec::new(),
    }
}

fn key_names(key: &Key) -> Vec<Ident> {
    match key {
        Key::Column(name) => vec![name.clone()],
        Key::Expression(expr) => columns::named(expr),
    }
}

fn rename_key(key: &mut Key, from: &Ident, to: &Ident) {
    match key {
        Key::Column(name) => replace(name, from, to),
        Key::Expression(expr) => columns::rename(expr, from, to),
    }
}

fn replace(name: &mut Ident, from: &Ident, to: &Ident) {
    if name == from {
        *name = to.clone();
    }
}
