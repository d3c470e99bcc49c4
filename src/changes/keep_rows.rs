//! Rows that TRUNCATE takes away stay in a table beside.

use std::fmt;

use super::{Change, ChangeKind, DropRelation, Inverse, Lock, Property, Record, RestorePosition, SetProperty};
use crate::catalog::{Address, Catalog, CatalogError, Column, Generated, Kind, Relation};
use crate::pg::{Ident, LockMode, Name};
use crate::statement::object::trigger::TriggerEvent;
use crate::statement::print::{Comma, When};
use crate::statement::relation::Firing;
use crate::statement::words::Behavior;

/// `CREATE TABLE … AS` of a table's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeepRows {
    /// The table.
    pub table: Name,
    /// Where its rows are kept.
    pub kept: Name,
    /// The columns that are kept: those that can be written.
    pub columns: Vec<Ident>,
    /// Whether the rows of tables below it count as its own, as those of partitions do.
    pub is_partitioned: bool,
}

/// `INSERT` of the rows that were kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreRows {
    /// The table.
    pub table: Name,
    /// Where its rows were kept.
    pub kept: Name,
    /// The columns.
    pub columns: Vec<Ident>,
}

/// `TRUNCATE` of tables whose rows are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TruncateTables {
    /// The tables, those that CASCADE reaches included.
    pub tables: Vec<Name>,
    /// The sequences that start again.
    pub restarted: Vec<Name>,
}

impl KeepRows {
    /// Keeps the rows of a table under a name.
    pub(crate) fn of(relation: &Relation, kept: Name, catalog: &Catalog) -> Self {
        let computed = |column: &&Column| matches!(column.generated, Some(Generated::Expression(..)));
        let written = relation.columns.iter().filter(|column| !computed(column));
        KeepRows {
            table: catalog.shown(&relation.name),
            kept,
            columns: written.map(|column| column.name.clone()).collect(),
            is_partitioned: relation.kind == Kind::Partitioned,
        }
    }
}

/// Returns the changes that keep triggers from rows that come back, and those that let them fire as before.
fn quiet(before: &Catalog, table: &Name) -> (Vec<Change>, Vec<Change>) {
    let Some(relation) = before.relation(table) else { return (Vec::new(), Vec::new()) };
    let (mut off, mut on) = (Vec::new(), Vec::new());
    for (name, trigger) in &relation.triggers {
        let inserts = trigger.definition.events.iter().any(|event| matches!(event, TriggerEvent::Insert));
        if !inserts || trigger.firing == Firing::Disable {
            continue;
        }
        let of = Address::Trigger(relation.name.clone(), name.clone());
        let set = SetProperty::new(before, of, Property::Firing(Firing::Disable));
        on.extend(set.invert(before).changes().to_vec());
        off.push(set.into());
    }
    (off, on)
}

/// Names what triggers do when a table is truncated: nothing records it.
fn fired(before: &Catalog, tables: &[Name]) -> Vec<String> {
    let fires = |table: &&Name| {
        let triggers = before.relation(table).into_iter().flat_map(|found| found.triggers.values());
        triggers.into_iter().any(|trigger| {
            let truncates = trigger.definition.events.iter().any(|event| matches!(event, TriggerEvent::Truncate));
            truncates && trigger.firing != Firing::Disable
        })
    };
    tables.iter().filter(fires).map(|table| format!("what the triggers of `{table}` on TRUNCATE change")).collect()
}

impl ChangeKind for KeepRows {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let found = catalog.existing(&self.table)?;
        let typed = |name: &Ident| {
            let type_name = found.column(name).and_then(|column| column.type_name.clone());
            Column::new(name.clone(), type_name)
        };
        let mut relation = Relation::new(self.kept.clone(), Kind::Table, found.origin);
        relation.columns = self.columns.iter().map(typed).collect();
        if catalog.relation(&self.kept).is_some() {
            return Err(CatalogError::DuplicateTable(self.kept.clone()));
        }
        catalog.insert(relation);
        Ok(())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let restore = RestoreRows { table: self.table.clone(), kept: self.kept.clone(), columns: self.columns.clone() };
        let drop = DropRelation {
            relation: self.kept.clone(),
            kind: Kind::Table,
            referenced: Vec::new(),
            rows: super::Dropped::Lost,
        };
        let (off, on) = quiet(before, &self.table);
        let inverse = Inverse::Exact(off.into_iter().chain([restore.into()]).chain(on).chain([drop.into()]).collect());
        match before.relation(&self.table) {
            Some(relation) if !relation.rules.is_empty() => {
                inverse.losing(vec![format!("rows of `{}`, of which its rules make something else", self.table)])
            }
            _ => inverse,
        }
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for KeepRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let only = When(!self.is_partitioned, "ONLY ");
        write!(f, "CREATE TABLE {} AS SELECT {} FROM {only}{}", self.kept, Comma(&self.columns), self.table)
    }
}

impl ChangeKind for RestoreRows {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        catalog.existing(&self.table)?;
        catalog.existing(&self.kept).map(|_| ())
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        Inverse::underivable("the rows that it changes are not recorded")
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::RowExclusive)]
    }
}

impl fmt::Display for RestoreRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (columns, kept) = (Comma(&self.columns), &self.kept);
        write!(f, "INSERT INTO {} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {kept}", self.table)
    }
}

impl ChangeKind for TruncateTables {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        self.tables.iter().try_for_each(|table| catalog.existing(table).map(|_| ()))
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let (mut changes, mut data): (Vec<super::Change>, Vec<Record>) = (Vec::new(), Vec::new());
        for sequence in &self.restarted {
            let Some(held) = before.relation(sequence) else { continue };
            let (restore, record) = RestorePosition::of(sequence, held);
            changes.push(restore.into());
            data.push(record);
        }
        let inverse = if data.is_empty() { Inverse::Nothing } else { Inverse::Captured { changes, data } };
        match fired(before, &self.tables) {
            lost if lost.is_empty() => inverse,
            lost => inverse.losing(lost),
        }
    }

    fn locks(&self) -> Vec<Lock> {
        self.tables.iter().map(|table| Lock::new(table, LockMode::AccessExclusive)).collect()
    }
}

impl fmt::Display for TruncateTables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let restart = When(!self.restarted.is_empty(), " RESTART IDENTITY");
        // Every table that CASCADE reaches is named, so that what nobody saw stops it.
        write!(f, "TRUNCATE TABLE {}{restart}{}", Comma(&self.tables), Behavior::Restrict)
    }
}
