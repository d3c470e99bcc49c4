//! Indexes of partitions become parts of their parent's.

use std::fmt;

use super::{Change, ChangeKind, CreateIndex, DropIndex, IndexBuild, Inverse, Lock, index, property};
use crate::catalog::{Address, Catalog, CatalogError, Index, Relation, Shared};
use crate::pg::{Ident, LockMode, Name};

/// `ALTER INDEX … ATTACH PARTITION`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachIndex {
    /// The partitioned table.
    pub table: Name,
    /// Its index.
    pub name: Ident,
    /// The partition.
    pub partition: Name,
    /// Its index.
    pub part: Ident,
}

/// Lets a partitioned table's index be valid once every partition has its part of it.
pub(super) fn validate(catalog: &mut Catalog, table: &Name, name: &Ident) -> Result<(), CatalogError> {
    let relation = catalog.existing(table)?;
    let Some(own) = relation.index(name).filter(|own| own.definition.relation.only) else { return Ok(()) };
    let has_part = |child: &Relation| {
        let part = child.indexes.iter().find(|part| part.inherited && index::matches(part, own));
        part.is_some_and(|part| !part.definition.relation.only)
    };
    if !catalog.children(&relation.name).all(has_part) {
        return Ok(());
    }
    // It may be the last part that the index above it waits for.
    let above = relation.parents.first().filter(|_| own.inherited).and_then(|above| catalog.relation(above));
    let waiting = above.and_then(|above| Some((above.name.clone(), matching(above, own)?.name.clone())));
    let mut relation = catalog.existing_mut(table)?;
    relation.index_mut(name).into_iter().for_each(|own| own.definition.relation.only = false);
    drop(relation);
    waiting.map_or(Ok(()), |(table, name)| validate(catalog, &table, &name))
}

fn matching<'a>(above: &'a Relation, part: &Index) -> Option<&'a Index> {
    above.indexes.iter().find(|own| index::matches(part, own))
}

impl AttachIndex {
    /// Attaches the index of a constraint with its constraint.
    fn attach_key(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let missing = |table: &Name, name: &Ident| CatalogError::UndefinedObject(table.clone(), name.clone());
        catalog.existing(&self.table)?.constraint(&self.name).ok_or_else(|| missing(&self.table, &self.name))?;
        let mut child = catalog.existing_mut(&self.partition)?;
        let part = child.constraint_mut(&self.part).ok_or_else(|| missing(&self.partition, &self.part))?;
        part.inherited = true;
        Ok(())
    }

    /// Returns the index and those that are its parts already.
    fn parts<'a>(&self, catalog: &'a Catalog) -> Option<(&'a Index, Vec<(&'a Relation, &'a Index)>)> {
        let relation = catalog.relation(&self.table)?;
        let own = relation.index(&self.name)?;
        let part = |child: &'a Relation| {
            let part = child.indexes.iter().find(|part| part.inherited && index::matches(part, own))?;
            Some((child, part))
        };
        Some((own, catalog.children(&relation.name).filter_map(part).collect()))
    }

    /// Makes an index again, and gives it back what its definition does not say.
    pub(super) fn again(before: &Catalog, table: &Relation, index: &Index) -> Vec<Change> {
        let index_name = index.name.clone();
        let bare = Index { inherited: false, shared: Shared::default(), ..index.clone() };
        let made = CreateIndex { table: before.shown(&table.name), index: bare, build: IndexBuild::Blocking };
        let restored = property::restore(before, &Address::Index(table.name.clone(), index_name));
        std::iter::once(made.into()).chain(restored).collect()
    }
}

impl ChangeKind for AttachIndex {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let Some(own) = catalog.existing(&self.table)?.index(&self.name).cloned() else {
            return self.attach_key(catalog);
        };
        let mut child = catalog.existing_mut(&self.partition)?;
        let missing = || CatalogError::UndefinedObject(self.partition.clone(), self.part.clone());
        let part = child.index_mut(&self.part).ok_or_else(missing)?;
        if !index::matches(part, &own) {
            let message = format!("cannot attach index `{}` as a partition of index `{}`", self.part, self.name);
            return Err(CatalogError::Refused { sqlstate: "42P17", message });
        }
        part.inherited = true;
        drop(child);
        validate(catalog, &self.table, &self.name)
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let child = before.relation(&self.partition);
        let part = child.and_then(|child| child.index(&self.part));
        let (Some(child), Some(part)) = (child, part) else {
            return Inverse::underivable(format!("the index of a constraint cannot leave that of `{}`", self.table));
        };
        if part.inherited {
            return Inverse::Nothing;
        }
        let (Some((own, parts)), Some(table)) = (self.parts(before), before.relation(&self.table)) else {
            return Inverse::underivable(format!("index `{}` was made outside the history", self.name));
        };
        // No index is ever detached, so all of them are built again.
        let mut changes: Vec<Change> = vec![DropIndex::blocking(&self.table, &self.name).into()];
        changes.extend(Self::again(before, child, part));
        parts.iter().for_each(|(child, part)| changes.extend(Self::again(before, child, part)));
        changes.extend(Self::again(before, table, own));
        changes.extend(parts.iter().map(|(child, part)| {
            let (partition, part) = (before.shown(&child.name), part.name.clone());
            AttachIndex { partition, part, ..self.clone() }.into()
        }));
        Inverse::Exact(changes)
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessShare), Lock::new(&self.partition, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for AttachIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, part) = (index::qualified(&self.table, &self.name), index::qualified(&self.partition, &self.part));
        write!(f, "ALTER INDEX {name} ATTACH PARTITION {part}")
    }
}
