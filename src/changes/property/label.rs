//! SECURITY LABEL.

use std::fmt;

use super::{Property, Subject};
use crate::catalog::{Address, Catalog, CatalogError};
use crate::statement::print::{Quoted, Word};

pub(super) fn read(catalog: &Catalog, of: &Address, provider: &str) -> Option<Property> {
    let label = catalog.shared(of)?.get().and_then(|found| found.labels.get(provider).cloned());
    Some(Property::Label { provider: provider.to_owned(), label })
}

pub(super) fn write(
    catalog: &mut Catalog,
    of: &Address,
    (provider, label): (&str, &Option<String>),
) -> Result<(), CatalogError> {
    catalog.update_shared(of, |shared| {
        shared.update(|found| match label {
            Some(label) => drop(found.labels.insert(provider.to_owned(), label.clone())),
            None => drop(found.labels.remove(provider)),
        });
    })
}

pub(super) fn sql(
    f: &mut fmt::Formatter<'_>,
    subject: &Subject,
    (provider, label): (&str, &Option<String>),
) -> fmt::Result {
    f.write_str("SECURITY LABEL ")?;
    if !provider.is_empty() {
        write!(f, "FOR {} ", Word(provider))?;
    }
    write!(f, "ON {subject} IS ")?;
    match label {
        Some(label) => write!(f, "{}", Quoted(label)),
        None => f.write_str("NULL"),
    }
}
