//! A constraint's attributes: when it is checked, whether it is enforced.

use std::fmt;

use super::tree::{Level, each_table};
use super::{ChangeKind, Inverse, Lock, constraint};
use crate::catalog::{Catalog, CatalogError, Constraint, Given};
use crate::pg::{Ident, LockMode, Name};
use crate::statement::relation::{ConstraintAttribute as Attribute, ConstraintAttributes};

/// `ALTER TABLE … ALTER CONSTRAINT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterConstraint {
    /// The table.
    pub table: Name,
    /// The constraint.
    pub name: Ident,
    /// The words that say what changes.
    pub change: ConstraintAttributes,
    /// The table that it refers to, of a foreign key.
    pub referenced: Option<Name>,
}

/// What the words of a statement leave of the attributes that were.
fn altered(old: &ConstraintAttributes, change: &ConstraintAttributes) -> ConstraintAttributes {
    let says = |attribute| change.has(attribute);
    let deferrability =
        [Attribute::Deferrable, Attribute::NotDeferrable, Attribute::InitiallyDeferred, Attribute::InitiallyImmediate];
    let mut kept = old.0.clone();
    if deferrability.into_iter().any(says) {
        kept.retain(|attribute| !deferrability.contains(attribute));
    }
    if says(Attribute::Enforced) || says(Attribute::NotEnforced) {
        // A constraint that is enforced again is checked.
        kept.retain(|attribute| !matches!(attribute, Attribute::NotEnforced | Attribute::NotValid));
    }
    ConstraintAttributes(kept.into_iter().chain(change.0.iter().copied()).collect()).normal()
}

/// The words that turn attributes into others.
fn difference(old: &ConstraintAttributes, new: &ConstraintAttributes) -> ConstraintAttributes {
    let mut words = Vec::new();
    let has = |attribute| (old.has(attribute), new.has(attribute));
    let differs = |(old, new): (bool, bool)| old != new;
    if differs(has(Attribute::Deferrable)) || differs(has(Attribute::InitiallyDeferred)) {
        let deferrable = if new.is_deferrable() { Attribute::Deferrable } else { Attribute::NotDeferrable };
        words.push(deferrable);
        if new.has(Attribute::InitiallyDeferred) {
            words.push(Attribute::InitiallyDeferred);
        }
    }
    if differs(has(Attribute::NotEnforced)) {
        let not = new.has(Attribute::NotEnforced);
        words.push(if not { Attribute::NotEnforced } else { Attribute::Enforced });
    }
    if differs(has(Attribute::NoInherit)) {
        words.push(Attribute::NoInherit);
    }
    ConstraintAttributes(words)
}

impl AlterConstraint {
    fn find<'a>(&self, catalog: &'a Catalog) -> Result<&'a Constraint, CatalogError> {
        let found = catalog.existing(&self.table)?.constraint(&self.name);
        found.ok_or_else(|| CatalogError::UndefinedObject(self.table.clone(), self.name.clone()))
    }
}

impl ChangeKind for AlterConstraint {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let wanted = self.find(catalog)?.clone();
        each_table(catalog, &self.table, Given::Anything, |relation, level| {
            let same = |own: &Constraint| match level {
                Level::Own => own.name == self.name,
                Level::Below => own.inherited && constraint::matches(own, &wanted),
            };
            for own in relation.constraints.iter_mut().filter(|own| same(own)) {
                own.definition.attributes = altered(&own.definition.attributes, &self.change);
                own.validated = !own.definition.attributes.skips_validation();
            }
            Ok(())
        })
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let Ok(found) = self.find(before) else {
            return Inverse::underivable(format!("constraint `{}` was made outside the history", self.name));
        };
        let old = &found.definition.attributes;
        let change = difference(&altered(old, &self.change), old);
        match change.0.is_empty() {
            true => Inverse::Nothing,
            false => Inverse::exact(AlterConstraint { change, ..self.clone() }),
        }
    }

    fn locks(&self) -> Vec<Lock> {
        let all = std::iter::once(&self.table).chain(&self.referenced);
        all.map(|name| Lock::new(name, LockMode::ShareRowExclusive)).collect()
    }
}

impl fmt::Display for AlterConstraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TABLE {} ALTER CONSTRAINT {}{}", self.table, self.name, self.change)
    }
}
