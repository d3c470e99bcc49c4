//! What depends on a thing, and so blocks its DROP or goes along.
//!
//! Nothing is kept beside the definitions: whoever mentions a thing's last name is a candidate, and what it uses decides.

use std::collections::BTreeSet;

use super::parts::{self, Definer, Part};
use super::uses::Uses;
use crate::catalog::{Address, Catalog, Holder};
use crate::pg::{Ident, Name};

/// Something that depends on another thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependent {
    /// What depends.
    pub definer: Definer,
    /// What becomes of it when the other thing is dropped.
    pub how: How,
}

/// What becomes of a dependent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// DROP … RESTRICT is refused; CASCADE drops it as well.
    Blocks,
    /// It goes along in any case.
    Follows,
}

impl Catalog {
    /// Returns what depends on a thing, in the order of addresses.
    pub fn dependents(&self, of: &Address) -> Vec<Dependent> {
        let mut found = BTreeSet::new();
        let column = match of {
            Address::Column(_, column) => Some(column),
            _ => None,
        };
        for holder in holders(self, of) {
            match holder {
                Holder::Relation(name) => {
                    let Some(relation) = self.relation(&name) else { continue };
                    parts::of_relation((self, column), relation, &mut |definer, uses| {
                        if definer.address != *of && uses_it(&uses, of) {
                            found.extend(dependent(of, definer));
                        }
                    });
                }
                Holder::Object(id) => {
                    let Some(object) = self.object(&id) else { continue };
                    let definer = Definer { address: Address::Object(id), part: Part::Whole };
                    if definer.address != *of && uses_it(&parts::of_object(self, object), of) {
                        found.insert(Dependent { definer, how: How::Blocks });
                    }
                }
            }
        }
        found.into_iter().collect()
    }

    /// Returns what goes with a thing under CASCADE beside what belongs to it, what depends before what it depends on.
    pub fn cascade(&self, of: &Address) -> Vec<Definer> {
        let mut order = Vec::new();
        collect(self, of, &mut BTreeSet::new(), &mut order);
        order
    }

    /// Returns what the definition at an address uses; several where it has several parts.
    pub fn uses(&self, of: &Address) -> Vec<(Definer, Uses)> {
        let mut found = Vec::new();
        match of {
            Address::Object(id) => {
                let uses = self.object(id).map(|object| parts::of_object(self, object));
                let definer = Definer { address: of.clone(), part: Part::Whole };
                found.extend(uses.map(|uses| (definer, uses)));
            }
            _ => {
                let Some(relation) = of.relation().and_then(|name| self.relation(name)) else { return found };
                parts::of_relation((self, None), relation, &mut |definer, uses| {
                    if definer.address == *of {
                        found.push((definer, uses));
                    }
                });
            }
        }
        found
    }
}

fn collect(catalog: &Catalog, of: &Address, seen: &mut BTreeSet<Definer>, order: &mut Vec<Definer>) {
    for dependent in catalog.dependents(of) {
        if dependent.how == How::Follows || !seen.insert(dependent.definer.clone()) {
            continue;
        }
        if dependent.definer.part == Part::Whole {
            collect(catalog, &dependent.definer.address, seen, order);
        }
        order.push(dependent.definer);
    }
}

/// Returns whose definitions may use a thing.
fn holders(catalog: &Catalog, of: &Address) -> BTreeSet<Holder> {
    let name: &Ident = match of {
        Address::Object(id) => id.name.last(),
        Address::Relation(name) | Address::Column(name, _) => name.last(),
        // Nothing uses the other parts by name.
        _ => return BTreeSet::new(),
    };
    let mut all: BTreeSet<Holder> = catalog.mentioning(name).cloned().collect();
    if let Address::Column(table, _) = of {
        all.insert(Holder::Relation(table.clone()));
    }
    all
}

fn uses_it(uses: &Uses, of: &Address) -> bool {
    let is_part =
        |used: &Address| matches!((used, of), (Address::Column(table, _), Address::Relation(name)) if table == name);
    uses.contains(of) || uses.iter().any(is_part)
}

/// Says what becomes of a definition that uses a thing; what belongs to that thing is no dependent of its own.
fn dependent(of: &Address, definer: Definer) -> Option<Dependent> {
    let own = |table: &Name| definer.address.relation() == Some(table);
    let how = match (of, &definer.address, definer.part) {
        (Address::Relation(table), _, _) if own(table) => return None,
        (Address::Column(table, _), Address::Constraint(..) | Address::Index(..), _) if own(table) => How::Follows,
        (Address::Column(table, name), Address::Column(_, other), Part::Default) if own(table) && name == other => {
            How::Follows
        }
        _ => How::Blocks,
    };
    Some(Dependent { definer, how })
}
