//! Objects that are no relations: what statements make, change and drop of them.

mod alter;
mod create;
mod domain;
pub(super) mod drop;
mod find;
mod foreign;
pub(super) mod members;
mod routine;
mod schema;
mod text_search;
mod types;

pub(super) use create::made;

use super::{Followed, Lowering};
use crate::catalog::{Catalog, CatalogError, Class, Definition, Object, ObjectId, Origin};
use crate::changes::{CreateObject, parts};
use crate::pg::{Ident, Name};
use crate::statement::Statement;
use crate::statement::object::Statement as Made;
use crate::statement::object::grant::{GrantTarget, NamedKind};
use crate::statement::object::reference::Kind;
use crate::statement::relation::{DropKind, Statement as Relation};
use crate::statement::words::Behavior;

/// Lowers a statement about objects; says how far it is followed.
pub(super) fn lower(lowering: &mut Lowering<'_>, statement: &Statement) -> Followed {
    match statement {
        Statement::Relation(relation) => relation_family(lowering, relation, statement),
        Statement::Object(object) => match object_family(lowering, object) {
            Followed::No => cluster(lowering, object),
            followed => followed,
        },
        Statement::Data(_) | Statement::Session(_) => Followed::No,
    }
}

fn relation_family(lowering: &mut Lowering<'_>, relation: &Relation, statement: &Statement) -> Followed {
    match relation {
        Relation::CreateSchema(create) => schema::create(lowering, create),
        Relation::AlterSchema(alter) => alter::generic(lowering, ObjectId::schema(&alter.name), &alter.change),
        Relation::CreateType(create) => types::create(lowering, create),
        Relation::AlterType(alter) => types::alter(lowering, alter),
        Relation::CreateDomain(create) => domain::create(lowering, create),
        Relation::AlterDomain(alter) => domain::alter(lowering, alter),
        Relation::CreateExtension(create) => schema::create_extension(lowering, create),
        Relation::AlterExtension(alter) => schema::alter_extension(lowering, alter),
        Relation::CreateStatistics(create) => members::create_statistics(lowering, create, statement),
        Relation::AlterStatistics(alter) => members::alter_statistics(lowering, alter),
        _ => Followed::No,
    }
}

fn object_family(lowering: &mut Lowering<'_>, object: &Made) -> Followed {
    match object {
        Made::CreateFunction(made) => routine::create(lowering, made),
        Made::AlterFunction(alter) => routine::alter(lowering, alter),
        Made::CreateAggregate(made) => routine::create_aggregate(lowering, made),
        Made::AlterObject(found) => alter::object(lowering, found),
        Made::Drop(found) => drop::objects(lowering, found),
        Made::DropUserMapping(found) => foreign::drop_user_mapping(lowering, found),
        Made::CreateTextSearch(made) => text_search::create(lowering, made),
        Made::AlterDictionary(found) => text_search::alter_dictionary(lowering, found),
        Made::AlterConfiguration(found) => text_search::alter_configuration(lowering, found),
        Made::AlterOperator(found) => members::alter_operator(lowering, found),
        Made::AlterOperatorFamily(found) => members::alter_family(lowering, found),
        Made::CreateEventTrigger(_) => create::event_trigger(lowering, object),
        Made::AlterEventTrigger(found) => members::alter_event_trigger(lowering, found),
        Made::AlterPublication(found) => members::alter_publication(lowering, found),
        Made::AlterSubscription(found) => members::alter_subscription(lowering, found),
        Made::AlterWrapper(found) => foreign::alter_wrapper(lowering, found),
        Made::AlterServer(found) => foreign::alter_server(lowering, found),
        Made::AlterUserMapping(found) => foreign::alter_user_mapping(lowering, found),
        other => create::plain(lowering, other),
    }
}

/// What a whole cluster shares is no part of a database's catalog, but for the names of roles.
fn cluster(lowering: &mut Lowering<'_>, object: &Made) -> Followed {
    match object {
        Made::CreateRole(made) => {
            let id = ObjectId::plain(Class::Role, &made.name);
            add(lowering, Object::new(id, Definition::Role, Origin::default()))
        }
        Made::DropRole(found) => drop::roles(lowering, found),
        Made::RefreshCollation(_) => Followed::Nothing,
        Made::AlterRole(_)
        | Made::GrantRole(_)
        | Made::AlterRoleSetting(_)
        | Made::CreateDatabase(_)
        | Made::AlterDatabase(_)
        | Made::DropDatabase(_)
        | Made::CreateTablespace(_)
        | Made::AlterTablespace(_)
        | Made::AlterSystem(_) => Followed::Elsewhere,
        Made::Grant(found) if is_of_cluster(&found.target) => Followed::Elsewhere,
        Made::Comment(found) if is_shared(found.object.kind) => Followed::Elsewhere,
        Made::SecurityLabel(found) if is_shared(found.object.kind) => Followed::Elsewhere,
        Made::Drop(found) if found.kind == Kind::Tablespace => Followed::Elsewhere,
        Made::AlterObject(found) if matches!(found.object.kind, Kind::Tablespace | Kind::Database) => {
            Followed::Elsewhere
        }
        _ => Followed::No,
    }
}

/// Says whether all databases of a cluster share what is said something of.
fn is_shared(kind: Kind) -> bool {
    matches!(kind, Kind::Database | Kind::Role | Kind::Tablespace)
}

/// Says whether privileges are on what a cluster shares.
fn is_of_cluster(target: &GrantTarget) -> bool {
    matches!(target, GrantTarget::Named(NamedKind::Database | NamedKind::Parameter | NamedKind::Tablespace, _))
}

/// Makes a new object unless its name is taken.
fn add(lowering: &mut Lowering<'_>, object: Object) -> Followed {
    if let Err(error) = lowering.catalog.free(&object.id) {
        lowering.fail(error);
        return Followed::Yes;
    }
    CreateObject::made(object, lowering.catalog).into_iter().for_each(|change| lowering.push(change));
    Followed::Yes
}

/// Gives an object another definition, unless it is the same.
fn redefine(lowering: &mut Lowering<'_>, object: &Object, mut to: Object) -> Followed {
    lowering.catalog.qualify(&mut to);
    define(lowering, object, &to.definition);
    Followed::Yes
}

/// Gives an object another definition with qualified names, unless it is the same.
fn define(lowering: &mut Lowering<'_>, object: &Object, to: &Definition) {
    parts::between(object, to, lowering.catalog).into_iter().for_each(|change| lowering.push(change));
}

/// Returns an object with its names qualified.
fn qualified(catalog: &Catalog, class: Class, name: &Name, definition: Definition) -> Object {
    let mut object = Object::new(ObjectId::new(class, catalog.qualified(name)), definition, Origin::default());
    catalog.qualify(&mut object);
    object
}

/// Returns an object of a class without schemas, the names in its definition qualified.
fn plain(catalog: &Catalog, class: Class, name: &Ident, definition: Definition) -> Object {
    let mut object = Object::new(ObjectId::plain(class, name), definition, Origin::default());
    catalog.qualify(&mut object);
    object
}

fn refuse(lowering: &mut Lowering<'_>, sqlstate: &'static str, message: String) -> Followed {
    lowering.fail(CatalogError::Refused { sqlstate, message });
    Followed::Yes
}

/// Returns the class of the objects of a kind; `None` for relations, their parts, and what a cluster shares.
fn class(kind: Kind) -> Option<Class> {
    Some(match kind {
        Kind::AccessMethod => Class::AccessMethod,
        Kind::Aggregate | Kind::Function | Kind::Procedure | Kind::Routine => Class::Routine,
        Kind::Cast => Class::Cast,
        Kind::Collation => Class::Collation,
        Kind::Conversion => Class::Conversion,
        Kind::Domain | Kind::Type => Class::Type,
        Kind::EventTrigger => Class::EventTrigger,
        Kind::Extension => Class::Extension,
        Kind::ForeignDataWrapper => Class::ForeignDataWrapper,
        Kind::Language => Class::Language,
        Kind::OperatorClass => Class::OperatorClass,
        Kind::OperatorFamily => Class::OperatorFamily,
        Kind::Operator => Class::Operator,
        Kind::Publication => Class::Publication,
        Kind::Role => Class::Role,
        Kind::Schema => Class::Schema,
        Kind::Server => Class::Server,
        Kind::Statistics => Class::Statistics,
        Kind::Subscription => Class::Subscription,
        Kind::TextSearchConfiguration => Class::TextSearchConfiguration,
        Kind::TextSearchDictionary => Class::TextSearchDictionary,
        Kind::TextSearchParser => Class::TextSearchParser,
        Kind::TextSearchTemplate => Class::TextSearchTemplate,
        Kind::Transform => Class::Transform,
        _ => return None,
    })
}

/// Finds the objects that a DROP names; `None` when it is no such statement or one of them is not there.
pub(super) fn dropped<'a>(statement: &Statement, catalog: &'a Catalog) -> Option<Vec<&'a Object>> {
    match statement {
        Statement::Relation(found) => match &**found {
            Relation::Drop(drop) if drop.behavior == Behavior::Restrict => {
                let is_type = matches!(drop.kind, DropKind::Type | DropKind::Domain);
                let named = drop.names.iter().filter(|_| is_type);
                let found: Option<Vec<&Object>> =
                    named.map(|name| find::named(catalog, Class::Type, name).ok()).collect();
                found.filter(|found| !found.is_empty())
            }
            _ => None,
        },
        Statement::Object(found) => match &**found {
            Made::Drop(drop) if drop.behavior == Behavior::Restrict => {
                drop.objects.iter().map(|reference| find::object(catalog, reference).ok()).collect()
            }
            _ => None,
        },
        _ => None,
    }
}
