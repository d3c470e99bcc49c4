//! ENABLE TRIGGER ALL and DISABLE TRIGGER ALL: also the triggers that enforce foreign keys and keys that can be deferred.

use std::fmt;

use super::{Change, ChangeKind, Inverse, Lock, partitions};
use crate::catalog::{Address, Catalog, CatalogError};
use crate::changes::property::{Property, SetProperty};
use crate::pg::{Ident, LockMode, Name};
use crate::statement::relation::Firing;

/// `ALTER TABLE … ENABLE TRIGGER ALL` or `DISABLE TRIGGER ALL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAllTriggers {
    /// The table.
    pub table: Name,
    /// When they fire.
    pub firing: Firing,
}

impl ChangeKind for SetAllTriggers {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let mut relation = catalog.existing_mut(&self.table)?;
        relation.key_firing = self.firing;
        let names: Vec<Ident> = relation.triggers.keys().cloned().collect();
        relation.triggers.values_mut().for_each(|trigger| trigger.firing = self.firing);
        drop(relation);
        for partition in partitions(catalog, &self.table) {
            let mut relation = catalog.existing_mut(&partition)?;
            let copies = relation.triggers.iter_mut().filter(|(name, found)| found.inherited && names.contains(name));
            copies.for_each(|(_, found)| found.firing = self.firing);
        }
        Ok(())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let Some(relation) = before.relation(&self.table) else {
            return Inverse::underivable(format!("`{}` was made outside the history", self.table));
        };
        let was = relation.key_firing;
        let same = was == self.firing && relation.triggers.values().all(|found| found.firing == was);
        if same {
            return Inverse::Nothing;
        }
        let mut changes: Vec<Change> = vec![SetAllTriggers { table: self.table.clone(), firing: was }.into()];
        let others = relation.triggers.iter().filter(|(_, found)| found.firing != was);
        changes.extend(others.map(|(name, found)| {
            let address = Address::Trigger(relation.name.clone(), name.clone());
            SetProperty::new(before, address, Property::Firing(found.firing)).into()
        }));
        Inverse::Exact(changes)
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::ShareRowExclusive)]
    }
}

impl fmt::Display for SetAllTriggers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TABLE {} {} TRIGGER ALL", self.table, self.firing)
    }
}
