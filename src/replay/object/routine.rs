//! Functions, procedures and aggregates.

use super::super::{Followed, Lowering, session};
use super::{add, find, qualified, redefine, refuse};
use crate::catalog::{CatalogError, Class, Definition, Object};
use crate::changes::parts;
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::object::Statement as Made;
use crate::statement::object::function::{AlterFunction, Attribute, CreateFunction};
use crate::statement::object::operator::CreateAggregate;
use crate::statement::object::reference::Kind;
use crate::statement::session::setting::{Attached, Change, Reset, Value};

/// Lowers CREATE [OR REPLACE] FUNCTION and PROCEDURE: other argument types make an overload.
pub(super) fn create(lowering: &mut Lowering<'_>, create: &CreateFunction) -> Followed {
    let mut made = CreateFunction { or_replace: false, ..create.clone() };
    made.parameters.iter_mut().for_each(|parameter| parameter.span = Span::default());
    made.attributes.iter_mut().for_each(|attribute| resolve(lowering, attribute));
    let statement = Statement::Object(Box::new(Made::CreateFunction(Box::new(made))));
    let definition = Definition::Statement(statement.into());
    let object = qualified(lowering.catalog, Class::Routine, &create.name, definition);
    replace_or_add(lowering, object, create.or_replace)
}

fn replace_or_add(lowering: &mut Lowering<'_>, object: Object, or_replace: bool) -> Followed {
    let Some(held) = lowering.catalog.object(&object.id).filter(|_| or_replace) else {
        return add(lowering, object);
    };
    let refusal = match (held.definition.function(), object.definition.function()) {
        (Some(from), Some(to)) => parts::refusal(from, to),
        (None, None) => None,
        _ => Some(("42809", format!("cannot change routine kind of `{}`", held.id.name))),
    };
    match refusal {
        Some((sqlstate, message)) => refuse(lowering, sqlstate, message),
        None => redefine(lowering, held, object),
    }
}

/// Lowers CREATE [OR REPLACE] AGGREGATE.
pub(super) fn create_aggregate(lowering: &mut Lowering<'_>, create: &CreateAggregate) -> Followed {
    let mut made = CreateAggregate { or_replace: false, ..create.clone() };
    made.options.iter_mut().for_each(|option| option.span = Span::default());
    let statement = Statement::Object(Box::new(Made::CreateAggregate(Box::new(made))));
    let definition = Definition::Statement(statement.into());
    let object = qualified(lowering.catalog, Class::Routine, &create.name, definition);
    replace_or_add(lowering, object, create.or_replace)
}

/// Lowers ALTER FUNCTION, PROCEDURE and ROUTINE with new attributes.
pub(super) fn alter(lowering: &mut Lowering<'_>, alter: &AlterFunction) -> Followed {
    let object = match find::routine(lowering.catalog, alter.kind, &alter.routine) {
        Ok(object) => object,
        Err(error) => {
            lowering.fail(error);
            return Followed::Yes;
        }
    };
    if object.kind() == Some(Kind::Aggregate) {
        lowering.fail(CatalogError::WrongKind(object.id.name.clone(), "a function"));
        return Followed::Yes;
    }
    let mut to = object.clone();
    let Some(Statement::Object(made)) = to.definition.statement_mut() else { return Followed::No };
    let Made::CreateFunction(create) = &mut **made else { return Followed::No };
    for attribute in &alter.attributes {
        let mut attribute = attribute.clone();
        resolve(lowering, &mut attribute);
        set(&mut create.attributes, &attribute);
    }
    redefine(lowering, object, to)
}

/// `FROM CURRENT` is what the session has now, and no other session need have.
fn resolve(lowering: &Lowering<'_>, attribute: &mut Attribute) {
    let Attribute::Setting(Attached::Set(change)) = attribute else { return };
    let Change::FromCurrent(name) = change else { return };
    match session::told(lowering.catalog).filter(|_| *name.last() == "search_path") {
        // An empty path is one empty name.
        Some([]) => *change = Change::Value(name.clone(), vec![Value::Text(String::new())]),
        Some(path) => *change = Change::Value(name.clone(), path.iter().cloned().map(Value::Text).collect()),
        None => {}
    }
}

/// Puts an attribute in the place of the one that it excludes.
fn set(attributes: &mut Vec<Attribute>, attribute: &Attribute) {
    if matches!(attribute, Attribute::Setting(Attached::Reset(Reset::All))) {
        return attributes.retain(|held| !matches!(held, Attribute::Setting(_)));
    }
    let slot = parts::slot(attribute);
    let is_reset = matches!(attribute, Attribute::Setting(Attached::Reset(_)));
    match attributes.iter().position(|held| parts::slot(held) == slot) {
        Some(at) if is_reset => drop(attributes.remove(at)),
        Some(at) => attributes[at] = attribute.clone(),
        None if is_reset => {}
        None => attributes.push(attribute.clone()),
    }
}
