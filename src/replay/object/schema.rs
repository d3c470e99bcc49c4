//! Schemas and extensions.

use super::super::{Followed, Lowered, Lowering, property};
use super::{add, find, redefine, refuse};
use crate::catalog::{Class, Definition, Extension, Object, ObjectId, Origin};
use crate::changes::property::Membership;
use crate::changes::{Change, Property, SetProperty};
use crate::pg::{Ident, Name, extension};
use crate::statement::Statement;
use crate::statement::object::reference::Reference;
use crate::statement::object::role_spec::RoleSpec;
use crate::statement::relation::{
    AlterExtension, CreateExtension, CreateSchema, ExtensionChange, ExtensionOption, Statement as Relation,
};

/// Lowers CREATE SCHEMA with what is written inside it.
pub(super) fn create(lowering: &mut Lowering<'_>, create: &CreateSchema) -> Followed {
    let owner = match &create.owner {
        Some(RoleSpec::Name(name)) => Some(name),
        _ => None,
    };
    let Some(name) = create.name.as_ref().or(owner) else { return Followed::No };
    if name.as_str().starts_with("pg_") {
        return refuse(lowering, "42939", format!("unacceptable schema name `{name}`"));
    }
    let id = ObjectId::schema(name);
    if lowering.catalog.object(&id).is_some() && create.if_not_exists {
        return Followed::Yes;
    }
    let object = Object::new(id.clone(), Definition::Schema, Origin::default());
    let followed = add(lowering, object.clone());
    if let Some(owner) = owner {
        lowering.push(SetProperty::made(lowering.catalog, &object, Property::Owner(Some(owner.clone()))));
    }
    elements(lowering, name, &create.elements);
    followed
}

/// Each element sees what stands before it, so they are followed on a copy of the catalog: such statements are rare.
fn elements(lowering: &mut Lowering<'_>, schema: &Ident, elements: &[Statement]) {
    if elements.is_empty() || lowering.effects.error.is_some() {
        return;
    }
    let mut catalog = lowering.catalog.clone();
    catalog.insert_object(Object::new(ObjectId::schema(schema), Definition::Schema, Origin::default()));
    let mut inside: Vec<Change> = Vec::new();
    for element in elements {
        let Some(placed) = placed(element, schema) else {
            lowering.skip("an element of CREATE SCHEMA");
            continue;
        };
        let Lowered::Changes(effects) = super::super::lower(&placed, &catalog) else {
            lowering.skip("an element of CREATE SCHEMA");
            continue;
        };
        for change in effects.changes {
            // What is refused here is refused again when the changes are made.
            let _ = change.apply(&mut catalog);
            inside.push(change);
        }
        effects.error.into_iter().for_each(|error| lowering.fail(error));
        effects.unmodelled.into_iter().for_each(|what| lowering.skip(what));
    }
    inside.into_iter().for_each(|change| lowering.push(change));
}

/// Returns an element with its schema written; `None` for one that is not followed.
fn placed(element: &Statement, schema: &Ident) -> Option<Statement> {
    let mut placed = element.clone();
    let Statement::Relation(relation) = &mut placed else { return None };
    let name: &mut Name = match &mut **relation {
        Relation::CreateTable(create) => &mut create.name,
        Relation::CreateView(create) => &mut create.name,
        Relation::CreateSequence(create) => &mut create.name,
        Relation::CreateIndex(create) => &mut create.relation.name,
        _ => return None,
    };
    if name.schema().is_none() {
        name.parts.insert(0, schema.clone());
    }
    Some(placed)
}

/// Lowers CREATE EXTENSION.
pub(super) fn create_extension(lowering: &mut Lowering<'_>, create: &CreateExtension) -> Followed {
    if lowering.catalog.object(&ObjectId::plain(Class::Extension, &create.name)).is_some() && create.if_not_exists {
        return Followed::Yes;
    }
    let schema = create.options.iter().find_map(|option| match option {
        ExtensionOption::Schema(name) => Some(name.clone()),
        _ => None,
    });
    let version = create.options.iter().find_map(|option| match option {
        ExtensionOption::Version(version) => Some(version.clone()),
        _ => None,
    });
    if create.options.contains(&ExtensionOption::Cascade) {
        let brings = extension::brings(create.name.as_str());
        for needed in brings.map_or(&[][..], |found| found.requires) {
            let name = Ident::exact(needed);
            if lowering.catalog.object(&ObjectId::plain(Class::Extension, &name)).is_none() {
                let object = made(lowering, &name, schema.clone(), None);
                add(lowering, object);
            }
        }
    }
    let object = made(lowering, &create.name, schema, version);
    add(lowering, object)
}

/// Returns an extension with the schema that it gets.
fn made(lowering: &Lowering<'_>, name: &Ident, schema: Option<Ident>, version: Option<String>) -> Object {
    let own = extension::brings(name.as_str()).and_then(|brings| brings.schema).map(Ident::exact);
    let schema = own.or(schema).or_else(|| lowering.catalog.search_path.first().cloned());
    let definition = Definition::Extension(Extension { schema, version, comment: None });
    Object::new(ObjectId::plain(Class::Extension, name), definition, Origin::default())
}

/// Lowers ALTER EXTENSION.
pub(super) fn alter_extension(lowering: &mut Lowering<'_>, alter: &AlterExtension) -> Followed {
    let object = match find::plain(lowering.catalog, Class::Extension, &alter.name) {
        Ok(object) => object,
        Err(error) => {
            lowering.fail(error);
            return Followed::Yes;
        }
    };
    let mut to = object.clone();
    let Definition::Extension(extension) = &mut to.definition else { return Followed::No };
    match &alter.change {
        ExtensionChange::Update(Some(version)) => extension.version = Some(version.clone()),
        ExtensionChange::SetSchema(schema) => extension.schema = Some(schema.clone()),
        ExtensionChange::Add(reference) => return member(lowering, alter, reference, Membership::Member),
        ExtensionChange::Drop(reference) => return member(lowering, alter, reference, Membership::Free),
        ExtensionChange::Update(None) => return Followed::No,
    }
    redefine(lowering, object, to)
}

/// Makes something a member of an extension, or frees it.
fn member(
    lowering: &mut Lowering<'_>,
    alter: &AlterExtension,
    reference: &Reference,
    membership: Membership,
) -> Followed {
    match lowering.catalog.address(reference) {
        Ok(address) => {
            property::push(lowering, address, Property::Member { extension: alter.name.clone(), membership });
        }
        Err(error) if property::may_be_built_in(&error) => return Followed::No,
        Err(error) => lowering.fail(error),
    }
    Followed::Yes
}
