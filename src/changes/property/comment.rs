//! COMMENT ON.

use std::fmt;

use super::{Property, Subject};
use crate::catalog::{Address, Catalog, CatalogError};
use crate::pg::LockMode;
use crate::statement::print::Quoted;

pub(super) fn read(catalog: &Catalog, of: &Address) -> Option<Property> {
    Some(Property::Comment(catalog.shared(of)?.comment().map(str::to_owned)))
}

pub(super) fn write(catalog: &mut Catalog, of: &Address, text: &Option<String>) -> Result<(), CatalogError> {
    catalog.update_shared(of, |shared| shared.update(|found| found.comment.clone_from(text)))
}

/// Source: `CommentObject` and `get_object_address_relobject` of PostgreSQL 15.
pub(super) fn lock(of: &Address) -> Option<LockMode> {
    match of {
        Address::Object(_) | Address::DomainConstraint(..) => None,
        Address::Relation(_) | Address::Column(..) | Address::Index(..) => Some(LockMode::ShareUpdateExclusive),
        Address::Constraint(..) | Address::Trigger(..) | Address::Policy(..) | Address::Rule(..) => {
            Some(LockMode::AccessShare)
        }
    }
}

pub(super) fn sql(f: &mut fmt::Formatter<'_>, subject: &Subject, text: &Option<String>) -> fmt::Result {
    write!(f, "COMMENT ON {subject} IS ")?;
    match text {
        Some(text) => write!(f, "{}", Quoted(text)),
        None => f.write_str("NULL"),
    }
}
