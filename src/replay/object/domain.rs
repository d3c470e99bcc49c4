//! Domains.

use std::collections::BTreeMap;

use super::super::{Followed, Lowering};
use super::{add, alter, define, find, qualified, refuse};
use crate::catalog::names::constraint_name;
use crate::catalog::{CatalogError, Class, Definition, Domain, DomainCheck, Object, Shared};
use crate::pg::Ident;
use crate::source::Span;
use crate::statement::relation::{
    AlterDomain, ColumnConstraintKind, CreateDomain, DomainChange, DomainConstraint, DomainConstraintKind,
    GenericChange,
};

/// Lowers CREATE DOMAIN, with the names that PostgreSQL chooses for its checks.
pub(super) fn create(lowering: &mut Lowering<'_>, create: &CreateDomain) -> Followed {
    let mut domain = Domain {
        type_name: create.type_name.clone(),
        collation: create.collation.clone(),
        default: None,
        not_null: false,
        constraints: BTreeMap::new(),
    };
    let name = create.name.last();
    for constraint in &create.constraints {
        match &constraint.kind {
            ColumnConstraintKind::Default(value) => domain.default = Some(value.clone()),
            ColumnConstraintKind::NotNull => domain.not_null = true,
            ColumnConstraintKind::Check(condition) => {
                let kind = DomainConstraintKind::Check { condition: condition.clone(), not_valid: false };
                let wanted = DomainConstraint { span: Span::default(), name: constraint.name.clone(), kind };
                if let Some(twice) = insert(&mut domain, name, wanted) {
                    return refuse(
                        lowering,
                        "42710",
                        format!("constraint `{twice}` for domain `{name}` already exists"),
                    );
                }
            }
            _ => {}
        }
    }
    let object = qualified(lowering.catalog, Class::Type, &create.name, Definition::Domain(Box::new(domain)));
    add(lowering, object)
}

/// Adds a check under its name or a chosen one; returns a name that is taken.
fn insert(domain: &mut Domain, domain_name: &Ident, mut constraint: DomainConstraint) -> Option<Ident> {
    let taken = |name: &Ident| domain.constraints.contains_key(name);
    let name = match &constraint.name {
        Some(name) if taken(name) => return Some(name.clone()),
        Some(name) => name.clone(),
        None => constraint_name(domain_name, taken),
    };
    let mut validated = true;
    if let DomainConstraintKind::Check { not_valid, .. } = &mut constraint.kind {
        validated = !*not_valid;
        // Whether it holds is said in one place.
        *not_valid = false;
    }
    constraint.name = Some(name.clone());
    constraint.span = Span::default();
    domain.constraints.insert(name, DomainCheck { definition: constraint, validated, shared: Shared::default() });
    None
}

/// Lowers ALTER DOMAIN.
pub(super) fn alter(lowering: &mut Lowering<'_>, alter: &AlterDomain) -> Followed {
    let object = match find::named(lowering.catalog, Class::Type, &alter.name) {
        Ok(object) => object,
        Err(error) => {
            lowering.fail(error);
            return Followed::Yes;
        }
    };
    let Definition::Domain(domain) = &object.definition else {
        lowering.fail(CatalogError::WrongKind(alter.name.clone(), "a domain"));
        return Followed::Yes;
    };
    match &alter.change {
        DomainChange::Generic(GenericChange::OwnerTo(role)) => alter::owner(lowering, object, role),
        DomainChange::Generic(GenericChange::Rename(to)) => alter::rename(lowering, object, to),
        DomainChange::Generic(GenericChange::SetSchema(schema)) => alter::set_schema(lowering, object, schema),
        change => definition(lowering, object, domain, change),
    }
    Followed::Yes
}

fn definition(lowering: &mut Lowering<'_>, object: &Object, domain: &Domain, change: &DomainChange) {
    let mut new = domain.clone();
    let missing = |lowering: &mut Lowering<'_>, name: &Ident| {
        lowering.fail(CatalogError::UndefinedObject(object.id.name.clone(), name.clone()));
    };
    match change {
        DomainChange::SetDefault(value) => new.default = Some(value.clone()),
        DomainChange::DropDefault => new.default = None,
        DomainChange::SetNotNull => new.not_null = true,
        DomainChange::DropNotNull => new.not_null = false,
        DomainChange::AddConstraint(constraint) if constraint.kind == DomainConstraintKind::NotNull => {
            new.not_null = true;
        }
        DomainChange::AddConstraint(constraint) => {
            if let Some(taken) = insert(&mut new, object.id.name.last(), constraint.clone()) {
                return lowering.fail(CatalogError::DuplicateObject(object.id.name.clone(), taken));
            }
        }
        DomainChange::DropConstraint { if_exists, name, .. } => match new.constraints.remove(name) {
            Some(_) => {}
            None if *if_exists => return,
            None => return missing(lowering, name),
        },
        DomainChange::ValidateConstraint(name) => match new.constraints.get_mut(name) {
            Some(check) => check.validated = true,
            None => return missing(lowering, name),
        },
        DomainChange::RenameConstraint { from, to } => {
            if new.constraints.contains_key(to) {
                return lowering.fail(CatalogError::DuplicateObject(object.id.name.clone(), to.clone()));
            }
            let Some(mut check) = new.constraints.remove(from) else { return missing(lowering, from) };
            check.definition.name = Some(to.clone());
            new.constraints.insert(to.clone(), check);
        }
        DomainChange::Generic(_) => return,
    }
    define(lowering, object, &Definition::Domain(Box::new(new)));
}
