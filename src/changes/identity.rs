//! Identity columns, and who owns a sequence.

use std::fmt;

use super::sequence::{identity_options, insert};
use super::{ChangeKind, Inverse, Lock, RestorePosition, property};
use crate::catalog::{Address, Catalog, CatalogError, Column, Generated, Relation};
use crate::pg::{Ident, LockMode, Name};
use crate::statement::print::InParens;
use crate::statement::relation::GeneratedWhen;

/// `ALTER COLUMN … ADD GENERATED … AS IDENTITY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddIdentity {
    /// The table.
    pub table: Name,
    /// The column, as it is with its identity.
    pub column: Box<Column>,
    /// Its sequence.
    pub sequence: Box<Relation>,
}

/// `ALTER COLUMN … DROP IDENTITY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropIdentity {
    /// The table.
    pub table: Name,
    /// The column.
    pub column: Ident,
}

/// `ALTER COLUMN … SET GENERATED`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetIdentity {
    /// The table.
    pub table: Name,
    /// The column.
    pub column: Ident,
    /// When it takes a value from its sequence.
    pub when: GeneratedWhen,
}

/// `ALTER SEQUENCE … OWNED BY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnSequence {
    /// The sequence.
    pub sequence: Name,
    /// The column that it goes with.
    pub owned_by: Option<(Name, Ident)>,
}

/// Finds the column and when it takes a value from its sequence.
fn find<'a>(catalog: &'a Catalog, table: &Name, column: &Ident) -> Option<(&'a Column, GeneratedWhen)> {
    let found = catalog.relation(table)?.column(column)?;
    match &found.generated {
        Some(Generated::Identity(when)) => Some((found, *when)),
        _ => None,
    }
}

/// Sets how a column is generated.
fn generate(
    catalog: &mut Catalog,
    (table, column): (&Name, &Ident),
    to: Option<Generated>,
) -> Result<(), CatalogError> {
    let mut relation = catalog.existing_mut(table)?;
    let missing = || CatalogError::UndefinedColumn(table.clone(), column.clone());
    relation.column_mut(column).ok_or_else(missing)?.generated = to;
    Ok(())
}

fn alter_column(f: &mut fmt::Formatter<'_>, table: &Name, column: &Ident) -> fmt::Result {
    write!(f, "ALTER TABLE {table} ALTER COLUMN {column} ")
}

impl ChangeKind for AddIdentity {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        insert(catalog, &self.sequence)?;
        generate(catalog, (&self.table, &self.column.name), self.column.generated.clone())
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        Inverse::exact(DropIdentity { table: self.table.clone(), column: self.column.name.clone() })
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for AddIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        alter_column(f, &self.table, &self.column.name)?;
        if let Some(Generated::Identity(when)) = &self.column.generated {
            write!(f, "ADD GENERATED {when} AS IDENTITY")?;
        }
        write!(f, "{}", Options(&identity_options(&self.table, &self.column, &self.sequence)))
    }
}

/// The options of a sequence in parentheses, without commas.
pub(super) struct Options<'a>(pub(super) &'a [crate::statement::relation::SequenceOption]);

impl fmt::Display for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        let joined: Vec<String> = if words.is_empty() { Vec::new() } else { vec![words.join(" ")] };
        write!(f, "{}", InParens(" ", &joined))
    }
}

impl ChangeKind for DropIdentity {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let sequence = catalog.identity_sequence(&self.table, &self.column).map(|found| found.name.clone());
        generate(catalog, (&self.table, &self.column), None)?;
        sequence.iter().for_each(|name| drop(catalog.remove(name)));
        Ok(())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let sequence = before.identity_sequence(&self.table, &self.column);
        let (Some((column, _)), Some(sequence)) = (find(before, &self.table, &self.column), sequence) else {
            return Inverse::underivable(format!("the identity of `{}` was made outside the history", self.column));
        };
        let (restore, record) = RestorePosition::of(&before.shown(&sequence.name), sequence);
        let made = Box::new(property::bare(sequence));
        let back = AddIdentity { table: self.table.clone(), column: Box::new(column.clone()), sequence: made };
        let properties = property::restore(before, &Address::Relation(sequence.name.clone()));
        let changes = [vec![back.into()], properties, vec![restore.into()]].concat();
        Inverse::Captured { changes, data: vec![record] }
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for DropIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        alter_column(f, &self.table, &self.column)?;
        f.write_str("DROP IDENTITY")
    }
}

impl ChangeKind for SetIdentity {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        generate(catalog, (&self.table, &self.column), Some(Generated::Identity(self.when)))
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        match find(before, &self.table, &self.column) {
            Some((_, when)) if when == self.when => Inverse::Nothing,
            Some((_, when)) => Inverse::exact(SetIdentity { when, ..self.clone() }),
            None => Inverse::underivable(format!("the identity of `{}` was made outside the history", self.column)),
        }
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for SetIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        alter_column(f, &self.table, &self.column)?;
        write!(f, "SET GENERATED {}", self.when)
    }
}

impl ChangeKind for OwnSequence {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        super::sequence::existing(catalog, &self.sequence)?;
        let owner = match &self.owned_by {
            Some((table, column)) => Some((catalog.existing(table)?.name.clone(), column.clone())),
            None => None,
        };
        let mut relation = catalog.existing_mut(&self.sequence)?;
        relation.sequence.iter_mut().for_each(|sequence| sequence.owned_by = owner.clone());
        Ok(())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let Ok(old) = super::sequence::existing(before, &self.sequence) else {
            return Inverse::underivable(format!("`{}` was made outside the history", self.sequence));
        };
        let owned_by = old.owned_by.as_ref().map(|(table, column)| (before.shown(table), column.clone()));
        if owned_by == self.owned_by {
            return Inverse::Nothing;
        }
        Inverse::exact(OwnSequence { sequence: self.sequence.clone(), owned_by })
    }

    fn locks(&self) -> Vec<Lock> {
        let table = self.owned_by.iter().map(|(table, _)| Lock::new(table, LockMode::AccessShare));
        std::iter::once(Lock::new(&self.sequence, LockMode::ShareRowExclusive)).chain(table).collect()
    }
}

impl fmt::Display for OwnSequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER SEQUENCE {} OWNED BY ", self.sequence)?;
        match &self.owned_by {
            Some((table, column)) => write!(f, "{table}.{column}"),
            None => f.write_str("NONE"),
        }
    }
}
