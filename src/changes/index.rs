//! Indexes that no constraint owns.

use std::fmt;

use super::{AttachIndex, Change, ChangeKind, Inverse, Lock, index_parts, property};
use crate::catalog::names::{Names, joined};
use crate::catalog::{Address, Catalog, CatalogError, Given, Index, Kind, Relation, Shared};
use crate::pg::{Ident, LockMode, Name};
use crate::query::Nulls;
use crate::source::Span;
use crate::statement::relation::IndexDirection;

/// How an index is built or dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexBuild {
    /// Under a lock that keeps writers out.
    Blocking,
    /// `CONCURRENTLY`.
    Concurrent,
}

/// `CREATE INDEX`, with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateIndex {
    /// The table.
    pub table: Name,
    /// The index.
    pub index: Index,
    /// How it is built.
    pub build: IndexBuild,
}

/// `DROP INDEX`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropIndex {
    /// The table.
    pub table: Name,
    /// The index.
    pub name: Ident,
    /// How it is dropped.
    pub build: IndexBuild,
}

/// `ALTER INDEX … RENAME TO`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenameIndex {
    /// The table.
    pub table: Name,
    /// The old name.
    pub from: Ident,
    /// The new name.
    pub to: Ident,
}

/// Says whether two indexes are the same but for name and table, order and storage: one may be a part of the other.
///
/// Source: `CompareIndexInfo` of PostgreSQL 15.
pub(super) fn matches(own: &Index, wanted: &Index) -> bool {
    let plain = |index: &Index| {
        let mut definition = (*index.definition).clone();
        (definition.name, definition.tablespace) = (None, None);
        definition.relation.name = Name::simple(Ident::exact("t"), Span::default());
        definition.relation.only = false;
        definition.parameters.clear();
        for element in &mut definition.elements {
            (element.direction, element.nulls) = (IndexDirection::Default, Nulls::default());
        }
        definition.to_string()
    };
    plain(own) == plain(wanted)
}

/// Makes a partition's part of its parent's index, under the name that PostgreSQL gives it.
pub(crate) fn for_partition(wanted: &Index, partition: &Relation, catalog: &Catalog) -> Index {
    let mut names = Names::beside(catalog, &partition.name);
    names.take_relation(partition.name.last());
    partition.indexes.iter().for_each(|own| names.take_relation(&own.name));
    partition.constraints.iter().filter(|own| own.kind.has_index()).for_each(|own| names.take_relation(&own.name));
    let name = names.relation(partition.name.last(), Some(&joined(&wanted.labels())), "idx");
    let mut made = wanted.clone();
    made.inherited = true;
    made.shared = Shared::default();
    made.statistics.clear();
    made.definition.relation.only = false;
    made.set_name(&name);
    made.definition.relation.name = catalog.shown(&partition.name);
    made
}

/// Returns the name of an index as a statement that is not about its table gives it.
pub(super) fn qualified(table: &Name, index: &Ident) -> Name {
    let mut parts = table.parts.clone();
    parts.pop();
    parts.push(index.clone());
    Name { parts, span: table.span }
}

impl CreateIndex {
    /// Returns the indexes of partitions that become parts of it.
    fn taken<'a>(&self, before: &'a Catalog) -> Vec<(&'a Relation, &'a Index)> {
        let is_partitioned = before.relation(&self.table).is_some_and(|table| table.kind == Kind::Partitioned);
        if !is_partitioned || self.index.definition.relation.only {
            return Vec::new();
        }
        let below = before.descendants(&self.table);
        let own = below.iter().filter_map(|child| {
            let child = before.relation(child)?;
            let own = child.indexes.iter().find(|own| !own.inherited && matches(own, &self.index))?;
            Some((child, own))
        });
        own.collect()
    }
}

impl CreateIndex {
    /// Gives the partitions of a table their parts of it; an index that one has already becomes its part, with its own parts.
    pub(super) fn pass_on(&self, catalog: &mut Catalog, table: &Name) -> Result<(), CatalogError> {
        let table = catalog.existing(table)?.name.clone();
        let children: Vec<Name> = catalog.children(&table).map(|child| child.name.clone()).collect();
        for child in children {
            let made = for_partition(&self.index, catalog.existing(&child)?, catalog);
            let mut relation = catalog.existing_mut(&child)?.only(Given::LastIndex);
            match relation.indexes.iter_mut().find(|own| !own.inherited && matches(own, &self.index)) {
                Some(own) => {
                    own.inherited = true;
                    continue;
                }
                None => relation.indexes.push(made),
            }
            drop(relation);
            self.pass_on(catalog, &child)?;
        }
        Ok(())
    }
}

impl ChangeKind for CreateIndex {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let table = catalog.existing(&self.table)?;
        let only = self.index.definition.relation.only;
        let is_partitioned = table.kind == Kind::Partitioned && !only;
        let schema = table.name.schema().cloned().unwrap_or_else(|| Ident::exact("public"));
        if catalog.has_relation_name(&schema, &self.index.name) {
            return Err(CatalogError::DuplicateTable(qualified(&self.table, &self.index.name)));
        }
        table.demand_columns(&self.index.columns())?;
        let mut made = self.index.clone();
        // An index of the parent alone is valid only where there is nobody else to have a part of it.
        made.definition.relation.only &=
            table.kind == Kind::Partitioned && catalog.children(&table.name).next().is_some();
        made.past.age = table.next_age();
        catalog.existing_mut(&self.table)?.only(Given::LastIndex).indexes.push(made);
        if is_partitioned { self.pass_on(catalog, &self.table) } else { Ok(()) }
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let (table, name, build) = (self.table.clone(), self.index.name.clone(), self.build);
        let dropped: Change = DropIndex { table, name, build }.into();
        // What partitions have already becomes a part of it, and goes with it.
        let taken = self.taken(before);
        let again = taken.iter().flat_map(|(child, own)| AttachIndex::again(before, child, own));
        Inverse::Exact(std::iter::once(dropped).chain(again).collect())
    }

    fn locks(&self) -> Vec<Lock> {
        let mode = match self.build {
            IndexBuild::Blocking => LockMode::Share,
            IndexBuild::Concurrent => LockMode::ShareUpdateExclusive,
        };
        vec![Lock::new(&self.table, mode)]
    }
}

impl fmt::Display for CreateIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut definition = (*self.index.definition).clone();
        definition.concurrently = self.build == IndexBuild::Concurrent;
        definition.relation.name = self.table.clone();
        write!(f, "{definition}")
    }
}

impl DropIndex {
    /// Makes the change that drops an index under a lock.
    pub(crate) fn blocking(table: &Name, name: &Ident) -> Self {
        DropIndex { table: table.clone(), name: name.clone(), build: IndexBuild::Blocking }
    }
}

impl DropIndex {
    fn take_from(&self, table: &mut Relation) -> Result<Index, CatalogError> {
        match table.indexes.iter().position(|index| index.name == self.name) {
            Some(at) => {
                table.drop_mark(&self.name);
                Ok(table.indexes.remove(at))
            }
            None => Err(CatalogError::UndefinedObject(self.table.clone(), self.name.clone())),
        }
    }
}

/// Takes a partition's part of an index, with what it was marked for.
pub(super) fn take_part(relation: &mut Relation, whole: &Index) {
    let is_part = |index: &Index| index.inherited && matches(index, whole);
    let taken: Vec<Ident> =
        relation.indexes.iter().filter(|index| is_part(index)).map(|index| index.name.clone()).collect();
    taken.iter().for_each(|name| relation.drop_mark(name));
    relation.indexes.retain(|index| !is_part(index));
}

impl ChangeKind for DropIndex {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let dropped = self.take_from(&mut catalog.existing_mut(&self.table)?.only(Given::NoNames))?;
        for child in catalog.descendants(&self.table) {
            take_part(&mut catalog.existing_mut(&child)?.only(Given::NoNames), &dropped);
        }
        Ok(())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let found = before.relation(&self.table).and_then(|relation| relation.index(&self.name));
        match found {
            Some(index) => {
                let bare = Index { shared: Shared::default(), ..index.clone() };
                let made = CreateIndex { table: self.table.clone(), index: bare, build: self.build };
                let mut changes = index_parts::of_index(before, &self.table, index, &made);
                changes.push(made.into());
                if let Some(table) = before.resolve(&self.table) {
                    changes.extend(property::restore(before, &Address::Index(table, self.name.clone())));
                }
                Inverse::Exact(changes)
            }
            None => Inverse::underivable(format!("index `{}` was made outside the history", self.name)),
        }
    }

    fn locks(&self) -> Vec<Lock> {
        let mode = match self.build {
            IndexBuild::Blocking => LockMode::AccessExclusive,
            IndexBuild::Concurrent => LockMode::ShareUpdateExclusive,
        };
        vec![Lock::new(&self.table, mode)]
    }
}

impl fmt::Display for DropIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let concurrently = if self.build == IndexBuild::Concurrent { "CONCURRENTLY " } else { "" };
        write!(f, "DROP INDEX {concurrently}{}", qualified(&self.table, &self.name))
    }
}

impl ChangeKind for RenameIndex {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let table = catalog.existing(&self.table)?;
        let schema = table.name.schema().cloned().unwrap_or_else(|| Ident::exact("public"));
        if catalog.has_relation_name(&schema, &self.to) {
            return Err(CatalogError::DuplicateTable(qualified(&self.table, &self.to)));
        }
        let mut relation = catalog.existing_mut(&self.table)?;
        relation.rename_mark(&self.from, &self.to);
        if let Some(index) = relation.indexes.iter_mut().find(|index| index.name == self.from) {
            index.set_name(&self.to);
            return Ok(());
        }
        // The index of a constraint: the constraint goes by its name.
        match relation.constraint_mut(&self.from) {
            Some(constraint) => constraint.set_name(&self.to),
            None => return Err(CatalogError::UndefinedObject(self.table.clone(), self.from.clone())),
        }
        Ok(())
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        Inverse::exact(RenameIndex { table: self.table.clone(), from: self.to.clone(), to: self.from.clone() })
    }

    fn locks(&self) -> Vec<Lock> {
        Vec::new()
    }
}

impl fmt::Display for RenameIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER INDEX {} RENAME TO {}", qualified(&self.table, &self.from), self.to)
    }
}
