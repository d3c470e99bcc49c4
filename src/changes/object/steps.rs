//! From one definition to another, one statement at a time.

use super::AlterObject;
use super::difference::is_none;
use crate::catalog::{Address, Catalog, Composite, Definition, Domain, DomainCheck, Object, Shared};
use crate::changes::{Change, property};
use crate::statement::object::trigger::Firing;

/// Returns the part of a definition that CREATE can say.
pub(super) fn bare(definition: &Definition) -> Definition {
    match definition {
        Definition::Domain(domain) => {
            let mut bare = domain.clone();
            bare.constraints.retain(|_, check| check.validated);
            bare.constraints.values_mut().for_each(|check| check.shared = Shared::default());
            Definition::Domain(bare)
        }
        Definition::Composite(composite) => Definition::Composite(Composite::new(composite.attributes.clone())),
        Definition::EventTrigger(statement, _) => Definition::EventTrigger(statement.clone(), Firing::Enable),
        Definition::Extended(statement, _) => Definition::Extended(statement.clone(), Vec::new()),
        other => other.clone(),
    }
}

/// Returns the changes that give an object another definition.
pub(crate) fn between(object: &Object, to: &Definition, catalog: &Catalog) -> Vec<Change> {
    let mut at = object.clone();
    let mut changes = Vec::new();
    for next in path(&object.definition, to) {
        if !is_none(&at.definition, &next) {
            changes.push(AlterObject::of(&at, next.clone(), catalog).into());
            at.definition = next;
        }
    }
    changes.extend(again(object, &at, catalog));
    changes
}

/// Returns the changes that bring attributes of a composite type back in their places: those behind them go and come again.
pub(crate) fn in_order(object: &Object, (from, to): (&Composite, &Composite), catalog: &Catalog) -> Vec<Change> {
    let same = |at: usize| from.attributes.get(at).map(|found| &found.name) == Some(&to.attributes[at].name);
    let first = (0..to.attributes.len()).find(|at| !same(*at)).unwrap_or(to.attributes.len());
    let (mut at, mut held, mut changes) = (object.clone(), from.clone(), Vec::new());
    let mut step = |held: &Composite, changes: &mut Vec<Change>| {
        let next = Definition::Composite(held.clone());
        changes.push(AlterObject::of(&at, next.clone(), catalog).into());
        at.definition = next;
    };
    for wanted in &to.attributes[first..] {
        if held.has(&wanted.name) {
            held.retain(|attribute| attribute.name != wanted.name);
            step(&held, &mut changes);
        }
        held.attributes.push(wanted.clone());
        step(&held, &mut changes);
    }
    let made = to.attributes[first..].iter().filter(|attribute| to.shared.contains_key(&attribute.name));
    let addresses = made.map(|attribute| Address::Attribute(object.id.name.clone(), attribute.name.clone()));
    changes.extend(addresses.flat_map(|address| property::restore(catalog, &address)));
    changes
}

/// Gives checks and attributes that are made again what they share with other objects.
fn again(from: &Object, to: &Object, catalog: &Catalog) -> Vec<Change> {
    if let (Definition::Composite(from), Definition::Composite(held)) = (&from.definition, &to.definition) {
        // One that is renamed keeps what it has.
        let grows = from.attributes.len() < held.attributes.len();
        let lost = held.shared.keys().filter(|name| grows && !from.has(name));
        let addresses = lost.map(|name| Address::Attribute(to.id.name.clone(), name.clone()));
        return addresses.flat_map(|address| property::restore(catalog, &address)).collect();
    }
    let (Definition::Domain(from), Definition::Domain(to), domain) = (&from.definition, &to.definition, &to.id.name)
    else {
        return Vec::new();
    };
    let lost = to.constraints.iter().filter(|(name, check)| {
        let before = from.constraints.get(*name);
        before.is_none_or(|before| before.validated && !check.validated)
    });
    let addresses = lost.map(|(name, _)| Address::DomainConstraint(domain.clone(), name.clone()));
    addresses.flat_map(|address| property::restore(catalog, &address)).collect()
}

/// Returns the definitions on the way, the last one included.
fn path(from: &Definition, to: &Definition) -> Vec<Definition> {
    match (from, to) {
        (Definition::Domain(from), Definition::Domain(to)) => {
            domain(from, to).into_iter().map(|step| Definition::Domain(Box::new(step))).collect()
        }
        (Definition::Extended(made, from), Definition::Extended(_, to)) => {
            // Every completing statement is a step of its own: first those that go, then those that come.
            let mut at = from.clone();
            let mut found = Vec::new();
            for gone in from.iter().filter(|old| !to.contains(old)) {
                at.retain(|kept| kept != gone);
                found.push(Definition::Extended(made.clone(), at.clone()));
            }
            for (place, new) in to.iter().enumerate().filter(|(_, new)| !from.contains(new)) {
                at.insert(place.min(at.len()), new.clone());
                found.push(Definition::Extended(made.clone(), at.clone()));
            }
            found
        }
        _ => vec![to.clone()],
    }
}

fn domain(from: &Domain, to: &Domain) -> Vec<Domain> {
    let mut at = from.clone();
    let mut found = Vec::new();
    if from.default.as_ref().map(ToString::to_string) != to.default.as_ref().map(ToString::to_string) {
        at.default = to.default.clone();
        found.push(at.clone());
    }
    if from.not_null != to.not_null {
        at.not_null = to.not_null;
        found.push(at.clone());
    }
    for (name, old) in &from.constraints {
        // There is no way back from validated but to make the check anew.
        let stays = to
            .constraints
            .get(name)
            .is_some_and(|new| new.definition.kind == old.definition.kind && (new.validated || !old.validated));
        if !stays {
            at.constraints.remove(name);
            found.push(at.clone());
        }
    }
    for (name, new) in &to.constraints {
        let held = at.constraints.get(name);
        if held.is_none_or(|held| held.validated != new.validated) {
            let shared = held.map(|held| held.shared.clone()).unwrap_or_default();
            at.constraints.insert(name.clone(), DomainCheck { shared, ..new.clone() });
            found.push(at.clone());
        }
    }
    found
}

/// Says whether going from one domain to another looks at the values that there are.
pub(super) fn reads_rows(from: &Domain, to: &Domain) -> bool {
    let newly = to.constraints.iter().filter(|(_, check)| check.validated);
    let checks = newly.filter(|(name, _)| !from.constraints.get(*name).is_some_and(|old| old.validated)).count();
    checks > 0 || to.not_null && !from.not_null
}
