//! CREATE of the kinds of which the statement is kept as it is.

use super::super::{Followed, Lowered, Lowering};
use super::{add, plain as unplaced, qualified, refuse};
use crate::catalog::identity::given;
use crate::catalog::{Catalog, CatalogError, Class, Definition, Object, ObjectId, Origin};
use crate::pg::{Ident, Name, Parts, TypeName};
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::object::Statement as Made;
use crate::statement::object::definition::Definition as Item;
use crate::statement::object::operator::{CollationSource, CreateCollation};
use crate::statement::object::operator_class::CreateOperatorFamily;
use crate::statement::object::trigger::Firing;
use crate::statement::relation::Statement as Relation;

/// Lowers CREATE of an operator, cast, collation, language and their kin.
pub(super) fn plain(lowering: &mut Lowering<'_>, made: &Made) -> Followed {
    match made {
        Made::CreateOperator(_) => operator(lowering, made),
        Made::CreateCollation(create) => collation(lowering, create),
        Made::CreateOperatorClass(create) => {
            let name = lowering.catalog.qualified(&create.name);
            if create.family.is_none() {
                own_family(lowering, &name, &create.method);
            }
            placed(lowering, ObjectId::using(Class::OperatorClass, name, &create.method), made)
        }
        Made::CreateOperatorFamily(create) => {
            let id = ObjectId::using(Class::OperatorFamily, lowering.catalog.qualified(&create.name), &create.method);
            let object = Object::new(id, extended(made.clone()), Origin::default());
            qualify_and_add(lowering, object)
        }
        Made::CreateConversion(create) => {
            let id = ObjectId::new(Class::Conversion, lowering.catalog.qualified(&create.name));
            placed(lowering, id, made)
        }
        other => bound(lowering, other),
    }
}

/// A class that names no family gets one of its own name.
fn own_family(lowering: &mut Lowering<'_>, name: &Name, method: &Ident) {
    let id = ObjectId::using(Class::OperatorFamily, name.clone(), method);
    if lowering.catalog.object(&id).is_none() {
        let made = CreateOperatorFamily { name: name.clone(), method: method.clone() };
        let object = Object::new(id, extended(Made::CreateOperatorFamily(made)), Origin::default());
        qualify_and_add(lowering, object);
    }
}

/// Objects without a schema.
fn bound(lowering: &mut Lowering<'_>, made: &Made) -> Followed {
    let (class, name, if_not_exists) = match made {
        Made::CreateCast(create) => {
            let (from, to) = (&create.from, &create.to);
            if lowering.catalog.qualified_type(from) == lowering.catalog.qualified_type(to)
                && from.modifiers == to.modifiers
                && create.method == crate::statement::object::cast::CastMethod::Binary
            {
                return refuse(lowering, "42P17", "source data type and target data type are the same".to_owned());
            }
            return placed(lowering, ObjectId::cast(from, to), made);
        }
        Made::CreateTransform(create) if !create.or_replace => {
            return placed(lowering, ObjectId::transform(&create.data_type, &create.language), made);
        }
        Made::CreateUserMapping(create) => {
            let id = ObjectId::user_mapping(&create.user, &create.server);
            if create.if_not_exists && lowering.catalog.object(&id).is_some() {
                return Followed::Yes;
            }
            return placed(lowering, id, made);
        }
        // Without handlers it is an extension.
        Made::CreateLanguage(create) if !create.or_replace && create.handlers.is_some() => {
            (Class::Language, &create.name, false)
        }
        Made::CreateAccessMethod(create) => (Class::AccessMethod, &create.name, false),
        Made::CreateWrapper(create) => (Class::ForeignDataWrapper, &create.name, false),
        Made::CreateServer(create) => (Class::Server, &create.name, create.if_not_exists),
        Made::CreatePublication(create) => (Class::Publication, &create.name, false),
        Made::CreateSubscription(create) => (Class::Subscription, &create.name, false),
        _ => return Followed::No,
    };
    if if_not_exists && lowering.catalog.object(&ObjectId::plain(class, name)).is_some() {
        return Followed::Yes;
    }
    let object = unplaced(lowering.catalog, class, name, statement(made.clone()));
    add(lowering, object)
}

fn placed(lowering: &mut Lowering<'_>, id: ObjectId, made: &Made) -> Followed {
    qualify_and_add(lowering, Object::new(id, statement(made.clone()), Origin::default()))
}

fn qualify_and_add(lowering: &mut Lowering<'_>, mut object: Object) -> Followed {
    lowering.catalog.qualify(&mut object);
    add(lowering, object)
}

/// Keeps a statement without what says only how to make the object.
pub(super) fn statement(mut made: Made) -> Definition {
    match &mut made {
        Made::CreateServer(create) => create.if_not_exists = false,
        Made::CreateUserMapping(create) => create.if_not_exists = false,
        Made::CreateCollation(create) => create.if_not_exists = false,
        // PostgreSQL shows its own functions without their schema.
        Made::CreateTransform(create) => {
            for routine in create.from_sql.iter_mut().chain(&mut create.to_sql) {
                if routine.name.schema().is_some_and(|schema| *schema == "pg_catalog") {
                    routine.name.parts.remove(0);
                }
            }
        }
        Made::CreateOperator(create) => create.options.iter_mut().for_each(unplace),
        Made::CreateOperatorClass(create) => {
            create.items.iter_mut().for_each(|item| item.span = Span::default());
        }
        Made::CreatePublication(create) => create.options.iter_mut().for_each(unplace),
        Made::CreateTextSearch(create) => create.options.iter_mut().for_each(unplace),
        _ => {}
    }
    Definition::Statement(Statement::Object(Box::new(made)).into())
}

/// Keeps a statement that others complete.
pub(super) fn extended(made: Made) -> Definition {
    match statement(made) {
        Definition::Statement(statement) => Definition::Extended(statement, Vec::new()),
        other => other,
    }
}

/// An option where it stands nowhere: catalogs with the same options are equal.
pub(super) fn unplace(item: &mut Item) {
    item.span = Span::default();
}

fn operator(lowering: &mut Lowering<'_>, made: &Made) -> Followed {
    let Made::CreateOperator(create) = made else { return Followed::No };
    let mut parts = Parts::from_vec(create.name.qualifiers.clone());
    parts.push(Ident::exact(&create.name.symbol));
    let object =
        qualified(lowering.catalog, Class::Operator, &Name { parts, span: Span::default() }, statement(made.clone()));
    // An operator that another one names as its commutator or negator is there as a shell already.
    add(lowering, object)
}

/// A copy has the properties of what it is a copy of, whatever becomes of that.
fn collation(lowering: &mut Lowering<'_>, create: &CreateCollation) -> Followed {
    let mut made = create.clone();
    if let CollationSource::Copy(name) = &create.source
        && let Some(found) = lowering.catalog.objects_named(Class::Collation, name).first()
        && let Some(Statement::Object(source)) = found.definition.statement()
        && let Made::CreateCollation(source) = &**source
    {
        made.source = source.source.clone();
    }
    if let CollationSource::Options(options) = &mut made.source {
        options.iter_mut().for_each(unplace);
    }
    let definition = statement(Made::CreateCollation(Box::new(made)));
    let object = qualified(lowering.catalog, Class::Collation, &create.name, definition);
    if create.if_not_exists && lowering.catalog.object(&object.id).is_some() {
        return Followed::Yes;
    }
    add(lowering, object)
}

/// Lowers CREATE EVENT TRIGGER.
pub(super) fn event_trigger(lowering: &mut Lowering<'_>, made: &Made) -> Followed {
    let Made::CreateEventTrigger(create) = made else { return Followed::No };
    let statement = Statement::Object(Box::new(made.clone()));
    let definition = Definition::EventTrigger(statement.into(), Firing::Enable);
    let object = unplaced(lowering.catalog, Class::EventTrigger, &create.name, definition);
    add(lowering, object)
}

/// Returns what tells the object that a statement makes from all others; `None` when it makes none.
pub(in crate::replay) fn made(statement: &Statement, catalog: &Catalog) -> Option<ObjectId> {
    let placed = |class, name: &Name| Some(ObjectId::new(class, catalog.qualified(name)));
    match statement {
        Statement::Relation(relation) => match &**relation {
            Relation::CreateType(create) => placed(Class::Type, &create.name),
            Relation::CreateDomain(create) => placed(Class::Type, &create.name),
            Relation::CreateSchema(create) => create.name.as_ref().map(ObjectId::schema),
            Relation::CreateExtension(create) => Some(ObjectId::plain(Class::Extension, &create.name)),
            Relation::CreateStatistics(create) => placed(Class::Statistics, create.name.as_ref()?),
            _ => None,
        },
        Statement::Object(object) => match &**object {
            Made::CreateFunction(create) => {
                let types: Vec<TypeName> =
                    given(&create.parameters).map(|written| catalog.qualified_type(written)).collect();
                Some(ObjectId::routine(catalog.qualified(&create.name), types.iter()))
            }
            other if !other.tag().starts_with("CREATE") => None,
            _ => match super::super::lower(statement, catalog) {
                Lowered::Changes(effects) => match effects.error {
                    Some(CatalogError::Duplicate(id)) => Some(id),
                    _ => None,
                },
                _ => None,
            },
        },
        Statement::Data(_) | Statement::Session(_) => None,
    }
}
