//! The objects that statements refer to.

use crate::catalog::{Address, Catalog, CatalogError, Class, Object, ObjectId};
use crate::pg::{Ident, Name, TypeName};
use crate::source::Span;
use crate::statement::object::parameter::Parameter;
use crate::statement::object::reference::{Kind, ObjectName, OperatorReference, Reference, RoutineName};

/// Finds an object that its class and name tell from all others.
///
/// # Errors
///
/// It is not there.
pub(super) fn named<'a>(catalog: &'a Catalog, class: Class, name: &Name) -> Result<&'a Object, CatalogError> {
    let found = catalog.objects_named(class, name).into_iter().next();
    found.ok_or_else(|| undefined(ObjectId::new(class, name.clone())))
}

/// Finds an object of a class without schemas.
///
/// # Errors
///
/// It is not there.
pub(super) fn plain<'a>(catalog: &'a Catalog, class: Class, name: &Ident) -> Result<&'a Object, CatalogError> {
    by_id(catalog, ObjectId::plain(class, name))
}

/// Finds an object by what tells it from all others.
///
/// # Errors
///
/// It is not there.
pub(super) fn by_id(catalog: &Catalog, id: ObjectId) -> Result<&Object, CatalogError> {
    catalog.object(&id).ok_or_else(|| undefined(id))
}

fn undefined(id: ObjectId) -> CatalogError {
    CatalogError::Undefined(Address::Object(id))
}

/// Finds the object that a statement refers to.
///
/// # Errors
///
/// It is not there, is of another kind, or is not the only one of its name.
pub(super) fn object<'a>(catalog: &'a Catalog, reference: &Reference) -> Result<&'a Object, CatalogError> {
    match catalog.address(reference) {
        Ok(Address::Object(id)) => by_id(catalog, id),
        Ok(other) => Err(CatalogError::Undefined(other)),
        Err(error) => {
            // A procedure may be named with its output parameters written as plain types.
            let ObjectName::Routine(RoutineName { name, arguments: Some(arguments) }) = &reference.name else {
                return Err(error);
            };
            let is_function = reference.kind == Kind::Function;
            procedure(catalog, name, arguments).filter(|_| !is_function).ok_or(error)
        }
    }
}

/// Finds a routine.
///
/// # Errors
///
/// As [`object`].
pub(super) fn routine<'a>(catalog: &'a Catalog, kind: Kind, routine: &RoutineName) -> Result<&'a Object, CatalogError> {
    let name = ObjectName::Routine(routine.clone());
    object(catalog, &Reference { kind, name, span: routine.name.span })
}

/// Finds a procedure by the types of all its parameters.
fn procedure<'a>(catalog: &'a Catalog, name: &Name, arguments: &[Parameter]) -> Option<&'a Object> {
    let text = |types: Vec<&TypeName>| types.iter().map(|found| found.identity()).collect::<Vec<_>>();
    let wanted: Vec<TypeName> = arguments.iter().map(|found| catalog.qualified_type(&found.data_type)).collect();
    catalog.objects_named(Class::Routine, name).into_iter().find(|object| {
        let create = object.definition.function().filter(|_| object.kind() == Some(Kind::Procedure));
        let all = create.map(|create| create.parameters.iter().map(|found| &found.data_type).collect());
        all.map(text) == Some(text(wanted.iter().collect()))
    })
}

/// Finds an operator by its operand types.
///
/// # Errors
///
/// It is not there.
pub(super) fn operator<'a>(catalog: &'a Catalog, operator: &OperatorReference) -> Result<&'a Object, CatalogError> {
    let span = Span::default();
    object(catalog, &Reference { kind: Kind::Operator, name: ObjectName::Operator(operator.clone()), span })
}
