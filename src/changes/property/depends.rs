//! DEPENDS ON EXTENSION.

use std::fmt;

use super::{Dependence, Property, Subject};
use crate::catalog::{Address, Catalog, CatalogError};
use crate::pg::{Ident, LockMode};

pub(super) fn read(catalog: &Catalog, of: &Address, extension: &Ident) -> Option<Property> {
    let depends = catalog.shared(of)?.get().is_some_and(|found| found.depends_on.contains(extension));
    let dependence = if depends { Dependence::Dependent } else { Dependence::Independent };
    Some(Property::DependsOn { extension: extension.clone(), dependence })
}

pub(super) fn write(
    catalog: &mut Catalog,
    of: &Address,
    (extension, dependence): (&Ident, Dependence),
) -> Result<(), CatalogError> {
    catalog.update_shared(of, |shared| {
        shared.update(|found| match dependence {
            Dependence::Dependent => drop(found.depends_on.insert(extension.clone())),
            Dependence::Independent => drop(found.depends_on.remove(extension)),
        });
    })
}

/// Source: `ExecAlterObjectDependsStmt` of PostgreSQL 15.
pub(super) fn lock(of: &Address) -> Option<LockMode> {
    match of {
        Address::Trigger(..) => Some(LockMode::AccessShare),
        _ => Some(LockMode::AccessExclusive),
    }
}

pub(super) fn sql(
    f: &mut fmt::Formatter<'_>,
    subject: &Subject,
    (extension, dependence): (&Ident, Dependence),
) -> fmt::Result {
    let no = if dependence == Dependence::Independent { "NO " } else { "" };
    write!(f, "ALTER {subject} {no}DEPENDS ON EXTENSION {extension}")
}
