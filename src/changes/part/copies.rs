//! The triggers of partitions that are copies of their parents'.

use super::PartKind;
use crate::catalog::{Address, Catalog, CatalogError, Kind, Relation, Shared, Trigger};
use crate::changes::Change;
use crate::changes::property::restore;
use crate::pg::{Ident, Name};
use crate::statement::object::trigger::{CreateTrigger, TriggerLevel};

/// Says whether the partitions of a table get a trigger of their own.
pub(crate) fn is_cloned(relation: &Relation, trigger: &CreateTrigger) -> bool {
    relation.kind == Kind::Partitioned && trigger.level == TriggerLevel::Row
}

/// Returns the trigger that a partition gets from its parent's.
///
/// Source: `CloneRowTriggersToPartition` of PostgreSQL 15.
pub(crate) fn cloned(trigger: &Trigger, partition: &Name) -> Trigger {
    let mut made = trigger.clone();
    made.definition.relation = partition.clone();
    (made.inherited, made.shared) = (true, Shared::default());
    made
}

/// Returns the first trigger of a partition to be whose name its parent's triggers need.
pub(crate) fn clash<'a>(parent: &'a Relation, child: &Relation) -> Option<&'a Ident> {
    let cloned = parent.triggers.iter().filter(|(_, found)| is_cloned(parent, &found.definition));
    cloned.map(|(name, _)| name).find(|name| child.triggers.get(*name).is_some_and(|found| !found.inherited))
}

/// Returns the partitions that have their own of a table's trigger, the table left out.
pub(super) fn clones(catalog: &Catalog, table: &Name, kind: PartKind, name: &Ident) -> Vec<Name> {
    let own = catalog.relation(table).and_then(|relation| relation.triggers.get(name));
    let is_cloned = kind == PartKind::Trigger
        && own.is_some_and(|found| {
            catalog.relation(table).is_some_and(|relation| is_cloned(relation, &found.definition))
        });
    if is_cloned { partitions(catalog, table) } else { Vec::new() }
}

/// Returns the partitions below a table.
pub(super) fn partitions(catalog: &Catalog, table: &Name) -> Vec<Name> {
    let below = catalog.descendants(table);
    below.into_iter().filter(|name| catalog.relation(name).is_some_and(|found| found.bound.is_some())).collect()
}

/// Gives the partitions of a table that became a partition itself what it got.
pub(crate) fn hand_down(table: &Name, catalog: &mut Catalog) -> Result<(), CatalogError> {
    let relation = catalog.existing(table)?;
    let inherited =
        relation.triggers.values().filter(|found| found.inherited && is_cloned(relation, &found.definition));
    let inherited: Vec<Trigger> = inherited.cloned().collect();
    for partition in partitions(catalog, table) {
        let mut below = catalog.existing_mut(&partition)?;
        for trigger in &inherited {
            let made = cloned(trigger, &partition);
            below.triggers.entry(trigger.definition.name.clone()).or_insert(made);
        }
    }
    Ok(())
}

/// Takes the copies from a table that is a partition no longer, and from its own partitions.
pub(crate) fn abandon(table: &Name, catalog: &mut Catalog) -> Result<(), CatalogError> {
    let relation = catalog.existing(table)?;
    let inherited = relation.triggers.iter().filter(|(_, found)| found.inherited);
    let names: Vec<Ident> = inherited.map(|(name, _)| name.clone()).collect();
    let own = relation.name.clone();
    for table in std::iter::once(own.clone()).chain(partitions(catalog, &own)) {
        let mut relation = catalog.existing_mut(&table)?;
        relation.triggers.retain(|name, found| !(found.inherited && names.contains(name)));
    }
    Ok(())
}

/// Makes the changes that give the copies of a partition that comes back what is their own.
pub(crate) fn copies_anew(table: &Name, before: &Catalog) -> Vec<Change> {
    let Some(own) = before.resolve(table) else { return Vec::new() };
    let all = std::iter::once(own.clone()).chain(partitions(before, &own));
    let copies = |table: Name| {
        let relation = before.relation(&table);
        let found = relation.into_iter().flat_map(|found| &found.triggers).filter(|(_, trigger)| trigger.inherited);
        found.map(|(name, _)| Address::Trigger(table.clone(), name.clone())).collect::<Vec<_>>()
    };
    all.flat_map(copies).flat_map(|address| restore(before, &address)).collect()
}
