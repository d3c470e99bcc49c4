//! Partitions come and go.

use std::fmt;

use super::attach_index::validate;
use super::inherit::fits;
use super::{AddConstraint, Change, ChangeKind, DropConstraint, DropIndex, Inverse, Lock, Reach, constraint, part};
use crate::catalog::{Catalog, CatalogError, Constraint, ConstraintKind, Kind, Relation};
use crate::pg::{Ident, LockMode, Name};
use crate::statement::relation::{DetachMode, PartitionBound};

/// `ALTER TABLE … ATTACH PARTITION`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachPartition {
    /// The partitioned table.
    pub parent: Name,
    /// The table.
    pub partition: Name,
    /// Which rows it holds.
    pub bound: PartitionBound,
}

/// `ALTER TABLE … DETACH PARTITION`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetachPartition {
    /// The partitioned table.
    pub parent: Name,
    /// The partition.
    pub partition: Name,
    /// How it is detached.
    pub mode: DetachMode,
    /// The CHECK that stays when it was detached beside other work: which rows it held.
    pub left: Option<Box<Constraint>>,
}

impl ChangeKind for AttachPartition {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let parent = catalog.existing(&self.parent)?.clone();
        let mut child = catalog.existing(&self.partition)?.clone();
        self.check(&parent, &child, catalog)?;
        child.parents = vec![parent.name.clone()];
        child.bound = Some(self.bound.clone());
        for column in &mut child.columns {
            column.inherited = parent.column(&column.name).is_some();
        }
        if let Some(name) = part::clash(&parent, &child) {
            let message = format!("trigger `{name}` for relation `{}` already exists", self.partition);
            return Err(CatalogError::Refused { sqlstate: "42710", message });
        }
        adopt(&parent, &mut child, catalog);
        let name = child.name.clone();
        catalog.insert(child);
        adopt_below(catalog, &name)?;
        let partial: Vec<Ident> = parent.indexes.iter().map(|index| index.name.clone()).collect();
        partial.iter().try_for_each(|index| validate(catalog, &parent.name, index))?;
        part::hand_down(&self.partition, catalog)
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let (Some(parent), Some(child)) = (before.relation(&self.parent), before.relation(&self.partition)) else {
            return Inverse::underivable(format!("`{}` was made outside the history", self.partition));
        };
        // Rows of the partition that refer to each other through their parent would keep it there.
        let own: Vec<DropConstraint> = before
            .references_to(&parent.name)
            .into_iter()
            .filter(|(holder, _)| holder.name == parent.name)
            .map(|(_, found)| constraint::drop(&self.parent, found))
            .collect();
        let mut after = child.clone();
        adopt(parent, &mut after, before);
        let (table, partition) = (self.parent.clone(), self.partition.clone());
        let detach = DetachPartition { parent: table, partition, mode: DetachMode::Plain, left: None };
        let mut changes: Vec<Change> = own.iter().cloned().map(Change::from).collect();
        changes.push(detach.into());
        // What ATTACH made on the partition stays when it is detached.
        let is_gone = |made: &&Constraint| {
            own.iter()
                .any(|dropped| matches!(&made.kind, ConstraintKind::ForeignKey { .. }) && dropped.name == made.name)
        };
        let left = after.constraints.iter().filter(|made| child.constraint(&made.name).is_none());
        for made in left.filter(|made| !is_gone(made)) {
            changes.push(constraint::drop(&self.partition, made).into());
        }
        for made in after.indexes.iter().filter(|made| child.index(&made.name).is_none()) {
            changes.push(DropIndex::blocking(&self.partition, &made.name).into());
        }
        changes.extend(own.iter().flat_map(|dropped| dropped.invert(before).changes().to_vec()));
        Inverse::Exact(changes)
    }

    fn locks(&self) -> Vec<Lock> {
        vec![
            Lock::new(&self.parent, LockMode::ShareUpdateExclusive),
            Lock::new(&self.partition, LockMode::AccessExclusive),
        ]
    }
}

impl AttachPartition {
    /// Source: `ATExecAttachPartition` and `check_new_partition_bound` of PostgreSQL 15.
    fn check(&self, parent: &Relation, child: &Relation, catalog: &Catalog) -> Result<(), CatalogError> {
        let refused = |sqlstate, message: String| Err(CatalogError::Refused { sqlstate, message });
        if child.bound.is_some() {
            return refused("42809", format!("`{}` is already a partition", self.partition));
        }
        if !child.parents.is_empty() {
            return refused("42809", "cannot attach inheritance child as partition".to_owned());
        }
        if parent.kind == Kind::Table {
            return refused("42P17", format!("table `{}` is not partitioned", self.parent));
        }
        let known = parent.is_known_table() && child.is_known_table();
        let extra = child.columns.iter().find(|column| known && parent.column(&column.name).is_none());
        if let Some(extra) = extra {
            let (table, name) = (&self.partition, &extra.name);
            let message = format!("table `{table}` contains column `{name}` not found in parent `{}`", self.parent);
            return refused("42804", message);
        }
        if self.bound == PartitionBound::Default {
            let taken = catalog.children(&parent.name).find(|other| other.bound == Some(PartitionBound::Default));
            if let Some(other) = taken {
                let other = catalog.shown(&other.name);
                let message =
                    format!("partition `{}` conflicts with existing default partition `{other}`", self.partition);
                return refused("42P17", message);
            }
        }
        if known { fits(child, parent) } else { Ok(()) }
    }
}

/// Gives the partitions below one what it has from its parent now.
fn adopt_below(catalog: &mut Catalog, table: &Name) -> Result<(), CatalogError> {
    for child in catalog.descendants(table) {
        let mut below = catalog.existing(&child)?.clone();
        let Some(parent) = below.parents.first().and_then(|parent| catalog.relation(parent)).cloned() else { continue };
        adopt(&parent, &mut below, catalog);
        catalog.insert(below);
    }
    Ok(())
}

/// Gives a child what its parent passes on: everything to a partition, to other children only CHECK and NOT NULL.
pub(crate) fn pass_on(parent: &Relation, child: &mut Relation, catalog: &Catalog) {
    if child.bound.is_some() {
        return adopt(parent, child, catalog);
    }
    for wanted in parent.constraints.iter() {
        if constraint::is_passed_on(wanted, child) && child.constraint(&wanted.name).is_none() {
            let made = constraint::for_partition(wanted, child, catalog);
            child.constraints.push(made);
        }
    }
}

/// Gives a partition what its parent has: what matches is merged, the rest is made.
fn adopt(parent: &Relation, child: &mut Relation, catalog: &Catalog) {
    let triggers = parent.triggers.iter().filter(|(_, found)| part::is_cloned(parent, &found.definition));
    for (name, found) in triggers {
        let made = part::cloned(found, &child.name);
        child.triggers.entry(name.clone()).or_insert(made);
    }
    for wanted in &parent.constraints {
        let matching = child.constraints.iter_mut().find(|own| constraint::matches(own, wanted));
        match matching {
            Some(own) => own.inherited = true,
            None => {
                let made = constraint::for_partition(wanted, child, catalog);
                child.constraints.push(made);
            }
        }
    }
    for wanted in &parent.indexes {
        let matching = child.indexes.iter_mut().find(|own| super::index::matches(own, wanted));
        match matching {
            Some(own) => own.inherited = true,
            None => {
                let made = super::index::for_partition(wanted, child, catalog);
                child.indexes.push(made);
            }
        }
    }
}

impl fmt::Display for AttachPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TABLE {} ATTACH PARTITION {} {}", self.parent, self.partition, self.bound)
    }
}

impl ChangeKind for DetachPartition {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let parent = catalog.existing(&self.parent)?.name.clone();
        let mut child = catalog.existing_mut(&self.partition)?;
        if child.bound.is_none() || !child.parents.contains(&parent) {
            let message = format!("relation `{}` is not a partition of relation `{}`", self.partition, self.parent);
            return Err(CatalogError::Refused { sqlstate: "42P01", message });
        }
        child.parents.clear();
        child.bound = None;
        child.columns.iter_mut().for_each(|column| column.inherited = false);
        child.constraints.iter_mut().for_each(|constraint| constraint.inherited = false);
        child.indexes.iter_mut().for_each(|index| index.inherited = false);
        drop(child);
        part::abandon(&self.partition, catalog)?;
        match self.made() {
            Some(made) => made.apply(catalog),
            None => Ok(()),
        }
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let bound = before.relation(&self.partition).and_then(|child| child.bound.clone());
        match bound {
            Some(bound) => {
                let (parent, partition) = (self.parent.clone(), self.partition.clone());
                let back = AttachPartition { parent, partition, bound }.into();
                // While it is there, no row has to be read.
                let left = self.left.iter().map(|left| constraint::drop(&self.partition, left).into());
                let copies = part::copies_anew(&self.partition, before);
                Inverse::Exact(std::iter::once(back).chain(left).chain(copies).collect())
            }
            None => Inverse::underivable(format!("the bound of `{}` is not known", self.partition)),
        }
    }

    fn locks(&self) -> Vec<Lock> {
        let mode = match self.mode {
            DetachMode::Plain => LockMode::AccessExclusive,
            DetachMode::Concurrently | DetachMode::Finalize => LockMode::ShareUpdateExclusive,
        };
        vec![Lock::new(&self.parent, mode), Lock::new(&self.partition, LockMode::AccessExclusive)]
    }
}

impl DetachPartition {
    /// Returns the change that makes the CHECK which stays.
    fn made(&self) -> Option<AddConstraint> {
        let (table, constraint) = (self.partition.clone(), self.left.clone()?);
        Some(AddConstraint { table, constraint, index: None, reach: Reach::Tree })
    }
}

impl fmt::Display for DetachPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TABLE {} DETACH PARTITION {}{}", self.parent, self.partition, self.mode)
    }
}
