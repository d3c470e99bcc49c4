//! What PostgreSQL would refuse, as far as the history itself tells.
//!
//! What is missing may have been made outside the history, so an error counts only when the history made, or took away,
//! what stands in the way.

use std::collections::BTreeMap;

use crate::catalog::{Address, Catalog, CatalogError, Origin};
use crate::changes::Change;
use crate::pg::Name;

/// A statement that PostgreSQL would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub error: CatalogError,
    /// Where that was made, or taken away, which stands in the way.
    pub evidence: Option<Evidence>,
}

/// A place that shows why a statement is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The place.
    pub origin: Origin,
    /// What it shows: `made here`.
    pub shows: &'static str,
}

/// The relations that the history had and has no longer, with the place where each went.
#[derive(Clone, Debug, Default)]
pub(super) struct Gone(BTreeMap<Name, Origin>);

impl Gone {
    /// Takes note of what a change takes away; the catalog is the one before it.
    pub(super) fn note(&mut self, change: &Change, catalog: &Catalog, origin: Origin) {
        let name = match change {
            Change::DropRelation(drop) => &drop.relation,
            Change::RenameRelation(rename) => &rename.relation,
            Change::SetSchema(set) => &set.relation,
            _ => return,
        };
        if let Some(qualified) = catalog.resolve(name) {
            self.0.insert(qualified, origin);
        }
    }

    fn find(&self, name: &Name, catalog: &Catalog) -> Option<Origin> {
        self.0.get(&catalog.qualified(name)).copied()
    }
}

/// Returns the refusal when the history itself shows that PostgreSQL would raise an error.
pub(super) fn of(error: &CatalogError, catalog: &Catalog, gone: &Gone) -> Option<Refusal> {
    let made = |origin: Option<Origin>| origin.map(|origin| ("made here", origin));
    let relation = |name: &Name| catalog.relation(name).map(|found| found.origin);
    let known = |name: &Name| known(name, catalog);
    let shown = match error {
        CatalogError::UndefinedTable(name) => Some(("gone from here on", gone.find(name, catalog)?)),
        CatalogError::DuplicateTable(name) => {
            made(relation(name).or_else(|| catalog.owner_of_index(name).map(|owner| owner.origin)))
        }
        CatalogError::UndefinedColumn(table, _) => made(Some(known(table)?)),
        CatalogError::UndefinedObject(table, _) => made(Some(known(table)?)),
        CatalogError::DuplicateColumn(table, _) | CatalogError::DuplicateObject(table, _) => made(relation(table)),
        CatalogError::WrongKind(name, _) => made(relation(name)),
        CatalogError::Undefined(address) => made(Some(holder(address, catalog)?)),
        CatalogError::Duplicate(id) => made(catalog.object(id).map(|object| object.origin)),
        CatalogError::DependentObjects { .. } | CatalogError::Refused { .. } => None,
    };
    // A thing that no statement made shows nothing.
    let shown = shown.filter(|(_, origin)| *origin != Origin::default());
    let evidence = shown.map(|(shows, origin)| Evidence { origin, shows });
    Some(Refusal { error: error.clone(), evidence })
}

/// Returns where a table was made all of whose columns are known.
fn known(name: &Name, catalog: &Catalog) -> Option<Origin> {
    let table = catalog.relation(name).filter(|found| found.is_known_table() && !found.columns.is_empty());
    table.map(|found| found.origin)
}

/// Returns where that was made which a missing thing would belong to; `None` when nothing tells that it is missing.
fn holder(address: &Address, catalog: &Catalog) -> Option<Origin> {
    match address {
        Address::Object(_) | Address::Relation(_) => None,
        Address::DomainConstraint(of, _) | Address::Attribute(of, _) => {
            catalog.type_named(of).map(|found| found.origin)
        }
        Address::Column(table, _) => known(table, catalog),
        other => catalog.relation(other.relation()?).map(|found| found.origin),
    }
}
