//! Types: enums, composite types, ranges, base types.

use super::super::{Followed, Lowering};
use super::{alter, define, find, qualified, redefine, refuse};
use crate::catalog::{Catalog, CatalogError, Class, Composite, Definition, Kind, Object};
use crate::changes::CreateObject;
use crate::pg::{Ident, Name, TypeName};
use crate::source::Span;
use crate::statement::relation::{
    AlterType, Attribute, AttributeAction, AttributeActionKind, CreateType, GenericChange, Parameter, ParameterValue,
    TypeChange, TypeDefinition, ValuePlace,
};
use crate::statement::words::Behavior;

/// Lowers CREATE TYPE.
pub(super) fn create(lowering: &mut Lowering<'_>, create: &CreateType) -> Followed {
    let catalog = lowering.catalog;
    let definition = match &create.definition {
        TypeDefinition::Shell => Definition::Shell,
        TypeDefinition::Enum(labels) => {
            if let Some(twice) = labels.iter().enumerate().find(|(at, label)| labels[..*at].contains(label)) {
                return refuse(lowering, "23505", format!("enum label `{}` stands twice", twice.1));
            }
            Definition::Enum(labels.clone())
        }
        TypeDefinition::Composite(attributes) => {
            let again = |(at, found): &(usize, &Attribute)| attributes[..*at].iter().any(|own| own.name == found.name);
            if let Some((_, twice)) = attributes.iter().enumerate().find(again) {
                return refuse(lowering, "42701", format!("attribute `{}` stands twice", twice.name));
            }
            Definition::Composite(Composite::new(attributes.iter().map(plain).collect()))
        }
        TypeDefinition::Range(parameters) => Definition::Range(range(catalog, &create.name, parameters)),
        TypeDefinition::Base(parameters) => Definition::Base(sorted(parameters)),
    };
    let object = qualified(catalog, Class::Type, &create.name, definition);
    let shell = catalog.object(&object.id).filter(|found| found.definition == Definition::Shell);
    match (shell, &object.definition) {
        (Some(_), Definition::Base(_)) => {}
        _ => return super::add(lowering, object),
    }
    let home = catalog.plain_schema().cloned();
    lowering.push(CreateObject { object: Box::new(object), home });
    Followed::Yes
}

/// An attribute where it stands nowhere: catalogs with the same attributes are equal.
fn plain(attribute: &Attribute) -> Attribute {
    Attribute { span: Span::default(), ..attribute.clone() }
}

fn sorted(parameters: &[Parameter]) -> Vec<Parameter> {
    let mut sorted = parameters.to_vec();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    sorted
}

/// Adds the name of the multirange type when none is written.
fn range(catalog: &Catalog, name: &Name, parameters: &[Parameter]) -> Vec<Parameter> {
    let mut found = parameters.to_vec();
    for parameter in found.iter_mut().filter(|parameter| parameter.name == *"multirange_type_name") {
        if let Some(ParameterValue::Type(value)) = &mut parameter.value {
            value.name = catalog.qualified(&value.name);
        }
    }
    let has_multirange = catalog.version.is_since(14);
    if has_multirange && !parameters.iter().any(|parameter| parameter.name == *"multirange_type_name") {
        let mut chosen = catalog.qualified(name);
        if let Some(last) = chosen.parts.last_mut() {
            *last = multirange_name(last);
        }
        let value = Some(ParameterValue::Type(TypeName::named(chosen)));
        found.push(Parameter { namespace: None, name: Ident::exact("multirange_type_name"), value });
    }
    sorted(&found)
}

/// Source: `makeMultirangeTypeName` of PostgreSQL 15.
fn multirange_name(range: &Ident) -> Ident {
    let name = range.as_str();
    match name.find("range") {
        Some(at) => Ident::exact(&format!("{}multi{}", &name[..at], &name[at..])),
        None => {
            let ending = "_multirange";
            let end = (0..=(63 - ending.len()).min(name.len())).rev().find(|&at| name.is_char_boundary(at));
            Ident::exact(&format!("{}{ending}", &name[..end.unwrap_or(0)]))
        }
    }
}

/// Lowers ALTER TYPE.
pub(super) fn alter(lowering: &mut Lowering<'_>, alter: &AlterType) -> Followed {
    let object = match find::named(lowering.catalog, Class::Type, &alter.name) {
        Ok(object) => object,
        Err(error) => {
            let row_type = lowering.catalog.relation(&alter.name).map(|found| found.kind);
            match row_type {
                Some(Kind::Sequence) | None => lowering.fail(error),
                Some(_) => {
                    let message = format!("`{}` is a table's row type", alter.name);
                    refuse(lowering, "42809", message);
                }
            }
            return Followed::Yes;
        }
    };
    match &alter.change {
        TypeChange::Generic(GenericChange::OwnerTo(role)) => alter::owner(lowering, object, role),
        TypeChange::Generic(GenericChange::Rename(to)) => rename(lowering, object, to),
        TypeChange::Generic(GenericChange::SetSchema(schema)) => alter::set_schema(lowering, object, schema),
        TypeChange::AddValue { if_not_exists, value, place } => {
            return add_value(lowering, object, (value, *if_not_exists), place.as_ref());
        }
        TypeChange::RenameValue { from, to } => return rename_value(lowering, object, from, to),
        TypeChange::Attributes(actions) => attributes(lowering, object, actions),
        TypeChange::RenameAttribute { from, to, behavior } => {
            return rename_attribute(lowering, object, (from, to), *behavior);
        }
        TypeChange::SetProperties(properties) => return set_properties(lowering, object, properties),
    }
    Followed::Yes
}

fn rename(lowering: &mut Lowering<'_>, object: &Object, to: &Ident) {
    let is_composite = matches!(object.definition, Definition::Composite(_));
    let schema = object.schema().cloned().unwrap_or_else(|| Ident::exact("public"));
    if is_composite && lowering.catalog.has_relation_name(&schema, to) {
        return lowering
            .fail(CatalogError::DuplicateTable(Name { parts: [schema, to.clone()].into(), span: Span::default() }));
    }
    alter::rename(lowering, object, to);
}

fn labels<'a>(lowering: &mut Lowering<'_>, object: &'a Object) -> Option<&'a [String]> {
    match &object.definition {
        Definition::Enum(labels) => Some(labels),
        _ => {
            lowering.fail(CatalogError::WrongKind(object.id.name.clone(), "an enum"));
            None
        }
    }
}

fn add_value(
    lowering: &mut Lowering<'_>,
    object: &Object,
    (value, if_not_exists): (&String, bool),
    place: Option<&ValuePlace>,
) -> Followed {
    let Some(labels) = labels(lowering, object) else { return Followed::Yes };
    if labels.contains(value) {
        let taken = format!("enum label `{value}` already exists");
        return if if_not_exists { Followed::Yes } else { refuse(lowering, "42710", taken) };
    }
    let neighbour = |other: &String| labels.iter().position(|label| label == other);
    let at = match place {
        None => Some(labels.len()),
        Some(ValuePlace::Before(other)) => neighbour(other),
        Some(ValuePlace::After(other)) => neighbour(other).map(|at| at + 1),
    };
    let Some(at) = at else {
        return refuse(lowering, "22023", "the neighbour is not an existing enum label".to_owned());
    };
    let mut new = labels.to_vec();
    new.insert(at, value.clone());
    define(lowering, object, &Definition::Enum(new));
    Followed::Yes
}

fn rename_value(lowering: &mut Lowering<'_>, object: &Object, from: &String, to: &String) -> Followed {
    let Some(labels) = labels(lowering, object) else { return Followed::Yes };
    let Some(at) = labels.iter().position(|label| label == from) else {
        return refuse(lowering, "22023", format!("`{from}` is not an existing enum label"));
    };
    if labels.contains(to) {
        return refuse(lowering, "42710", format!("enum label `{to}` already exists"));
    }
    let mut new = labels.to_vec();
    new[at] = to.clone();
    define(lowering, object, &Definition::Enum(new));
    Followed::Yes
}

/// Does each action as a change of its own, in the order in which PostgreSQL makes them: drops first.
fn attributes(lowering: &mut Lowering<'_>, object: &Object, actions: &[AttributeAction]) {
    let mut at = object.clone();
    let pass = |action: &&AttributeAction| match action.kind {
        AttributeActionKind::Drop { .. } => 0,
        AttributeActionKind::SetType(_) => 1,
        AttributeActionKind::Add(_) => 2,
    };
    let mut ordered: Vec<&AttributeAction> = actions.iter().collect();
    ordered.sort_by_key(pass);
    for action in ordered {
        let Definition::Composite(composite) = &at.definition else {
            return lowering.fail(CatalogError::WrongKind(object.id.name.clone(), "a composite type"));
        };
        let Some(new) = changed(lowering, object, composite, action) else { continue };
        if !is_free_to_change(lowering, object, action) {
            return;
        }
        define(lowering, &at, &Definition::Composite(new.clone()));
        at.definition = Definition::Composite(new);
    }
}

/// Tables of the type follow only with CASCADE; values in columns keep the types of their attributes.
fn is_free_to_change(lowering: &mut Lowering<'_>, object: &Object, action: &AttributeAction) -> bool {
    let name = &object.id.name;
    let users = lowering.catalog.relations_of_type(name);
    let typed = users.iter().find(|found| found.of_type.as_ref() == Some(name));
    if let (Some(table), Behavior::Restrict) = (typed, action.behavior) {
        lowering.fail(CatalogError::Refused {
            sqlstate: "2BP01",
            message: format!("cannot alter type `{name}` because it is the type of `{}`", table.name),
        });
        return false;
    }
    let column = users.iter().find(|found| found.of_type.as_ref() != Some(name));
    if let (Some(table), AttributeActionKind::SetType(_)) = (column, &action.kind) {
        lowering.fail(CatalogError::Refused {
            sqlstate: "0A000",
            message: format!("cannot alter type `{name}` because a column of `{}` uses it", table.name),
        });
        return false;
    }
    true
}

/// Returns the attributes after an action; `None` when it does nothing or is refused.
fn changed(
    lowering: &mut Lowering<'_>,
    object: &Object,
    composite: &Composite,
    action: &AttributeAction,
) -> Option<Composite> {
    let mut new = composite.clone();
    let place = |name: &Ident| composite.attributes.iter().position(|found| found.name == *name);
    let type_name = &object.id.name;
    match &action.kind {
        AttributeActionKind::Add(attribute) => {
            if place(&attribute.name).is_some() {
                lowering.fail(CatalogError::DuplicateColumn(type_name.clone(), attribute.name.clone()));
                return None;
            }
            new.attributes.push(resolved(lowering.catalog, attribute));
        }
        AttributeActionKind::Drop { if_exists, name } => match place(name) {
            Some(_) => new.retain(|attribute| attribute.name != *name),
            None if *if_exists => return None,
            None => {
                lowering.fail(CatalogError::UndefinedColumn(type_name.clone(), name.clone()));
                return None;
            }
        },
        AttributeActionKind::SetType(attribute) => match place(&attribute.name) {
            Some(at) => new.attributes[at] = resolved(lowering.catalog, attribute),
            None => {
                lowering.fail(CatalogError::UndefinedColumn(type_name.clone(), attribute.name.clone()));
                return None;
            }
        },
    }
    Some(new)
}

fn resolved(catalog: &Catalog, attribute: &Attribute) -> Attribute {
    Attribute { type_name: catalog.qualified_type(&attribute.type_name), ..plain(attribute) }
}

fn rename_attribute(
    lowering: &mut Lowering<'_>,
    object: &Object,
    (from, to): (&Ident, &Ident),
    behavior: Behavior,
) -> Followed {
    let Definition::Composite(composite) = &object.definition else {
        lowering.fail(CatalogError::WrongKind(object.id.name.clone(), "a composite type"));
        return Followed::Yes;
    };
    let name = &object.id.name;
    let Some(at) = composite.attributes.iter().position(|found| found.name == *from) else {
        lowering.fail(CatalogError::UndefinedColumn(name.clone(), from.clone()));
        return Followed::Yes;
    };
    if composite.has(to) {
        lowering.fail(CatalogError::DuplicateColumn(name.clone(), to.clone()));
        return Followed::Yes;
    }
    let mut new = composite.clone();
    new.attributes[at].name = to.clone();
    new.shared.remove(from).into_iter().for_each(|shared| drop(new.shared.insert(to.clone(), shared)));
    let rename = AttributeActionKind::Drop { if_exists: false, name: from.clone() };
    let action = AttributeAction { span: Span::default(), kind: rename, behavior };
    if is_free_to_change(lowering, object, &action) {
        define(lowering, object, &Definition::Composite(new));
    }
    Followed::Yes
}

fn set_properties(
    lowering: &mut Lowering<'_>,
    object: &Object,
    properties: &[(Ident, Option<ParameterValue>)],
) -> Followed {
    let mut to = object.clone();
    let (Definition::Base(held) | Definition::Range(held)) = &mut to.definition else {
        return refuse(lowering, "42809", format!("`{}` is not a base type", object.id.name));
    };
    for (name, value) in properties {
        held.retain(|parameter| parameter.name != *name);
        held.extend(value.clone().map(|value| Parameter { namespace: None, name: name.clone(), value: Some(value) }));
    }
    *held = sorted(held);
    redefine(lowering, object, to)
}
