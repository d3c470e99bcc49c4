//! What a column's values may be: its default, and whether it takes NULL.

use std::fmt;

use super::column::find;
use super::tree::{back, each_before, each_column};
use super::{Change, ChangeKind, FillNulls, Inverse, Lock, Reach};
use crate::catalog::{Catalog, CatalogError, Given};
use crate::pg::{Ident, LockMode, Name};
use crate::query::Expr;

/// `ALTER COLUMN … SET DEFAULT`, or `DROP DEFAULT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetDefault {
    /// The table.
    pub table: Name,
    /// The column.
    pub column: Ident,
    /// Whether the columns of children get it, too.
    pub reach: Reach,
    /// The default; none when it is dropped.
    pub default: Option<Expr>,
}

/// `ALTER COLUMN … SET NOT NULL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetNotNull {
    /// The table.
    pub table: Name,
    /// The column.
    pub column: Ident,
    /// Whether the columns of children refuse NULL, too.
    pub reach: Reach,
}

/// `ALTER COLUMN … DROP NOT NULL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropNotNull {
    /// The table.
    pub table: Name,
    /// The column.
    pub column: Ident,
    /// Whether the columns of children take NULL, too.
    pub reach: Reach,
    /// What rows get that were written without a value, when the column refuses NULL again.
    pub fill: Fill,
}

/// What rows get that have no value in a column which is to refuse NULL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Nothing: the column refuses them, and whoever runs the script sees it.
    Nothing,
    /// The column's default.
    Default,
    /// This value.
    Value(Box<Expr>),
}

/// Brings every table's old value back; nothing to do where the change met what it makes.
fn restored<T: PartialEq + Clone>(
    before: &Catalog,
    (table, column, reach): (&Name, &Ident, Reach),
    (read, made): (impl Fn(&crate::catalog::Column) -> T, T),
    set: impl Fn(Name, T, Reach) -> Change,
) -> Inverse {
    if let Err(unknown) = find(before, table, column) {
        return unknown;
    }
    let old = each_before(before, (table, column, reach), read);
    if old.iter().all(|(_, value)| *value == made) {
        return Inverse::Nothing;
    }
    Inverse::Exact(back(old, reach, set))
}

fn null(table: Name, column: Ident, not_null: bool, reach: Reach) -> Change {
    match not_null {
        true => SetNotNull { table, column, reach }.into(),
        false => DropNotNull { table, column, reach, fill: Fill::Nothing }.into(),
    }
}

impl ChangeKind for SetDefault {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let at = (&self.table, &self.column, self.reach);
        each_column(catalog, at, Given::Column(&self.column), |column| column.default = self.default.clone())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let at = (&self.table, &self.column, self.reach);
        let text = |default: &Option<Expr>| default.as_ref().map(ToString::to_string);
        let made = text(&self.default);
        if let Err(unknown) = find(before, &self.table, &self.column) {
            return unknown;
        }
        // Expressions are the same when they read the same, wherever they stand.
        let old = each_before(before, at, |column| Read(text(&column.default), column.default.clone()));
        if old.iter().all(|(_, value)| value.0 == made) {
            return Inverse::Nothing;
        }
        let set = |table, Read(_, default), reach| -> Change {
            SetDefault { table, column: self.column.clone(), reach, default }.into()
        };
        Inverse::Exact(back(old, self.reach, set))
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

/// An expression and how it reads.
#[derive(Clone)]
struct Read(Option<String>, Option<Expr>);

impl PartialEq for Read {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl fmt::Display for SetDefault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TABLE {}{} ALTER COLUMN {} ", self.reach, self.table, self.column)?;
        match &self.default {
            Some(value) => write!(f, "SET DEFAULT {value}"),
            None => f.write_str("DROP DEFAULT"),
        }
    }
}

impl ChangeKind for SetNotNull {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        each_column(catalog, (&self.table, &self.column, self.reach), Given::NoNames, |column| column.not_null = true)
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        // Undoing what changed nothing must not loosen a column.
        let set = |table, old, reach| null(table, self.column.clone(), old, reach);
        restored(before, (&self.table, &self.column, self.reach), (|column| column.not_null, true), set)
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for SetNotNull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TABLE {}{} ALTER COLUMN {} SET NOT NULL", self.reach, self.table, self.column)
    }
}

impl ChangeKind for DropNotNull {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        each_column(catalog, (&self.table, &self.column, self.reach), Given::NoNames, |column| column.not_null = false)
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let set = |table, old, reach| null(table, self.column.clone(), old, reach);
        let back = restored(before, (&self.table, &self.column, self.reach), (|column| column.not_null, false), set);
        let value = match (&self.fill, &back) {
            (Fill::Nothing, _) | (_, Inverse::Nothing | Inverse::Underivable { .. }) => return back,
            (Fill::Default, _) => None,
            (Fill::Value(value), _) => Some((**value).clone()),
        };
        Inverse::exact(FillNulls { table: self.table.clone(), column: self.column.clone(), value }).after(back)
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for DropNotNull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TABLE {}{} ALTER COLUMN {} DROP NOT NULL", self.reach, self.table, self.column)
    }
}
