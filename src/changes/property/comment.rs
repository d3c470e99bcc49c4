//! COMMENT ON.

use std::fmt;

use super::{Property, Subject};
use crate::catalog::{Address, Catalog, CatalogError, ObjectId};
use crate::pg::{Ident, LockMode};
use crate::statement::print::Quoted;

/// The comment that the schema `public` has in a new database. As every new database has it, catalogs leave it out.
const STANDARD: &str = "standard public schema";

fn is_public(of: &Address) -> bool {
    matches!(of, Address::Object(id) if *id == ObjectId::schema(&Ident::exact("public")))
}

pub(super) fn read(catalog: &Catalog, of: &Address) -> Option<Property> {
    let standard = is_public(of).then(|| STANDARD.to_owned());
    Some(Property::Comment(catalog.shared(of)?.comment().map(str::to_owned).or(standard)))
}

pub(super) fn write(catalog: &mut Catalog, of: &Address, text: &Option<String>) -> Result<(), CatalogError> {
    let text = text.clone().filter(|text| !is_public(of) || text != STANDARD);
    catalog.update_shared(of, |shared| shared.update(|found| found.comment = text))
}

/// Source: `CommentObject` and `get_object_address_relobject` of PostgreSQL 15.
pub(super) fn lock(of: &Address) -> Option<LockMode> {
    match of {
        Address::Object(_) | Address::DomainConstraint(..) => None,
        Address::Relation(_) | Address::Column(..) | Address::Attribute(..) | Address::Index(..) => {
            Some(LockMode::ShareUpdateExclusive)
        }
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
