//! Values that another type cannot hold stay in a column beside it.

use std::fmt;

use super::column::{find, shown};
use super::column_type::remade;
use super::tree::{each_column, each_table};
use super::{ChangeKind, DropColumn, Inverse, Lock, Reach, property};
use crate::catalog::{Catalog, CatalogError, Column, Given};
use crate::pg::{Ident, LockMode, Name, TypeName};
use crate::query::{Expr, columns};
use crate::statement::print::Lead;

/// A new column gets the values of another one, and keeps them. It is computed first and becomes an ordinary column then:
/// no trigger fires, and no row is updated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeepValues {
    /// The table.
    pub table: Name,
    /// The column whose values are kept.
    pub column: Ident,
    /// The new column.
    pub kept: Ident,
    /// Its type.
    pub type_name: TypeName,
    /// Its collation.
    pub collation: Option<Name>,
}

/// `ALTER COLUMN … TYPE` of the old type, with the values that were kept where the new ones are what became of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreType {
    /// The table.
    pub table: Name,
    /// The column.
    pub column: Ident,
    /// Where its values were kept.
    pub kept: Ident,
    /// The type that it had.
    pub type_name: TypeName,
    /// The collation that it had.
    pub collation: Option<Name>,
    /// The type that it got.
    pub given: TypeName,
    /// What its new values were made from.
    pub using: Option<Expr>,
    /// What a value becomes that was written since; a cast when nobody says.
    pub fill: Option<Expr>,
}

/// `UPDATE` of the rows that were written while a column was out of sight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FillNulls {
    /// The table.
    pub table: Name,
    /// The column.
    pub column: Ident,
    /// The value; the column's default when nobody says.
    pub value: Option<Expr>,
}

impl ChangeKind for KeepValues {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let type_name = catalog.qualified_type(&self.type_name);
        let mut top = true;
        each_table(catalog, &self.table, Given::Anything, |relation, _| {
            if relation.column(&self.kept).is_some() {
                return Err(CatalogError::DuplicateColumn(self.table.clone(), self.kept.clone()));
            }
            let mut column = Column::new(self.kept.clone(), Some(type_name.clone()));
            column.collation.clone_from(&self.collation);
            column.inherited = !std::mem::take(&mut top);
            relation.columns.push(column);
            Ok(())
        })
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        Inverse::exact(DropColumn { table: self.table.clone(), column: self.kept.clone(), reach: Reach::Tree })
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

impl KeepValues {
    /// Returns the two statements that do it.
    pub(super) fn statements(&self) -> [String; 2] {
        let KeepValues { table, column, kept, type_name, collation } = self;
        let collation = Lead(" COLLATE ", collation);
        let add = format!("ALTER TABLE {table} ADD COLUMN {kept} {type_name}{collation}");
        [
            format!("{add} GENERATED ALWAYS AS ({column}) STORED"),
            format!("ALTER TABLE {table} ALTER COLUMN {kept} DROP EXPRESSION"),
        ]
    }
}

impl fmt::Display for KeepValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.statements().join(";\n"))
    }
}

impl RestoreType {
    /// Makes the change from the catalog in which the column still has its old type.
    pub(super) fn of(set: &super::SetType, kept: &Ident, before: &Catalog) -> Result<Self, Inverse> {
        let column = shown(find(before, &set.table, &set.column)?, before);
        let Some(type_name) = column.type_name else {
            return Err(Inverse::underivable(format!("the type of `{}` is not known", set.column)));
        };
        Ok(RestoreType {
            table: set.table.clone(),
            column: set.column.clone(),
            kept: kept.clone(),
            type_name,
            collation: column.collation,
            given: set.type_name.clone(),
            using: set.using.clone(),
            fill: set.fill.clone(),
        })
    }

    /// Writes what the new value was made from what is kept.
    fn made(&self) -> String {
        match &self.using {
            None => self.kept.to_string(),
            Some(using) => {
                let mut using = using.clone();
                columns::rename(&mut using, &self.column, &self.kept);
                format!("({using})")
            }
        }
    }
}

impl ChangeKind for RestoreType {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let type_name = catalog.qualified_type(&self.type_name);
        let before = find(catalog, &self.table, &self.column).ok().and_then(|column| column.collation.clone());
        each_column(catalog, (&self.table, &self.column, Reach::Tree), Given::Anything, |column| {
            column.type_name = Some(type_name.clone());
            column.collation.clone_from(&self.collation);
            (column.storage, column.compression) = (None, None);
        })?;
        remade(catalog, (&self.table, &self.column), [before.as_ref(), self.collation.as_ref()]);
        Ok(())
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        Inverse::underivable("what was kept is used once")
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for RestoreType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RestoreType { table, column, kept, type_name, given, .. } = self;
        write!(f, "ALTER TABLE {table} ALTER COLUMN {column} TYPE {type_name}{}", Lead(" COLLATE ", &self.collation))?;
        // Not every type has an equality, and not every pair of types a cast; all have a text.
        write!(f, " USING CASE WHEN {column}::text IS NOT DISTINCT FROM {}::{given}::text THEN {kept}", self.made())?;
        match &self.fill {
            Some(value) => write!(f, " ELSE ({value}) END"),
            None => write!(f, " ELSE {column}::text::{type_name} END"),
        }
    }
}

impl ChangeKind for FillNulls {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let relation = catalog.existing(&self.table)?;
        let missing = || CatalogError::UndefinedColumn(self.table.clone(), self.column.clone());
        relation.column(&self.column).map(|_| ()).ok_or_else(missing)
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        Inverse::underivable("the rows that it changes are not recorded")
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::RowExclusive)]
    }
}

impl fmt::Display for FillNulls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FillNulls { table, column, value } = self;
        let value = value.as_ref().map_or_else(|| "DEFAULT".to_owned(), |value| format!("({value})"));
        write!(f, "UPDATE {table} SET {column} = {value} WHERE {column} IS NULL")
    }
}

/// Makes the changes that give a column the storage that its type took away.
pub(super) fn stored(set: &super::SetType, before: &Catalog) -> Vec<super::Change> {
    property::stored(before, &set.table, &set.column)
}
