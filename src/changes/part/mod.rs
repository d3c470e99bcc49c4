//! Triggers, policies and rewrite rules: what belongs to a relation and has a name there.

mod all_triggers;
mod copies;
mod policy;

use std::fmt;

pub use all_triggers::SetAllTriggers;
pub use policy::AlterPolicy;

pub(super) use copies::{abandon, clash, copies_anew, hand_down};
pub(crate) use copies::{cloned, is_cloned};
use copies::{clones, partitions};

use super::property::restore;
use super::{Change, ChangeKind, Inverse, Lock};
use crate::catalog::{Address, Catalog, CatalogError, Given, Policy, Relation, Rule, Shared, Trigger};
use crate::pg::{Ident, LockMode, Name};
use crate::statement::object::rule::CreateRule;
use crate::statement::object::trigger::CreateTrigger;
use crate::statement::relation::Firing;
use crate::statement::words::words;

/// `CREATE TRIGGER`, `CREATE POLICY` or `CREATE RULE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatePart {
    /// The relation.
    pub table: Name,
    /// What appears.
    pub part: Part,
    /// Whether it may stand for another one.
    pub replacing: Replacing,
}

/// `DROP TRIGGER`, `DROP POLICY` or `DROP RULE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropPart {
    /// The relation.
    pub table: Name,
    /// What disappears.
    pub kind: PartKind,
    /// Its name.
    pub name: Ident,
}

/// `ALTER TRIGGER … RENAME TO` and its kin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenamePart {
    /// The relation.
    pub table: Name,
    /// What gets another name.
    pub kind: PartKind,
    /// Its name.
    pub from: Ident,
    /// Its new name.
    pub to: Ident,
}

/// A trigger, policy or rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A trigger.
    Trigger(Box<Trigger>),
    /// A policy.
    Policy(Box<Policy>),
    /// A rule.
    Rule(Box<Rule>),
}

words! {
    /// The kinds of parts.
    pub enum PartKind {
        Trigger = "TRIGGER",
        Policy = "POLICY",
        Rule = "RULE",
    }
}

/// Whether CREATE may find something of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacing {
    /// It refuses.
    No,
    /// `OR REPLACE`.
    Yes,
}

impl Part {
    /// Returns the kind.
    pub fn kind(&self) -> PartKind {
        match self {
            Part::Trigger(_) => PartKind::Trigger,
            Part::Policy(_) => PartKind::Policy,
            Part::Rule(_) => PartKind::Rule,
        }
    }

    /// Returns the name.
    pub fn name(&self) -> &Ident {
        match self {
            Part::Trigger(found) => &found.definition.name,
            Part::Policy(found) => &found.definition.name,
            Part::Rule(found) => &found.definition.name,
        }
    }

    /// Returns it as it is when it is made: always on, without a comment.
    fn bare(mut self) -> Self {
        match &mut self {
            Part::Trigger(found) => (found.firing, found.shared) = (Firing::Enable, Shared::default()),
            Part::Policy(found) => found.shared = Shared::default(),
            Part::Rule(found) => (found.firing, found.shared) = (Firing::Enable, Shared::default()),
        }
        self
    }
}

impl PartKind {
    /// Returns the address of a part.
    pub fn address(self, table: &Name, name: &Ident) -> Address {
        let (table, name) = (table.clone(), name.clone());
        match self {
            PartKind::Trigger => Address::Trigger(table, name),
            PartKind::Policy => Address::Policy(table, name),
            PartKind::Rule => Address::Rule(table, name),
        }
    }

    /// Finds a part.
    pub fn find(self, relation: &Relation, name: &Ident) -> Option<Part> {
        match self {
            PartKind::Trigger => relation.triggers.get(name).map(|found| Part::Trigger(Box::new(found.clone()))),
            PartKind::Policy => relation.policies.get(name).map(|found| Part::Policy(Box::new(found.clone()))),
            PartKind::Rule => relation.rules.get(name).map(|found| Part::Rule(Box::new(found.clone()))),
        }
    }

    fn take(self, relation: &mut Relation, name: &Ident) -> Option<Part> {
        match self {
            PartKind::Trigger => relation.triggers.remove(name).map(|found| Part::Trigger(Box::new(found))),
            PartKind::Policy => relation.policies.remove(name).map(|found| Part::Policy(Box::new(found))),
            PartKind::Rule => relation.rules.remove(name).map(|found| Part::Rule(Box::new(found))),
        }
    }

    fn undefined(self, table: &Name, name: &Ident) -> CatalogError {
        CatalogError::Undefined(self.address(table, name))
    }

    fn duplicate(self, table: &Name, name: &Ident) -> CatalogError {
        let word = self.to_string().to_lowercase();
        let message = format!("{word} `{name}` for relation `{table}` already exists");
        CatalogError::Refused { sqlstate: "42710", message }
    }
}

/// Puts a part in its place; one that was there gives it its comment.
fn put(relation: &mut Relation, part: Part) {
    let shared = part.kind().find(relation, part.name()).map(|old| match old {
        Part::Trigger(found) => found.shared,
        Part::Policy(found) => found.shared,
        Part::Rule(found) => found.shared,
    });
    match part {
        Part::Trigger(mut found) => {
            found.definition.relation = relation.name.clone();
            found.shared = shared.unwrap_or(found.shared);
            relation.triggers.insert(found.definition.name.clone(), *found);
        }
        Part::Policy(mut found) => {
            found.definition.table = relation.name.clone();
            found.shared = shared.unwrap_or(found.shared);
            relation.policies.insert(found.definition.name.clone(), *found);
        }
        Part::Rule(mut found) => {
            found.definition.relation = relation.name.clone();
            found.shared = shared.unwrap_or(found.shared);
            relation.rules.insert(found.definition.name.clone(), *found);
        }
    }
}

/// Makes the changes that bring back the parts of a relation that is made anew, switched as they were.
pub(super) fn anew(relation: &Relation, before: &Catalog) -> Vec<Change> {
    let all = (relation.key_firing != Firing::Enable)
        .then(|| SetAllTriggers { table: before.shown(&relation.name), firing: relation.key_firing }.into());
    let triggers = relation.triggers.values().filter(|found| !found.inherited);
    let triggers = triggers.map(|found| Part::Trigger(Box::new(found.clone())));
    let policies = relation.policies.values().map(|found| Part::Policy(Box::new(found.clone())));
    let rules = relation.rules.values().map(|found| Part::Rule(Box::new(found.clone())));
    let parts = triggers.chain(policies).chain(rules);
    let made = parts.flat_map(|part| back(&relation.name, part, before, Replacing::No));
    let inherited = relation.triggers.iter().filter(|(_, found)| found.inherited);
    let inherited =
        inherited.flat_map(|(name, _)| restore(before, &Address::Trigger(relation.name.clone(), name.clone())));
    all.into_iter().chain(made).chain(inherited).collect()
}

/// Makes the changes that bring a part back, switched as it was.
fn back(table: &Name, part: Part, before: &Catalog, replacing: Replacing) -> Vec<Change> {
    let address = part.kind().address(table, part.name());
    let mut all = vec![address];
    let copies = clones(before, table, part.kind(), part.name()).into_iter();
    all.extend(copies.map(|name| part.kind().address(&name, part.name())));
    let made = CreatePart { table: before.shown(table), part: part.bare(), replacing };
    std::iter::once(made.into()).chain(all.iter().flat_map(|address| restore(before, address))).collect()
}

impl ChangeKind for CreatePart {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let relation = catalog.existing(&self.table)?;
        let (kind, name) = (self.part.kind(), self.part.name());
        let is_there = kind.find(relation, name).is_some();
        if is_there && self.replacing == Replacing::No {
            return Err(kind.duplicate(&self.table, name));
        }
        let below = match &self.part {
            Part::Trigger(trigger) if is_cloned(relation, &trigger.definition) => partitions(catalog, &self.table),
            _ => Vec::new(),
        };
        put(&mut catalog.existing_mut(&self.table)?.only(Given::Part(name)), self.part.clone());
        for partition in below {
            let Part::Trigger(trigger) = &self.part else { continue };
            let made = cloned(trigger, &partition);
            put(&mut *catalog.existing_mut(&partition)?, Part::Trigger(Box::new(made)));
        }
        Ok(())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let (kind, name) = (self.part.kind(), self.part.name());
        let relation = before.relation(&self.table);
        match relation.and_then(|relation| Some((relation, kind.find(relation, name)?))) {
            Some((_, old)) if old.clone().bare() == self.part && self.part == old => Inverse::Nothing,
            Some((relation, old)) => Inverse::Exact(back(&relation.name, old, before, Replacing::Yes)),
            None => Inverse::exact(DropPart { table: self.table.clone(), kind, name: name.clone() }),
        }
    }

    fn locks(&self) -> Vec<Lock> {
        match &self.part {
            Part::Trigger(found) => {
                let other = found.definition.constraint.iter().filter_map(|constraint| constraint.from.as_ref());
                let all = std::iter::once(&self.table).chain(other);
                all.map(|name| Lock::new(name, LockMode::ShareRowExclusive)).collect()
            }
            Part::Policy(_) | Part::Rule(_) => vec![Lock::new(&self.table, LockMode::AccessExclusive)],
        }
    }
}

impl fmt::Display for CreatePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_replace = self.replacing == Replacing::Yes;
        match &self.part {
            Part::Trigger(found) => {
                let relation = self.table.clone();
                write!(f, "{}", CreateTrigger { or_replace, relation, ..(*found.definition).clone() })
            }
            Part::Policy(found) => {
                let mut definition = (*found.definition).clone();
                definition.table = self.table.clone();
                write!(f, "{definition}")
            }
            Part::Rule(found) => {
                let relation = self.table.clone();
                write!(f, "{}", CreateRule { or_replace, relation, ..(*found.definition).clone() })
            }
        }
    }
}

impl ChangeKind for DropPart {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let below = clones(catalog, &self.table, self.kind, &self.name);
        let removed = self.kind.take(&mut catalog.existing_mut(&self.table)?.only(Given::NoNames), &self.name);
        removed.ok_or_else(|| self.kind.undefined(&self.table, &self.name))?;
        for partition in below {
            drop(self.kind.take(&mut catalog.existing_mut(&partition)?.only(Given::NoNames), &self.name));
        }
        Ok(())
    }

    fn invert(&self, before: &Catalog) -> Inverse {
        let relation = before.relation(&self.table);
        match relation.and_then(|relation| Some((relation, self.kind.find(relation, &self.name)?))) {
            Some((relation, old)) => Inverse::Exact(back(&relation.name, old, before, Replacing::No)),
            None => {
                let what = self.kind.to_string().to_lowercase();
                Inverse::underivable(format!("{what} `{}` of `{}` was made outside the history", self.name, self.table))
            }
        }
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for DropPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DROP {} {} ON {}", self.kind, self.name, self.table)
    }
}

impl RenamePart {
    fn rename(&self, relation: &mut Relation) -> Result<(), CatalogError> {
        if self.kind.find(relation, &self.to).is_some() {
            return Err(self.kind.duplicate(&self.table, &self.to));
        }
        let mut part =
            self.kind.take(relation, &self.from).ok_or_else(|| self.kind.undefined(&self.table, &self.from))?;
        match &mut part {
            Part::Trigger(found) => found.definition.name = self.to.clone(),
            Part::Policy(found) => found.definition.name = self.to.clone(),
            Part::Rule(found) => found.definition.name = self.to.clone(),
        }
        put(relation, part);
        Ok(())
    }
}

impl ChangeKind for RenamePart {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let below = clones(catalog, &self.table, self.kind, &self.from);
        self.rename(&mut *catalog.existing_mut(&self.table)?)?;
        below.iter().try_for_each(|partition| self.rename(&mut *catalog.existing_mut(partition)?))
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        let (from, to) = (self.to.clone(), self.from.clone());
        Inverse::exact(RenamePart { table: self.table.clone(), kind: self.kind, from, to })
    }

    fn locks(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, LockMode::AccessExclusive)]
    }
}

impl fmt::Display for RenamePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER {} {} ON {} RENAME TO {}", self.kind, self.from, self.table, self.to)
    }
}
