//! What comes back together with a thing that is made anew.

use super::setting_restore::{settings, strip};
use super::{Dependence, Membership, Property, SetProperty, firing, owner};
use crate::catalog::{Address, Catalog, Definition, Object, Properties, Relation, Shared};
use crate::changes::{Change, part, privileges};
use crate::pg::Name;
use crate::statement::relation::Firing;

/// Makes the changes that give a thing, made anew from its bare definition, the properties that it has in a catalog: of
/// itself and of all that belongs to it.
pub(crate) fn restore(before: &Catalog, of: &Address) -> Vec<Change> {
    let mut all = vec![of.clone()];
    match of {
        Address::Relation(name) => {
            all.extend(before.relation(name).into_iter().flat_map(parts));
            all.extend(sequences(before, name, |_| true));
        }
        Address::Column(table, name) => {
            all.extend(sequences(before, table, |found| found.is_owned_by(table, name)));
            all.extend(before.descendants(table).into_iter().map(|child| Address::Column(child, name.clone())));
        }
        Address::Constraint(table, name) => {
            all.push(Address::Index(table.clone(), name.clone()));
            all.extend(before.descendants(table).into_iter().map(|child| Address::Constraint(child, name.clone())));
        }
        Address::Object(id) => all.extend(before.object(id).into_iter().flat_map(checks)),
        _ => {}
    }
    let mut changes: Vec<Change> =
        all.iter().flat_map(|address| [own(before, address), settings(before, address)].concat()).collect();
    if let Some(relation) = of_relation(before, of) {
        changes.extend(part::anew(relation, before));
    }
    changes
}

fn of_relation<'a>(before: &'a Catalog, of: &Address) -> Option<&'a Relation> {
    match of {
        Address::Relation(name) => before.relation(name),
        _ => None,
    }
}

/// Makes the changes that give a thing the properties of its own.
fn own(before: &Catalog, of: &Address) -> Vec<Change> {
    let shared = before.shared(of).and_then(Shared::get);
    let properties = shared.map_or_else(Vec::new, shared_properties).into_iter();
    // The sequence of a column has the table's owner.
    let follows = |property: &Property| matches!(property, Property::Owner(_)) && owner::follows(before, of);
    let properties = properties.filter(|property| !follows(property));
    let (owner, rest): (Vec<Property>, Vec<Property>) =
        properties.partition(|property| matches!(property, Property::Owner(_)));
    let set = |property| SetProperty::new(before, of.clone(), property).into();
    let rest = rest.into_iter().chain(firing::restored(before, of));
    // Privileges follow the owner.
    let changes = owner.into_iter().map(set).chain(privileges::restore(before, of));
    changes.chain(rest.map(set)).collect()
}

/// Returns the addresses of sequences that go with columns of a table.
fn sequences(before: &Catalog, table: &Name, wanted: impl Fn(&Relation) -> bool) -> Vec<Address> {
    let owned = before.sequences_of(table).into_iter().filter(|found| wanted(found));
    owned.map(|found| Address::Relation(found.name.clone())).collect()
}

/// Returns the addresses of what belongs to a domain or a composite type.
fn checks(object: &Object) -> Vec<Address> {
    match &object.definition {
        Definition::Domain(domain) => {
            let checks = domain.constraints.keys();
            checks.map(|name| Address::DomainConstraint(object.id.name.clone(), name.clone())).collect()
        }
        Definition::Composite(composite) => {
            let attributes = composite.shared.keys();
            attributes.map(|name| Address::Attribute(object.id.name.clone(), name.clone())).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the addresses of what belongs to a relation.
fn parts(relation: &Relation) -> Vec<Address> {
    let table = || relation.name.clone();
    let columns = relation.columns.iter().map(|found| Address::Column(table(), found.name.clone()));
    let constraints = relation.constraints.iter().map(|found| Address::Constraint(table(), found.name.clone()));
    let behind = relation.constraints.iter().filter(|found| found.kind.has_index());
    let behind = behind.map(|found| Address::Index(table(), found.name.clone()));
    let indexes = relation.indexes.iter().map(|found| Address::Index(table(), found.name.clone()));
    columns.chain(constraints).chain(behind).chain(indexes).collect()
}

/// Returns a relation without what [`restore`] gives it back.
pub(crate) fn bare(relation: &Relation) -> Relation {
    let mut bare = relation.clone();
    strip(&mut bare);
    bare.shared = Shared::default();
    bare.columns.iter_mut().for_each(|column| column.shared = Shared::default());
    for constraint in &mut bare.constraints {
        constraint.shared = Shared::default();
        constraint.index_shared = Shared::default();
    }
    // A partition's copies of its parent's triggers come by themselves.
    bare.triggers.retain(|_, found| found.inherited);
    bare.triggers.values_mut().for_each(|found| found.shared = Shared::default());
    bare.policies.clear();
    bare.rules.clear();
    bare.key_firing = Firing::Enable;
    bare.indexes.iter_mut().for_each(|index| index.shared = Shared::default());
    bare
}

fn shared_properties(shared: &Properties) -> Vec<Property> {
    let mut found = Vec::new();
    if shared.owner.is_some() {
        found.push(Property::Owner(shared.owner.clone()));
    }
    if shared.comment.is_some() {
        found.push(Property::Comment(shared.comment.clone()));
    }
    let labels = shared.labels.iter();
    found.extend(
        labels.map(|(provider, label)| Property::Label { provider: provider.clone(), label: Some(label.clone()) }),
    );
    found.extend(
        shared
            .depends_on
            .iter()
            .map(|extension| Property::DependsOn { extension: extension.clone(), dependence: Dependence::Dependent }),
    );
    let membership = Membership::Member;
    let member_of = shared.member_of.iter();
    found.extend(member_of.map(|extension| Property::Member { extension: extension.clone(), membership }));
    found
}
