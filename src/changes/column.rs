//! Columns.

use std::fmt;

use super::sequence::{identity_options, insert, position, split};
use super::tree::{Level, each_table};
use super::{ChangeKind, Inverse, Lock, Reach, property};
use crate::catalog::{
    Address, Catalog, CatalogError, Class, Column, Generated, Given, Relation, Sequence, Shared, next_value,
};
use crate::pg::{Ident, LockMode, Name, TypeName, function};
use crate::query::visit::{self, Node};
use crate::query::{Expr, ExprKind};
use crate::resolve::follow::{Followed, Renaming};
use crate::source::Span;
use crate::statement::relation::{ColumnConstraint, ColumnConstraintKind, ColumnDefinition, ConstraintAttributes};

/// `ALTER TABLE … ADD COLUMN`; its constraints are changes of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddColumn {
    /// The table.
    pub table: Name,
    /// The column.
    pub column: Box<Column>,
    /// The sequence that comes with it.
    pub sequence: Option<Box<Relation>>,
}

/// `ALTER TABLE … DROP COLUMN`, on which nothing depends any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropColumn {
    /// The table.
    pub table: Name,
    /// The column.
    pub column: Ident,
    /// Whether the columns of children that come only from this one go as well.
    pub reach: Reach,
}

/// `ALTER TABLE … RENAME COLUMN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenameColumn {
    /// The table.
    pub table: Name,
    /// The old name.
    pub from: Ident,
    /// The new name.
    pub to: Ident,
}

pub(super) fn find<'a>(catalog: &'a Catalog, table: &Name, column: &Ident) -> Result<&'a Column, Inverse> {
    let found = catalog.relation(table).and_then(|relation| relation.column(column));
    found.ok_or_else(|| Inverse::underivable(format!("column `{column}` of `{table}` was made outside the history")))
}

/// Returns a column with its type written as a new statement can write it.
pub(super) fn shown(column: &Column, catalog: &Catalog) -> Column {
    let mut shown = column.clone();
    shown.type_name = column.type_name.as_ref().map(|held| catalog.shown_type(held));
    shown
}

/// Returns the word for a serial type.
fn serial(column: &Column) -> Option<&'static str> {
    match Sequence::integer(column.type_name.as_ref()?)?.name.last().as_str() {
        "int2" => Some("smallserial"),
        "int4" => Some("serial"),
        _ => Some("bigserial"),
    }
}

/// Says whether `serial` makes a column and this sequence as they are, but for the sequence's name.
pub(super) fn is_serial(column: &Column, found: &Relation) -> bool {
    let (Some(sequence), Some(type_name)) = (&found.sequence, &column.type_name) else { return false };
    let by_default = Sequence { owned_by: sequence.owned_by.clone(), ..Sequence::new(type_name.clone()) };
    let taken = column.default.as_ref().map(ToString::to_string) == Some(next_value(&found.name).to_string());
    column.not_null && column.generated.is_none() && taken && serial(column).is_some() && **sequence == by_default
}

/// Returns the definition that makes a column as it is with a sequence that it owns, but for what constraints say.
pub(super) fn definition(table: &Name, column: &Column, sequence: Option<&Relation>) -> ColumnDefinition {
    let plain = |kind| ColumnConstraint {
        span: Span::default(),
        name: None,
        kind,
        attributes: ConstraintAttributes::default(),
    };
    let mut constraints = Vec::new();
    let mut type_name = column.type_name.clone();
    match &column.generated {
        Some(Generated::Identity(generated)) => {
            let sequence = sequence.map_or_else(Vec::new, |found| identity_options(table, column, found));
            constraints.push(plain(ColumnConstraintKind::Identity { generated: *generated, sequence }));
        }
        Some(Generated::Expression(value, storage)) => {
            constraints.push(plain(ColumnConstraintKind::Generated { value: (**value).clone(), storage: *storage }));
        }
        None => match sequence.and_then(|_| serial(column)) {
            Some(word) => type_name = Some(TypeName::named(Name::simple(Ident::exact(word), Span::default()))),
            None => constraints.extend(column.default.clone().map(|value| plain(ColumnConstraintKind::Default(value)))),
        },
    }
    if column.not_null {
        constraints.push(plain(ColumnConstraintKind::NotNull));
    }
    ColumnDefinition {
        span: Span::default(),
        name: column.name.clone(),
        type_name,
        storage: column.storage.clone(),
        compression: column.compression.clone(),
        options: column.options.clone(),
        collation: column.collation.clone(),
        constraints,
    }
}

impl ChangeKind for AddColumn {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let type_name = self.column.type_name.as_ref().map(|written| catalog.qualified_type(written));
        if let Some(sequence) = &self.sequence {
            insert(catalog, sequence)?;
        }
        each_table(catalog, &self.table, Given::LastColumn, |relation, level| {
            match (relation.column_mut(&self.column.name), level) {
                (Some(_), Level::Own) => {
                    return Err(CatalogError::DuplicateColumn(self.table.clone(), self.column.name.clone()));
                }
                // A child's own column of this name is merged with the parent's.
                (Some(own), Level::Below) => {
                    let differs = own.type_name.as_ref().zip(type_name.as_ref()).is_some_and(|(a, b)| !same_type(a, b));
                    if differs {
                        return Err(other_type(&self.table, &self.column.name));
                    }
                }
                (None, _) => {
                    let mut column = (*self.column).clone();
                    column.type_name = type_name.clone();
                    column.inherited = level == Level::Below;
                    relation.columns.push(column);
                }
            }
            Ok(())
        })
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        let (table, column) = (self.table.clone(), self.column.name.clone());
        Inverse::exact(DropColumn { table, column, reach: Reach::Tree })
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for AddColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = definition(&self.table, &self.column, self.sequence.as_deref());
        write!(f, "ALTER TABLE {} ADD COLUMN {made}", self.table)
    }
}

fn same_type(left: &TypeName, right: &TypeName) -> bool {
    left.to_string() == right.to_string()
}

/// Source: `ATExecAddColumn` of PostgreSQL 15.
fn other_type(table: &Name, column: &Ident) -> CatalogError {
    let message = format!("a child of `{table}` has different type for column `{column}`");
    CatalogError::Refused { sqlstate: "42804", message }
}

/// Takes a column out of a table, and out of its children where it comes from nowhere else.
fn take(catalog: &mut Catalog, table: &Name, column: &Ident, reach: Reach) -> Result<(), CatalogError> {
    let mut relation = catalog.existing_mut(table)?.only(Given::NoNames);
    let at = relation.columns.iter().position(|found| found.name == *column);
    let at = at.ok_or_else(|| CatalogError::UndefinedColumn(table.clone(), column.clone()))?;
    relation.columns.remove(at);
    drop(relation);
    for child in catalog.losing(table, column) {
        match reach {
            Reach::Tree => take(catalog, &child, column, reach)?,
            Reach::Only => {
                let mut relation = catalog.existing_mut(&child)?.only(Given::NoNames);
                relation.column_mut(column).into_iter().for_each(|found| found.inherited = false);
            }
        }
    }
    Ok(())
}

impl DropColumn {
    /// Makes the changes that bring the column back with its sequences, and says what does not come back.
    fn undo(&self, column: &Column, before: &Catalog) -> Inverse {
        let mut loses = match is_computed_again(column, before) {
            true => Vec::new(),
            false => vec![format!("the values of `{}` in `{}`", self.column, self.table)],
        };
        let Some(table) = before.relation(&self.table) else { return Inverse::Nothing };
        let mut split = split(table, |name| *name == self.column, before);
        loses.extend(split.implied.iter().chain(&split.loose).map(|found| position(&before.shown(&found.name))));
        // A column's definition makes one sequence.
        let implied = split.implied.pop().map(Box::new);
        let mut changes = split.creations(before);
        let address = Address::Column(table.name.clone(), self.column.clone());
        let mut bare = Column { shared: Shared::default(), ..shown(column, before) };
        property::strip_column(&mut bare);
        changes.push(AddColumn { table: self.table.clone(), column: Box::new(bare), sequence: implied }.into());
        changes.extend(split.ownerships(before));
        changes.extend(property::restore(before, &address));
        match loses.is_empty() {
            true => Inverse::Exact(changes),
            false => Inverse::structural(changes, loses),
        }
    }
}

/// Says whether a column's values follow from the others of its row: those of functions and operators that the history
/// makes are what they were when the row was written.
fn is_computed_again(column: &Column, before: &Catalog) -> bool {
    let Some(Generated::Expression(value, _)) = &column.generated else { return false };
    let mut is_plain = before.objects_of(Class::Operator).chain(before.objects_of(Class::Cast)).next().is_none();
    visit::expr(value, &mut |node| {
        if let Node::Expr(Expr { kind: ExprKind::Call(call), .. }) = node {
            is_plain &= function::may_be_builtin(call.name.last().as_str());
        }
    });
    is_plain
}

impl ChangeKind for DropColumn {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let table = catalog.existing(&self.table)?.name.clone();
        let owned = catalog.sequences_of(&table).into_iter().filter(|found| found.is_owned_by(&table, &self.column));
        let owned: Vec<Name> = owned.map(|found| found.name.clone()).collect();
        owned.iter().for_each(|sequence| drop(catalog.remove(sequence)));
        take(catalog, &table, &self.column, self.reach)
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        match find(before, &self.table, &self.column) {
            Ok(column) => self.undo(column, before),
            Err(unknown) => unknown,
        }
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for DropColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TABLE {}{} DROP COLUMN {}", self.reach, self.table, self.column)
    }
}

impl ChangeKind for RenameColumn {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let relation = catalog.existing(&self.table)?;
        if relation.is_known_table() && relation.column(&self.from).is_none() {
            return Err(CatalogError::UndefinedColumn(self.table.clone(), self.from.clone()));
        }
        if relation.column(&self.to).is_some() {
            return Err(CatalogError::DuplicateColumn(self.table.clone(), self.to.clone()));
        }
        let tables = std::iter::once(relation.name.clone()).chain(catalog.descendants(&self.table));
        let renamings = tables.map(|table| Renaming::Column(table, self.from.clone(), self.to.clone()));
        let followed: Vec<(Followed, Renaming)> =
            renamings.map(|renaming| (Followed::of(catalog, &renaming), renaming)).collect();
        let holders = catalog.references_to(&self.table);
        let holders: Vec<(Name, Ident)> =
            holders.iter().map(|(holder, found)| (holder.name.clone(), found.name.clone())).collect();
        for (holder, constraint) in holders {
            if let Some(found) = catalog.existing_mut(&holder)?.constraint_mut(&constraint) {
                found.rename_referenced(&self.from, &self.to);
            }
        }
        catalog.rename_owner(&self.table, &self.from, &self.to);
        each_table(catalog, &self.table, Given::Anything, |relation, _| {
            relation.rename_column(&self.from, &self.to);
            Ok(())
        })?;
        followed.into_iter().for_each(|(followed, renaming)| followed.write(catalog, &renaming));
        Ok(())
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        Inverse::exact(RenameColumn { table: self.table.clone(), from: self.to.clone(), to: self.from.clone() })
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for RenameColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TABLE {} RENAME COLUMN {} TO {}", self.table, self.from, self.to)
    }
}
