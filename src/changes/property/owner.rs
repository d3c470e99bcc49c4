//! OWNER TO.

use std::fmt;

use super::{Property, Subject};
use crate::catalog::{Address, Catalog, CatalogError};
use crate::changes::{Change, privileges};
use crate::pg::Ident;

pub(super) fn read(catalog: &Catalog, of: &Address) -> Option<Property> {
    Some(Property::Owner(catalog.shared(of)?.owner().cloned()))
}

/// Gives a thing to a role, and the sequences of a table's columns with it.
pub(super) fn write(catalog: &mut Catalog, of: &Address, role: &Option<Ident>) -> Result<(), CatalogError> {
    if follows(catalog, of) && catalog.shared(of).is_some_and(|shared| shared.owner() != role.as_ref()) {
        let message = format!("cannot change owner of sequence `{}`", catalog.written(of));
        return Err(CatalogError::Refused { sqlstate: "0A000", message });
    }
    let owned = of.relation().map(|table| catalog.sequences_of(table)).unwrap_or_default();
    let owned: Vec<Address> = owned.iter().map(|found| Address::Relation(found.name.clone())).collect();
    for address in std::iter::once(of).chain(&owned) {
        privileges::follow_owner(catalog, address, role.as_ref())?;
        catalog.update_shared(address, |shared| shared.update(|found| found.owner.clone_from(role)))?;
    }
    Ok(())
}

/// Makes the changes that bring back the privileges that a change of the owner merges or takes.
pub(super) fn privileges_back(before: &Catalog, of: &Address, role: &Option<Ident>) -> Vec<Change> {
    let owned = of.relation().map(|table| before.sequences_of(table)).unwrap_or_default();
    let owned: Vec<Address> = owned.iter().map(|found| Address::Relation(found.name.clone())).collect();
    let all = std::iter::once(of).chain(&owned);
    all.flat_map(|address| privileges::after_owner(before, address, role.as_ref())).collect()
}

/// Says whether a thing has the owner of another one: the sequence of a column.
pub(super) fn follows(catalog: &Catalog, of: &Address) -> bool {
    let relation = of.relation().and_then(|name| catalog.relation(name));
    relation.is_some_and(|found| found.sequence.as_ref().is_some_and(|sequence| sequence.owned_by.is_some()))
}

pub(super) fn sql(f: &mut fmt::Formatter<'_>, subject: &Subject, role: &Option<Ident>) -> fmt::Result {
    write!(f, "ALTER {subject} OWNER TO ")?;
    match role {
        Some(role) => write!(f, "{role}"),
        None => f.write_str("CURRENT_USER"),
    }
}
