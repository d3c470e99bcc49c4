//! ENABLE and DISABLE of triggers and rules.

use std::fmt;

use super::{Property, SetProperty, Subject};
use crate::catalog::{Address, Catalog, CatalogError, Given};
use crate::changes::Change;
use crate::pg::{LockMode, Name};
use crate::statement::object::reference::Kind;
use crate::statement::relation::Firing;

pub(super) fn read(catalog: &Catalog, of: &Address) -> Option<Property> {
    let relation = catalog.relation(of.relation()?)?;
    let firing = match of {
        Address::Trigger(_, name) => relation.triggers.get(name)?.firing,
        Address::Rule(_, name) => relation.rules.get(name)?.firing,
        _ => return None,
    };
    Some(Property::Firing(firing))
}

/// Switches a trigger or rule, and a trigger's copies in partitions.
pub(super) fn write(catalog: &mut Catalog, of: &Address, firing: Firing) -> Result<(), CatalogError> {
    let missing = || CatalogError::Undefined(of.clone());
    let table = of.relation().ok_or_else(missing)?;
    let mut relation = catalog.existing_mut(table)?.only(Given::NoNames);
    match of {
        Address::Trigger(_, name) => relation.triggers.get_mut(name).ok_or_else(missing)?.firing = firing,
        Address::Rule(_, name) => relation.rules.get_mut(name).ok_or_else(missing)?.firing = firing,
        _ => return Err(missing()),
    }
    drop(relation);
    let Address::Trigger(_, name) = of else { return Ok(()) };
    for child in catalog.descendants(table) {
        let mut relation = catalog.existing_mut(&child)?;
        if let Some(copy) = relation.triggers.get_mut(name).filter(|found| found.inherited) {
            copy.firing = firing;
        }
    }
    Ok(())
}

/// Returns the copies of a trigger in partitions, with when they fire.
fn copies(before: &Catalog, set: &SetProperty) -> Vec<(Address, Firing)> {
    let (Property::Firing(_), Address::Trigger(table, name)) = (&set.property, &set.of) else { return Vec::new() };
    let below = before.descendants(table).into_iter();
    let copy = |child: Name| {
        let found = before.relation(&child)?.triggers.get(name).filter(|found| found.inherited)?.firing;
        Some((Address::Trigger(child, name.clone()), found))
    };
    below.filter_map(copy).collect()
}

/// Says whether copies of the trigger change, whatever becomes of the trigger itself.
pub(super) fn is_passed_on(before: &Catalog, set: &SetProperty) -> bool {
    copies(before, set).iter().any(|(_, firing)| Property::Firing(*firing) != set.property)
}

/// Makes the changes that switch the copies of a trigger as they were.
pub(super) fn copies_back(before: &Catalog, set: &SetProperty) -> Vec<Change> {
    let Some(own) = set.property.read(before, &set.of) else { return Vec::new() };
    let differing = copies(before, set).into_iter().filter(|(_, firing)| Property::Firing(*firing) != own);
    differing.map(|(of, firing)| SetProperty::new(before, of, Property::Firing(firing)).into()).collect()
}

/// Returns what a trigger or rule that is made anew has to be set to; `None` when it is so from the start.
pub(super) fn restored(before: &Catalog, of: &Address) -> Option<Property> {
    let Property::Firing(own) = read(before, of)? else { return None };
    let relation = before.relation(of.relation()?)?;
    let made = match of {
        Address::Trigger(_, name) if relation.triggers.get(name)?.inherited => {
            let parent = relation.parents.first().and_then(|parent| before.relation(parent));
            parent.and_then(|parent| parent.triggers.get(name)).map_or(Firing::Enable, |found| found.firing)
        }
        _ => Firing::Enable,
    };
    (own != made).then_some(Property::Firing(own))
}

pub(super) fn lock(of: &Address) -> Option<LockMode> {
    Some(if matches!(of, Address::Rule(..)) { LockMode::AccessExclusive } else { LockMode::ShareRowExclusive })
}

pub(super) fn sql(f: &mut fmt::Formatter<'_>, (of, subject): (&Address, &Subject), firing: Firing) -> fmt::Result {
    let word = if subject.kind == Kind::Rule { Kind::Rule } else { Kind::Trigger };
    let (Some(table), Address::Trigger(_, name) | Address::Rule(_, name)) = (&subject.relation, of) else {
        return Err(fmt::Error);
    };
    write!(f, "ALTER TABLE {table} {firing} {word} {name}")
}
