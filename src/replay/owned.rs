//! REASSIGN OWNED and DROP OWNED.

use std::collections::BTreeSet;

use super::{Lowering, drop, property};
use crate::catalog::{AclDelta, Address, Catalog, Class, Definition, GrantMode, Grantee, Relation, Shared};
use crate::changes::property::{Property, SetProperty};
use crate::changes::{AlterPolicy, ChangePrivileges, DropPart, PartKind};
use crate::pg::Ident;
use crate::statement::object::drop::{DropOwned, ReassignOwned};
use crate::statement::object::policy::AlterPolicy as Alter;
use crate::statement::object::role_spec::RoleSpec;

/// Lowers REASSIGN OWNED.
pub(super) fn reassign(lowering: &mut Lowering<'_>, reassign: &ReassignOwned) {
    let Some(to) = property::role_name(lowering, &reassign.to) else { return };
    for role in named(lowering, &reassign.roles) {
        for address in owned(lowering.catalog, &role) {
            lowering.push(SetProperty::new(lowering.catalog, address, Property::Owner(to.clone())));
        }
    }
}

/// Lowers DROP OWNED: what roles own goes, and what they were granted.
pub(super) fn drop(lowering: &mut Lowering<'_>, statement: &DropOwned) {
    let catalog = lowering.catalog;
    for role in named(lowering, &statement.roles) {
        let relations: Vec<&Relation> =
            catalog.relations().filter(|found| found.shared.owner() == Some(&role)).collect();
        let goes =
            |address: &Address| address.relation().is_some_and(|name| relations.iter().any(|own| own.name == *name));
        if owned(catalog, &role).iter().any(|address| matches!(address, Address::Object(_))) {
            lowering.skip("DROP OWNED");
        }
        for relation in catalog.relations().filter(|found| !relations.iter().any(|own| own.name == found.name)) {
            release_policies(lowering, relation, &role);
        }
        for address in holders(catalog, &role).into_iter().filter(|address| !goes(address)) {
            revoke(lowering, address, &role);
        }
        forget_defaults(lowering, &role);
        let relations =
            relations.into_iter().filter(|found| found.sequence.as_ref().is_none_or(|own| own.owned_by.is_none()));
        drop::all(lowering, relations.collect(), statement.behavior);
    }
}

/// Returns the roles that are named; what the role that runs the history owns is nearly everything.
fn named(lowering: &mut Lowering<'_>, roles: &[RoleSpec]) -> Vec<Ident> {
    let mut named = Vec::new();
    for role in roles {
        match property::role_name(lowering, role) {
            Some(Some(role)) => named.push(role),
            Some(None) => lowering.skip("OWNED BY CURRENT_USER"),
            None => {}
        }
    }
    named
}

/// Returns what a role owns, sequences of columns left out: they follow their tables.
fn owned(catalog: &Catalog, role: &Ident) -> Vec<Address> {
    let is_own = |shared: &Shared| shared.owner() == Some(role);
    let follows = |found: &Relation| found.sequence.as_ref().is_some_and(|sequence| sequence.owned_by.is_some());
    let relations = catalog.relations().filter(|found| is_own(&found.shared) && !follows(found));
    let objects = catalog.objects().filter(|found| is_own(&found.shared));
    let relations = relations.map(|found| Address::Relation(found.name.clone()));
    relations.chain(objects.map(|found| Address::Object(found.id.clone()))).collect()
}

/// Returns the things on which a role was granted something.
fn holders(catalog: &Catalog, role: &Ident) -> Vec<Address> {
    let grantee = Grantee::Role(role.clone());
    let grants = |shared: &Shared| shared.privileges().is_some_and(|acl| acl.0.contains_key(&grantee));
    let mut found = Vec::new();
    for relation in catalog.relations() {
        let columns = relation.columns.iter().filter(|column| grants(&column.shared));
        let own = grants(&relation.shared).then(|| Address::Relation(relation.name.clone()));
        found.extend(own);
        found.extend(columns.map(|column| Address::Column(relation.name.clone(), column.name.clone())));
    }
    for object in catalog.objects() {
        let by_default = match &object.definition {
            Definition::DefaultPrivileges(acl) => acl.0.contains_key(&grantee),
            _ => false,
        };
        if by_default || grants(&object.shared) {
            found.push(Address::Object(object.id.clone()));
        }
    }
    found
}

fn revoke(lowering: &mut Lowering<'_>, address: Address, role: &Ident) {
    let grantee = Grantee::Role(role.clone());
    let Some(acl) = lowering.catalog.privileges(&address) else { return };
    let privileges: BTreeSet<Ident> = acl.0.get(&grantee).into_iter().flat_map(|held| held.keys().cloned()).collect();
    let delta = AclDelta { mode: GrantMode::Revoke, privileges, grantees: vec![grantee] };
    ChangePrivileges::new(lowering.catalog, address, delta).into_iter().for_each(|change| lowering.push(change));
}

/// Takes a role from the policies of a table; one that is for nobody else goes.
fn release_policies(lowering: &mut Lowering<'_>, relation: &Relation, role: &Ident) {
    let table = lowering.catalog.shown(&relation.name);
    let own = RoleSpec::Name(role.clone());
    for (name, policy) in relation.policies.iter().filter(|(_, policy)| policy.definition.roles.contains(&own)) {
        let others = policy.definition.roles.iter().filter(|other| **other != own);
        let (name, roles): (Ident, Vec<RoleSpec>) = (name.clone(), others.cloned().collect());
        if roles.is_empty() {
            lowering.push(DropPart { table: table.clone(), kind: PartKind::Policy, name });
        } else {
            let alter = Alter { name, table: relation.name.clone(), roles, using: None, check: None };
            lowering.push(AlterPolicy { table: table.clone(), alter: Box::new(alter) });
        }
    }
}

/// Takes back what a role gave to all that it would make.
fn forget_defaults(lowering: &mut Lowering<'_>, role: &Ident) {
    let catalog = lowering.catalog;
    for object in catalog.objects_of(Class::DefaultPrivileges).filter(|object| object.id.name.last() == role) {
        let address = Address::Object(object.id.clone());
        let (Some(held), Some(initial)) = (catalog.privileges(&address), catalog.initial_privileges(&address)) else {
            continue;
        };
        for delta in held.deltas(&initial) {
            let change = ChangePrivileges::new(catalog, address.clone(), delta);
            change.into_iter().for_each(|change| lowering.push(change));
        }
    }
}
