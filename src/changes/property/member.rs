//! ALTER EXTENSION … ADD and DROP of a member.

use std::fmt;

use super::{Property, Subject};
use crate::catalog::{Address, Catalog, CatalogError};
use crate::pg::Ident;

/// Whether a thing is a member of an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// It is.
    Member,
    /// It is not.
    Free,
}

pub(super) fn read(catalog: &Catalog, of: &Address, extension: &Ident) -> Option<Property> {
    let is_member = catalog.shared(of)?.get().is_some_and(|found| found.member_of.as_ref() == Some(extension));
    let membership = if is_member { Membership::Member } else { Membership::Free };
    Some(Property::Member { extension: extension.clone(), membership })
}

pub(super) fn write(
    catalog: &mut Catalog,
    of: &Address,
    (extension, membership): (&Ident, Membership),
) -> Result<(), CatalogError> {
    catalog.update_shared(of, |shared| {
        shared.update(|found| {
            found.member_of = match membership {
                Membership::Member => Some(extension.clone()),
                Membership::Free => None,
            }
        });
    })
}

pub(super) fn sql(
    f: &mut fmt::Formatter<'_>,
    subject: &Subject,
    (extension, membership): (&Ident, Membership),
) -> fmt::Result {
    let action = match membership {
        Membership::Member => "ADD",
        Membership::Free => "DROP",
    };
    write!(f, "ALTER EXTENSION {extension} {action} {subject}")
}
