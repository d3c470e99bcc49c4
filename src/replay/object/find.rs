//! The objects that statements refer to.

use super::class;
use crate::catalog::{Address, Catalog, CatalogError, Class, Definition, Object, ObjectId};
use crate::pg::{Ident, Name, TypeName};
use crate::statement::object::parameter::{AggregateArguments, Parameter, ParameterMode};
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
    let of = class(reference.kind).unwrap_or(Class::Type);
    match &reference.name {
        ObjectName::Plain(name) => named(catalog, of, name),
        ObjectName::Type(found) => of_kind(named(catalog, Class::Type, &found.name)?, reference.kind, &found.name),
        ObjectName::Routine(found) => routine(catalog, reference.kind, found),
        ObjectName::Aggregate(found) => {
            let types = match &found.arguments {
                AggregateArguments::Star => Vec::new(),
                AggregateArguments::List { direct, ordered } => {
                    direct.iter().chain(ordered).map(|argument| argument.data_type.clone()).collect()
                }
            };
            overload(catalog, reference.kind, &found.name, &types)
        }
        ObjectName::Operator(found) => operator(catalog, found),
        ObjectName::Using(name, method) => {
            let wanted = ObjectId::using(of, name.clone(), method);
            let mut candidates = catalog.objects_named(of, name).into_iter();
            candidates.find(|found| found.id.signature == wanted.signature).ok_or_else(|| undefined(wanted))
        }
        ObjectName::Cast(from, to) => {
            by_id(catalog, ObjectId::cast(&catalog.qualified_type(from), &catalog.qualified_type(to)))
        }
        ObjectName::Transform(of, language) => {
            by_id(catalog, ObjectId::transform(&catalog.qualified_type(of), language))
        }
        ObjectName::On(..) | ObjectName::OnDomain(..) | ObjectName::Number(_) => {
            Err(undefined(ObjectId::new(of, Name::simple(Ident::exact(&reference.name.to_string()), reference.span))))
        }
    }
}

fn of_kind<'a>(object: &'a Object, kind: Kind, name: &Name) -> Result<&'a Object, CatalogError> {
    let is_domain = matches!(object.definition, Definition::Domain(_));
    match kind {
        Kind::Domain if !is_domain => Err(CatalogError::WrongKind(name.clone(), "a domain")),
        _ => Ok(object),
    }
}

/// Finds a routine by its argument types, or by its name alone where no other has it.
///
/// # Errors
///
/// As [`object`].
pub(super) fn routine<'a>(catalog: &'a Catalog, kind: Kind, routine: &RoutineName) -> Result<&'a Object, CatalogError> {
    match &routine.arguments {
        Some(arguments) => {
            let given = arguments.iter().filter(|argument| argument.mode != Some(ParameterMode::Out));
            let given: Vec<TypeName> = given.map(|argument| argument.data_type.clone()).collect();
            overload(catalog, kind, &routine.name, &given).or_else(|error| {
                // A procedure may be named with its output parameters written as plain types.
                let all = procedure(catalog, &routine.name, arguments);
                all.ok_or(error)
            })
        }
        None => {
            let all = catalog.objects_named(Class::Routine, &routine.name);
            let mut fitting = all.iter().filter(|found| fits(kind, found));
            match (fitting.next(), fitting.next()) {
                (Some(only), None) => Ok(only),
                (Some(_), Some(_)) => Err(CatalogError::Refused {
                    sqlstate: "42725",
                    message: format!("{} name `{}` is not unique", kind.to_string().to_lowercase(), routine.name),
                }),
                (None, _) if all.is_empty() => Err(undefined(ObjectId::new(Class::Routine, routine.name.clone()))),
                (None, _) => Err(wrong(kind, &routine.name)),
            }
        }
    }
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

fn overload<'a>(catalog: &'a Catalog, kind: Kind, name: &Name, types: &[TypeName]) -> Result<&'a Object, CatalogError> {
    let types: Vec<TypeName> = types.iter().map(|written| catalog.qualified_type(written)).collect();
    let wanted = ObjectId::routine(name.clone(), types.iter());
    let mut all = catalog.objects_named(Class::Routine, name).into_iter();
    match all.find(|found| found.id.signature == wanted.signature) {
        Some(found) if fits(kind, found) => Ok(found),
        Some(_) => Err(wrong(kind, name)),
        None => Err(undefined(wanted)),
    }
}

/// `ALTER FUNCTION` reaches aggregates, too, but DROP does not.
fn fits(kind: Kind, object: &Object) -> bool {
    let found = object.kind();
    match kind {
        Kind::Function | Kind::Procedure | Kind::Aggregate => found == Some(kind),
        _ => true,
    }
}

fn wrong(kind: Kind, name: &Name) -> CatalogError {
    let wanted = match kind {
        Kind::Procedure => "a procedure",
        Kind::Aggregate => "an aggregate",
        _ => "a function",
    };
    CatalogError::WrongKind(name.clone(), wanted)
}

/// Finds an operator by its operand types.
///
/// # Errors
///
/// It is not there.
pub(super) fn operator<'a>(catalog: &'a Catalog, operator: &OperatorReference) -> Result<&'a Object, CatalogError> {
    let mut wanted = operator.clone();
    for side in wanted.left.iter_mut().chain(&mut wanted.right) {
        *side = catalog.qualified_type(side);
    }
    let wanted = ObjectId::operator(&wanted);
    let mut all = catalog.objects_named(Class::Operator, &wanted.name).into_iter();
    all.find(|found| found.id.signature == wanted.signature).ok_or_else(|| undefined(wanted))
}
