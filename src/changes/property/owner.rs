//! OWNER TO.

use std::fmt;

use super::{Property, Subject};
use crate::catalog::{Address, Catalog, CatalogError};
use crate::pg::Ident;

pub(super) fn read(catalog: &Catalog, of: &Address) -> Option<Property> {
    Some(Property::Owner(catalog.shared(of)?.owner().cloned()))
}

pub(super) fn write(catalog: &mut Catalog, of: &Address, role: &Option<Ident>) -> Result<(), CatalogError> {
    catalog.update_shared(of, |shared| shared.update(|found| found.owner.clone_from(role)))
}

pub(super) fn sql(f: &mut fmt::Formatter<'_>, subject: &Subject, role: &Option<Ident>) -> fmt::Result {
    write!(f, "ALTER {subject} OWNER TO ")?;
    match role {
        Some(role) => write!(f, "{role}"),
        None => f.write_str("CURRENT_USER"),
    }
}
