//! What PostgreSQL refuses of keys, foreign keys and the columns that they name.

use super::names;
use super::sequence::refused;
use crate::catalog::{Catalog, CatalogError, Constraint, ConstraintKind, Index, Relation};
use crate::pg::{Ident, Name, TypeName};
use crate::statement::relation::{IndexElement, Key, References, TableConstraint, TableConstraintKind};

/// Says what is wrong about a constraint of a table whose columns are known.
///
/// Source: `transformIndexConstraint`, `ATAddForeignKeyConstraint` and `transformFkeyCheckAttrs` of PostgreSQL 15.
pub(super) fn complaint(constraint: &TableConstraint, table: &Relation, catalog: &Catalog) -> Option<CatalogError> {
    let shown = catalog.shown(&table.name);
    let named: &[Ident] = match &constraint.kind {
        TableConstraintKind::Unique { key, .. } | TableConstraintKind::PrimaryKey(key) => key.columns(),
        TableConstraintKind::ForeignKey { columns, .. } => columns,
        TableConstraintKind::NotNull(column) => std::slice::from_ref(column),
        TableConstraintKind::Check(_) | TableConstraintKind::Exclude(_) => &[],
    };
    if let Some(missing) = named.iter().find(|name| table.column(name).is_none()) {
        return Some(CatalogError::UndefinedColumn(shown, missing.clone()));
    }
    if let TableConstraintKind::Check(condition) = &constraint.kind
        && let Some(missing) = names::missing_column(table, condition)
    {
        return Some(CatalogError::UndefinedColumn(shown, missing));
    }
    match &constraint.kind {
        TableConstraintKind::PrimaryKey(_) if table.primary_key().is_some() => {
            Some(refused("42P16", format!("multiple primary keys for table `{shown}` are not allowed")))
        }
        TableConstraintKind::ForeignKey { columns, period: false, references } => {
            let target = referenced(table, references, catalog)?;
            foreign_key((table, columns), (target, references), &catalog.shown(&target.name))
        }
        _ => None,
    }
}

/// Finds the table that a foreign key refers to, when its columns are known.
fn referenced<'a>(table: &'a Relation, references: &References, catalog: &'a Catalog) -> Option<&'a Relation> {
    let own = catalog.qualified(&references.table) == table.name || references.table == table.name;
    let found = if own { Some(table) } else { catalog.relation(&references.table) };
    found.filter(|found| found.is_known_table())
}

fn foreign_key(
    (table, columns): (&Relation, &[Ident]),
    (target, references): (&Relation, &References),
    shown: &Name,
) -> Option<CatalogError> {
    let key = match references.columns.as_slice() {
        [] => match target.primary_key() {
            Some(key) => key,
            None => return Some(refused("42704", format!("there is no primary key for referenced table `{shown}`"))),
        },
        written => written,
    };
    if let Some(missing) = key.iter().find(|name| target.column(name).is_none()) {
        return Some(CatalogError::UndefinedColumn(shown.clone(), missing.clone()));
    }
    if key.len() != columns.len() {
        return Some(refused("42830", "number of referencing and referenced columns for foreign key disagree"));
    }
    let deferrable = |found: &&Constraint| found.definition.attributes.is_deferrable();
    let own: Vec<&Constraint> =
        target.constraints.iter().filter(|found| found.kind.key().is_some_and(|own| same(own, key))).collect();
    if !own.is_empty() && own.iter().all(deferrable) && !is_unique(target, key) {
        let message = format!("cannot use a deferrable unique constraint for referenced table `{shown}`");
        return Some(refused("55000", message));
    }
    if !is_unique(target, key) {
        let message = format!("there is no unique constraint matching given keys for referenced table `{shown}`");
        return Some(refused("42830", message));
    }
    let type_of = |relation: &Relation, name: &Ident| relation.column(name)?.type_name.clone();
    columns.iter().zip(key).find_map(|(own, theirs)| {
        let (own_type, their_type) = (type_of(table, own)?, type_of(target, theirs)?);
        (!are_comparable(&own_type, &their_type)).then(|| {
            let message = format!("key columns `{own}` and `{theirs}` are of types {own_type} and {their_type}");
            refused("42804", format!("foreign key cannot be implemented: {message}"))
        })
    })
}

fn same(columns: &[Ident], key: &[Ident]) -> bool {
    let (mut a, mut b): (Vec<&Ident>, Vec<&Ident>) = (columns.iter().collect(), key.iter().collect());
    a.sort();
    b.sort();
    a == b
}

/// Says whether a key or a plain unique index holds these columns, in any order.
fn is_unique(target: &Relation, key: &[Ident]) -> bool {
    let keys = target.constraints.iter().filter(|found| !found.definition.attributes.is_deferrable());
    let keys = keys.filter_map(|found| found.kind.key());
    let mut indexed = target.indexes.iter().filter_map(unique_columns);
    // Temporal keys are compared in their own way.
    let temporal = target.constraints.iter().any(|found| found.definition.to_string().contains("WITHOUT OVERLAPS"));
    temporal || keys.into_iter().any(|own| same(own, key)) || indexed.any(|own| same(&own, key))
}

/// Returns the columns of an index that a foreign key may lean on; `None` for any other index.
pub(super) fn unique_columns(index: &Index) -> Option<Vec<Ident>> {
    let definition = &index.definition;
    let column = |element: &IndexElement| match &element.key {
        Key::Column(name) => Some(name.clone()),
        Key::Expression(_) => None,
    };
    let is_plain = definition.unique && definition.predicate.is_none();
    definition.elements.iter().map(column).collect::<Option<Vec<Ident>>>().filter(|_| is_plain)
}

/// Types that are compared with one another; others have no operator between them.
const FAMILIES: [&[&str]; 6] = [
    &["int2", "int4", "int8", "numeric", "float4", "float8"],
    &["text", "varchar", "bpchar", "name", "char"],
    &["uuid"],
    &["bool"],
    &["bytea"],
    &["date", "timestamp", "timestamptz"],
];

/// Says whether there may be an operator between two types; `false` only where there surely is none.
fn are_comparable(own: &TypeName, theirs: &TypeName) -> bool {
    let family = |name: &TypeName| {
        let builtin = name.name.schema().is_none_or(|schema| schema == "pg_catalog");
        let plain = builtin && name.bounds.is_empty() && !name.percent_type;
        FAMILIES.iter().position(|family| plain && family.contains(&name.name.last().as_str()))
    };
    match (family(own), family(theirs)) {
        (Some(own), Some(theirs)) => own == theirs,
        _ => true,
    }
}

/// Says whether a key on these columns is a primary key of the table.
pub(super) fn in_primary_key(table: &Relation, column: &Ident) -> bool {
    let key = |found: &Constraint| match &found.kind {
        ConstraintKind::PrimaryKey(columns) => columns.contains(column),
        _ => false,
    };
    table.constraints.iter().any(key)
}
