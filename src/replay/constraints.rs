//! Constraints on their way into a table: all written alike, named, and in the order in which PostgreSQL makes them.

use super::create::Table;
use super::{Lowering, keys, not_null};
use crate::catalog::names::{Names, index_columns, joined};
use crate::catalog::{Catalog, CatalogError, Constraint, Relation};
use crate::pg::{Ident, Name, PgVersion};
use crate::query::columns;
use crate::source::Span;
use crate::statement::relation::{
    ColumnConstraint, ColumnConstraintKind, ConstraintAttribute, ConstraintKey, References, TableConstraint,
    TableConstraintKind,
};

/// A constraint whose name may have to be chosen, and what the columns of a copied key were called in its index.
#[derive(Clone, Debug)]
pub(super) struct Pending(TableConstraint, Source, Option<Vec<String>>);

/// Where a constraint comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// The statement states it.
    Written,
    /// It is made behind the table, after another table's.
    Copied,
}

impl Pending {
    /// Takes a table constraint as written.
    pub(super) fn table(constraint: &TableConstraint) -> Self {
        Pending(constraint.clone(), Source::Written, None)
    }

    /// Takes another table's constraint.
    pub(super) fn copied(constraint: &TableConstraint, name: Option<&Ident>) -> Self {
        Pending(TableConstraint { name: name.cloned(), ..constraint.clone() }, Source::Copied, None)
    }

    /// Takes another table's key, which gets a name of its own.
    pub(super) fn key(constraint: &Constraint) -> Self {
        let definition = TableConstraint { name: None, ..constraint.definition.clone() };
        Pending(definition, Source::Copied, Some(constraint.labels()))
    }

    /// Writes a column constraint as a table constraint; `None` when it only says something about the column.
    pub(super) fn column(column: &Ident, constraint: &ColumnConstraint, version: PgVersion) -> Option<Self> {
        let key = |index| ConstraintKey::Columns { columns: vec![column.clone()], without_overlaps: false, index };
        let kind = match &constraint.kind {
            ColumnConstraintKind::Check(condition) => TableConstraintKind::Check(condition.clone()),
            ColumnConstraintKind::Unique { nulls_not_distinct, index } => {
                TableConstraintKind::Unique { nulls_not_distinct: *nulls_not_distinct, key: key(index.clone()) }
            }
            ColumnConstraintKind::PrimaryKey(index) => TableConstraintKind::PrimaryKey(key(index.clone())),
            ColumnConstraintKind::References(references) => TableConstraintKind::ForeignKey {
                columns: vec![column.clone()],
                period: false,
                references: references.clone(),
            },
            ColumnConstraintKind::NotNull if not_null::is_constraint(version) => {
                TableConstraintKind::NotNull(column.clone())
            }
            ColumnConstraintKind::NotNull
            | ColumnConstraintKind::Null
            | ColumnConstraintKind::Default(_)
            | ColumnConstraintKind::Identity { .. }
            | ColumnConstraintKind::Generated { .. } => return None,
        };
        let name = constraint.name.clone();
        let attributes = constraint.attributes.clone();
        let wanted = TableConstraint { span: constraint.span, name, kind, attributes };
        (!not_null::is_own(&wanted)).then_some(Pending(wanted, Source::Written, None))
    }

    /// Returns the constraint.
    pub(super) fn constraint(&self) -> &TableConstraint {
        &self.0
    }

    /// Returns the place among the constraints of a new table: checks, then the primary key, other keys, foreign keys.
    fn rank(&self) -> u8 {
        match self.0.kind {
            TableConstraintKind::Check(_) | TableConstraintKind::NotNull(_) => 0,
            TableConstraintKind::PrimaryKey(_) => 1,
            TableConstraintKind::Unique { .. } | TableConstraintKind::Exclude(_) => 2,
            TableConstraintKind::ForeignKey { .. } => 3,
        }
    }
}

/// Names the constraints of a new table, and makes its columns NOT NULL where they demand it.
pub(super) fn named(lowering: &mut Lowering<'_>, table: &mut Table<'_>, mut pending: Vec<Pending>) -> Vec<Constraint> {
    let catalog = lowering.catalog;
    pending.sort_by_key(Pending::rank);
    merge_keys(&mut pending);
    let mut made: Vec<Constraint> = Vec::new();
    for Pending(mut wanted, _, labels) in pending {
        // The rows of an empty table satisfy everything.
        wanted.attributes.0.retain(|attribute| *attribute != ConstraintAttribute::NotValid);
        let keys = table.relation.constraints.iter().chain(&made);
        let own_key = keys.rev().find_map(|found| match &found.kind {
            crate::catalog::ConstraintKind::PrimaryKey(columns) => Some(columns.clone()),
            _ => None,
        });
        outside(lowering, &wanted, &table.relation);
        resolve(&mut wanted, &table.relation, own_key, catalog);
        if !table.is_partly_unknown {
            refuse(lowering, table, &made, &wanted);
        }
        let is_own = not_null::is_own(&wanted);
        let name = name(&mut table.names, table.relation.name.last(), (&wanted, labels.as_deref()));
        let mut constraint = Constraint::new(name, wanted);
        labels.into_iter().for_each(|labels| constraint.remember(labels));
        let columns = match &constraint.definition.kind {
            TableConstraintKind::PrimaryKey(_) | TableConstraintKind::NotNull(_) => constraint.columns(),
            _ => Vec::new(),
        };
        for column in columns {
            table.relation.column_mut(&column).into_iter().for_each(|found| found.not_null = true);
        }
        match table.relation.constraint_mut(&constraint.name) {
            // A parent's constraint that the table states, too, is its own.
            Some(merged) => merged.inherited = false,
            None if is_own => {}
            None => made.push(constraint),
        }
    }
    made
}

/// Says what PostgreSQL would refuse of a constraint of a new table.
fn refuse(lowering: &mut Lowering<'_>, table: &Table<'_>, made: &[Constraint], wanted: &TableConstraint) {
    if let Some(name) = wanted.name.as_ref().filter(|name| made.iter().any(|found| found.name == **name)) {
        let table = lowering.catalog.shown(&table.relation.name);
        return lowering.fail(CatalogError::DuplicateObject(table, name.clone()));
    }
    // Only keys depend on the constraints before.
    let is_key = matches!(wanted.kind, TableConstraintKind::PrimaryKey(_) | TableConstraintKind::ForeignKey { .. });
    let complaint = if is_key {
        let mut current = table.relation.clone();
        current.constraints.extend(made.iter().cloned());
        keys::complaint(wanted, &current, lowering.catalog)
    } else {
        keys::complaint(wanted, &table.relation, lowering.catalog)
    };
    complaint.into_iter().for_each(|error| lowering.fail(error));
}

/// Two keys on the same columns are one; the name of either is its name.
fn merge_keys(pending: &mut Vec<Pending>) {
    let mut kept: Vec<Pending> = Vec::new();
    for candidate in pending.drain(..) {
        let same = |earlier: &&mut Pending| {
            let keys = (key(&earlier.0), key(&candidate.0));
            let written = candidate.1 == Source::Written;
            written && matches!(keys, (Some(a), Some(b)) if a == b) && earlier.0.attributes == candidate.0.attributes
        };
        match kept.iter_mut().find(same) {
            Some(earlier) => earlier.0.name = earlier.0.name.take().or(candidate.0.name),
            None => kept.push(candidate),
        }
    }
    *pending = kept;
}

fn key(constraint: &TableConstraint) -> Option<&ConstraintKey> {
    match &constraint.kind {
        TableConstraintKind::PrimaryKey(key) => Some(key),
        TableConstraintKind::Unique { nulls_not_distinct: false, key } => Some(key),
        _ => None,
    }
}

/// Takes note that a foreign key refers to what is not there.
pub(super) fn outside(lowering: &mut Lowering<'_>, constraint: &TableConstraint, table: &Relation) {
    let TableConstraintKind::ForeignKey { references, .. } = &constraint.kind else { return };
    let target = &references.table;
    let own = lowering.catalog.qualified(target) == table.name || *target == table.name;
    if !own && lowering.catalog.relation(target).is_none() {
        lowering.lacks(CatalogError::UndefinedTable(target.clone()));
    }
}

/// Writes out what a foreign key refers to: the table as short as it may be, and the columns of its primary key.
pub(super) fn resolve(
    constraint: &mut TableConstraint,
    table: &Relation,
    own_key: Option<Vec<Ident>>,
    catalog: &Catalog,
) {
    let TableConstraintKind::ForeignKey { references, .. } = &mut constraint.kind else { return };
    let References { table: target, columns, .. } = references;
    let (name, key) = match catalog.relation(target) {
        Some(found) => (found.name.clone(), found.primary_key().map(<[Ident]>::to_vec)),
        None if catalog.qualified(target) == table.name || *target == table.name => (table.name.clone(), own_key),
        // Whatever the search path is later, it is the name that is meant now.
        None => (catalog.qualified(target), None),
    };
    *target = Name { span: target.span, ..catalog.shown(&name) };
    if columns.is_empty() {
        *columns = key.unwrap_or_default();
    }
}

/// Returns the name that is written, or the one that PostgreSQL chooses.
pub(super) fn name(
    names: &mut Names<'_>,
    table: &Ident,
    (constraint, labels): (&TableConstraint, Option<&[String]>),
) -> Ident {
    let has_index = matches!(
        constraint.kind,
        TableConstraintKind::Unique { .. } | TableConstraintKind::PrimaryKey(_) | TableConstraintKind::Exclude(_)
    );
    if let Some(name) = &constraint.name {
        names.take_constraint(name);
        if has_index {
            names.take_relation(name);
        }
        return name.clone();
    }
    let texts = |columns: &[Ident]| columns.iter().map(|column| column.as_str().to_owned()).collect::<Vec<_>>();
    match &constraint.kind {
        TableConstraintKind::Check(condition) => {
            let named = columns::named(condition);
            let only = if let [column] = named.as_slice() { Some(column.as_str()) } else { None };
            names.constraint(table, only, "check")
        }
        TableConstraintKind::NotNull(column) => names.constraint(table, Some(column.as_str()), "not_null"),
        TableConstraintKind::PrimaryKey(_) => names.key(table, None, "pkey"),
        TableConstraintKind::Unique { key, .. } => {
            let columns = match key {
                ConstraintKey::Columns { columns, index, .. } => texts(&[columns.as_slice(), &index.include].concat()),
                ConstraintKey::Index(_) => Vec::new(),
            };
            names.key(table, Some(&joined(labels.unwrap_or(&columns))), "key")
        }
        TableConstraintKind::Exclude(exclude) => {
            let mut columns = index_columns(exclude.elements.iter().map(|(element, _)| element));
            columns.extend(texts(&exclude.index.include));
            names.key(table, Some(&joined(labels.unwrap_or(&columns))), "excl")
        }
        TableConstraintKind::ForeignKey { columns, .. } => {
            names.constraint(table, Some(&joined(&texts(columns))), "fkey")
        }
    }
}

/// What a constraint takes over from an index.
pub(super) struct IndexKey {
    pub(super) columns: Vec<Ident>,
    /// Columns that the index only carries.
    pub(super) include: Vec<Ident>,
    pub(super) nulls_not_distinct: bool,
}

/// Makes the definition of a key that takes over an index.
pub(super) fn over_index(constraint: &TableConstraint, key: IndexKey) -> TableConstraint {
    let IndexKey { columns, include, nulls_not_distinct } = key;
    let index = crate::statement::relation::IndexParameters { include, ..Default::default() };
    let taken = ConstraintKey::Columns { columns, without_overlaps: false, index };
    let kind = match &constraint.kind {
        TableConstraintKind::Unique { .. } => TableConstraintKind::Unique { nulls_not_distinct, key: taken },
        TableConstraintKind::PrimaryKey(_) => TableConstraintKind::PrimaryKey(taken),
        other => other.clone(),
    };
    TableConstraint { kind, span: Span::default(), ..constraint.clone() }
}
