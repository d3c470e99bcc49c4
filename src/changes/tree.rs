//! A table and the tables below it.

use std::fmt;

use crate::catalog::{Catalog, CatalogError, Column, Given, Relation};
use crate::pg::{Ident, Name};

/// Which tables a change concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// A table and all below it.
    Tree,
    /// The table alone.
    Only,
}

impl fmt::Display for Reach {
    /// Writes the word with a space behind it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Reach::Only { "ONLY " } else { "" })
    }
}

/// Whether a table is the one that a statement names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// It is.
    Own,
    /// It is a child of that one.
    Below,
}

/// Does something to a table and to every table below it; says what each is given at most.
pub(super) fn each_table(
    catalog: &mut Catalog,
    table: &Name,
    given: Given<'_>,
    mut act: impl FnMut(&mut Relation, Level) -> Result<(), CatalogError>,
) -> Result<(), CatalogError> {
    let below = catalog.descendants(table);
    act(&mut catalog.existing_mut(table)?.only(given), Level::Own)?;
    for child in below {
        act(&mut catalog.existing_mut(&child)?.only(given), Level::Below)?;
    }
    Ok(())
}

/// Does something to a column of a table, and to the columns below it when it reaches them.
pub(super) fn each_column(
    catalog: &mut Catalog,
    (table, column, reach): (&Name, &Ident, Reach),
    given: Given<'_>,
    mut act: impl FnMut(&mut Column),
) -> Result<(), CatalogError> {
    each_table(catalog, table, given, |relation, level| {
        let is_known = relation.is_known_table();
        match (relation.column_mut(column), level, reach) {
            (Some(_), Level::Below, Reach::Only) | (None, Level::Below, _) => {}
            (Some(found), ..) => act(found),
            (None, Level::Own, _) if is_known => {
                return Err(CatalogError::UndefinedColumn(table.clone(), column.clone()));
            }
            // A table made from a query has columns that are not known.
            (None, Level::Own, _) => {}
        }
        Ok(())
    })
}

/// Returns the tables below another one, and that one first, with what each says of a column.
pub(super) fn each_before<T>(
    before: &Catalog,
    (table, column, reach): (&Name, &Ident, Reach),
    read: impl Fn(&Column) -> T,
) -> Vec<(Name, T)> {
    let below = if reach == Reach::Tree { before.descendants(table) } else { Vec::new() };
    let names = before.resolve(table).into_iter().chain(below);
    let found = names.filter_map(|name| {
        let value = read(before.relation(&name)?.column(column)?);
        Some((before.shown(&name), value))
    });
    found.collect()
}

/// Makes the changes that give every table its old value: the first for all below it, then those that had another one.
pub(super) fn back<T: PartialEq + Clone, C>(
    old: Vec<(Name, T)>,
    reach: Reach,
    set: impl Fn(Name, T, Reach) -> C,
) -> Vec<C> {
    let mut old = old.into_iter();
    let Some((table, first)) = old.next() else { return Vec::new() };
    let others = old.filter(|(_, value)| *value != first).map(|(name, value)| set(name, value, Reach::Only));
    let others: Vec<C> = others.collect();
    std::iter::once(set(table, first.clone(), reach)).chain(others).collect()
}
