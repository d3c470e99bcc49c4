//! The settings that come back with what is made anew, because its definition does not say them.

use super::{Assigned, ParameterName, Property, SetProperty, Setting};
use crate::catalog::{Address, Catalog, Column, Relation};
use crate::changes::{Change, Reach};
use crate::pg::storage::default_storage;
use crate::pg::{Ident, Name};
use crate::statement::relation::ReplicaIdentity;

/// Makes the changes that give a thing its settings.
pub(super) fn settings(before: &Catalog, of: &Address) -> Vec<Change> {
    let Some(relation) = of.relation().and_then(|name| before.relation(name)) else { return Vec::new() };
    let found = match of {
        Address::Relation(_) => of_relation(relation),
        Address::Index(_, name) => of_index(relation, name),
        Address::Column(_, name) => relation.column(name).map_or_else(Vec::new, |column| {
            of_column(column, reach(before, relation)).into_iter().map(|setting| (of.clone(), setting)).collect()
        }),
        _ => Vec::new(),
    };
    let set = |(of, setting)| SetProperty::new(before, of, Property::Setting(setting)).into();
    found.into_iter().map(set).collect()
}

fn reach(before: &Catalog, relation: &Relation) -> Reach {
    if before.children(&relation.name).next().is_some() { Reach::Only } else { Reach::Tree }
}

fn of_relation(relation: &Relation) -> Vec<(Address, Setting)> {
    let mut found = Vec::new();
    if let ReplicaIdentity::Full | ReplicaIdentity::Nothing = relation.replica_identity {
        found.push(Setting::ReplicaIdentity(relation.replica_identity.clone()));
    }
    if relation.of_type.is_some() {
        found.push(Setting::OfType(relation.of_type.clone()));
    }
    found.into_iter().map(|setting| (Address::Relation(relation.name.clone()), setting)).collect()
}

/// What an index is marked for goes with it.
fn of_index(relation: &Relation, name: &Ident) -> Vec<(Address, Setting)> {
    let table = || Address::Relation(relation.name.clone());
    let mut found = Vec::new();
    if relation.cluster_on.as_ref() == Some(name) {
        found.push((table(), Setting::ClusterOn(Some(name.clone()))));
    }
    if relation.replica_identity == ReplicaIdentity::Index(name.clone()) {
        found.push((table(), Setting::ReplicaIdentity(relation.replica_identity.clone())));
    }
    let targets = relation.index(name).into_iter().flat_map(|index| &index.statistics);
    let of = || Address::Index(relation.name.clone(), name.clone());
    found.extend(targets.map(|(number, target)| (of(), Setting::KeyStatistics(*number, Some(*target)))));
    found
}

fn of_column(column: &Column, reach: Reach) -> Vec<Setting> {
    let mut found = Vec::new();
    if column.storage.is_some() {
        let own = column.type_name.as_ref().and_then(default_storage).unwrap_or("extended");
        found.push(Setting::Storage { reach, default: Ident::exact(own), storage: column.storage.clone() });
    }
    if column.statistics.is_some() {
        found.push(Setting::Statistics { reach, target: column.statistics });
    }
    let parameters = column.parameters.iter();
    found
        .extend(parameters.map(|parameter| {
            Setting::Parameter(ParameterName::of(parameter), Some(Assigned(parameter.value.clone())))
        }));
    found
}

/// Returns a relation without what [`settings`] gives it back.
pub(super) fn strip(relation: &mut Relation) {
    relation.cluster_on = None;
    relation.of_type = None;
    relation.replica_identity = ReplicaIdentity::Default;
    relation.indexes.iter_mut().for_each(|index| index.statistics.clear());
    relation.columns.iter_mut().for_each(strip_column);
}

/// Returns a column without what [`settings`] gives it back.
pub(crate) fn strip_column(column: &mut Column) {
    column.storage = None;
    column.statistics = None;
    column.parameters.clear();
}

/// Makes the changes that give a column of a table and of all below it the storage and compression that they have.
pub(crate) fn stored(before: &Catalog, table: &Name, column: &Ident) -> Vec<Change> {
    let names = before.resolve(table).into_iter().chain(before.descendants(table));
    let mut changes = Vec::new();
    for relation in names.filter_map(|name| before.relation(&name)) {
        let Some(found) = relation.column(column) else { continue };
        let mut settings = of_column(found, reach(before, relation));
        settings.retain(|setting| matches!(setting, Setting::Storage { .. }));
        if found.compression.is_some() {
            settings.push(Setting::Compression(found.compression.clone()));
        }
        let of = Address::Column(relation.name.clone(), column.clone());
        let set = |setting| SetProperty::new(before, of.clone(), Property::Setting(setting)).into();
        changes.extend(settings.into_iter().map(set));
    }
    changes
}
