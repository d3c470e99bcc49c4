//! Constraints of tables.

use super::Shared;
use super::keys::{key_names, rename_key, replace};
use super::names::index_columns;
use super::past::Past;
use crate::pg::{Ident, Name};
use crate::query::columns;
use crate::statement::relation::{ConstraintKey, References, ReferentialAction, TableConstraint, TableConstraintKind};

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
    /// What all kinds of objects have: here a comment.
    pub shared: Shared,
    /// What the index behind it has: a comment of its own.
    pub index_shared: Shared,
    /// What the index behind it keeps of the time when it was made.
    pub past: Past,
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
    /// Returns it as its definition makes it, without what it has beside that.
    pub fn anew(&self) -> Self {
        let past = self.past.anew();
        Constraint { shared: Shared::default(), index_shared: Shared::default(), past, ..self.clone() }
    }

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
        definition.attributes = definition.attributes.normal();
        let validated = !definition.attributes.skips_validation();
        Constraint {
            name,
            kind,
            validated,
            definition,
            inherited: false,
            shared: Shared::default(),
            index_shared: Shared::default(),
            past: Past::default(),
        }
    }

    /// Says whether a name is one that PostgreSQL 18 may have chosen for a NOT NULL. Names are not followed through renames, so
    /// whatever looks chosen is.
    pub fn is_chosen_not_null(name: &Ident) -> bool {
        name.as_str().trim_end_matches(|c: char| c.is_ascii_digit()).ends_with("_not_null")
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

    /// Returns what the columns of its index are called there: a column that is renamed keeps its name.
    pub fn labels(&self) -> Vec<String> {
        self.past.labels(self.current_labels())
    }

    /// Remembers what the columns of its index are called there.
    pub fn remember(&mut self, labels: Vec<String>) {
        self.past.remember(labels, &self.current_labels());
    }

    fn current_labels(&self) -> Vec<String> {
        let texts = |columns: &[Ident]| columns.iter().map(|column| column.as_str().to_owned()).collect::<Vec<_>>();
        match &self.definition.kind {
            TableConstraintKind::Unique { .. } | TableConstraintKind::PrimaryKey(_) => texts(&self.columns()),
            TableConstraintKind::Exclude(exclude) => {
                let mut labels = index_columns(exclude.elements.iter().map(|(element, _)| element));
                labels.extend(texts(&exclude.index.include));
                labels
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn rename_column(&mut self, from: &Ident, to: &Ident) {
        let labels = self.labels();
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
        self.past.remember(labels, &self.current_labels());
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

fn key_columns(key: &ConstraintKey) -> Vec<Ident> {
    match key {
        ConstraintKey::Columns { columns, .. } => columns.clone(),
        ConstraintKey::Index(_) => Vec::new(),
    }
}
