//! DROP of objects that are no relations, with everything that goes as well written out as changes of its own.

use std::collections::BTreeSet;

use super::super::{Followed, Lowering, cascade, drop as relations};
use super::{find, members};
use crate::catalog::{Address, Catalog, CatalogError, Class, Definition, Kind, Mention, Object, ObjectId, Relation};
use crate::changes::{ChangePrivileges, DropObject, Reach};
use crate::pg::{Ident, Name, extension};
use crate::statement::object::drop::{Drop, DropRole};
use crate::statement::object::role_spec::RoleSpec;
use crate::statement::relation as ddl;
use crate::statement::relation::DropKind;
use crate::statement::words::Behavior;

/// Lowers DROP TYPE, DOMAIN, SCHEMA, EXTENSION and STATISTICS.
pub(in crate::replay) fn named(lowering: &mut Lowering<'_>, drop: &ddl::Drop) {
    let mut found = Vec::new();
    for name in &drop.names {
        let object = match drop.kind {
            DropKind::Schema => find::plain(lowering.catalog, Class::Schema, name.last()),
            DropKind::Extension => find::plain(lowering.catalog, Class::Extension, name.last()),
            DropKind::Statistics => find::named(lowering.catalog, Class::Statistics, name),
            _ => find::named(lowering.catalog, Class::Type, name),
        };
        match object {
            Ok(object) if drop.kind == DropKind::Domain && !matches!(object.definition, Definition::Domain(_)) => {
                lowering.fail(CatalogError::WrongKind(name.clone(), "a domain"));
            }
            Ok(object) => found.push(object),
            Err(_) if drop.if_exists => {}
            Err(error) => lowering.fail(error),
        }
    }
    all(lowering, &found, drop.behavior);
}

/// Lowers DROP of routines, operators and all other kinds.
pub(super) fn objects(lowering: &mut Lowering<'_>, drop: &Drop) -> Followed {
    if super::class(drop.kind).is_none() {
        return Followed::No;
    }
    let mut found = Vec::new();
    for reference in &drop.objects {
        match find::object(lowering.catalog, reference) {
            Ok(object) => found.push(object),
            // Even with IF EXISTS a name that may mean several routines is refused.
            Err(CatalogError::Undefined(_)) if drop.if_exists => {}
            Err(error) => lowering.fail(error),
        }
    }
    all(lowering, &found, drop.behavior);
    Followed::Yes
}

/// Lowers DROP ROLE.
pub(super) fn roles(lowering: &mut Lowering<'_>, drop: &DropRole) -> Followed {
    for role in &drop.roles {
        let RoleSpec::Name(name) = role else { return Followed::No };
        match find::plain(lowering.catalog, Class::Role, name) {
            Ok(object) => lowering.push(DropObject::of(object, lowering.catalog)),
            Err(_) if drop.if_exists => {}
            // Another database may have made it: roles are shared.
            Err(_) => return Followed::Elsewhere,
        }
    }
    Followed::Yes
}

fn all(lowering: &mut Lowering<'_>, wanted: &[&Object], behavior: Behavior) {
    let mut closure = Closure { objects: Vec::new(), visited: BTreeSet::new(), refused: None };
    for object in wanted {
        closure.add(lowering, object, wanted, behavior);
    }
    if let Some(error) = closure.refused {
        return lowering.fail(error);
    }
    let closed: Vec<&ObjectId> = closure.objects.iter().map(|object| &object.id).collect();
    let (schemas, others): (Vec<&Object>, Vec<&Object>) =
        closure.objects.iter().copied().partition(|object| object.id.class == Class::Schema);
    // Its tables go before the types of their columns.
    let inside = schemas.iter().flat_map(|schema| user_relations(lowering, schema)).collect();
    relations::all(lowering, inside, behavior);
    for object in others {
        let address = Address::Object(object.id.clone());
        relations_of(lowering, object, (&schemas, behavior));
        if !cascade::release(lowering, &address, &[], behavior) {
            return;
        }
        members::forget(lowering, object, &closed);
        cascade::object(lowering, object);
    }
    for schema in schemas {
        default_privileges(lowering, schema.id.name.last());
        lowering.push(DropObject::of(schema, lowering.catalog));
    }
}

/// Takes away what new things in a schema would be given: it goes without a word.
fn default_privileges(lowering: &mut Lowering<'_>, schema: &Ident) {
    let catalog = lowering.catalog;
    let inside = catalog.objects_in(schema).into_iter().filter(|found| found.id.class == Class::DefaultPrivileges);
    for object in inside {
        let address = Address::Object(object.id.clone());
        let (Some(held), Some(none)) = (catalog.privileges(&address), catalog.initial_privileges(&address)) else {
            continue;
        };
        let changes = held.deltas(&none).into_iter();
        changes
            .filter_map(|delta| ChangePrivileges::new(catalog, address.clone(), delta))
            .for_each(|change| lowering.push(change));
    }
}

/// The objects that go, users before what they use.
struct Closure<'a> {
    objects: Vec<&'a Object>,
    /// Operators name each other as commutators, an operator class and its functions the same type.
    visited: BTreeSet<ObjectId>,
    refused: Option<CatalogError>,
}

impl<'a> Closure<'a> {
    fn add(&mut self, lowering: &Lowering<'a>, object: &'a Object, wanted: &[&Object], behavior: Behavior) {
        if !self.visited.insert(object.id.clone()) {
            return;
        }
        for user in users(lowering, object) {
            let is_wanted = wanted.iter().any(|other| other.id == user.id);
            if behavior == Behavior::Restrict && !is_wanted && !follows(object, user) {
                self.refuse(lowering, object, user.words(lowering.catalog.plain_schema()));
            }
            // A type and its own functions use each other.
            if !is_circular(object, user) {
                self.add(lowering, user, wanted, behavior);
            }
        }
        if behavior == Behavior::Restrict
            && let Some(relation) = user_relations(lowering, object).first()
        {
            self.refuse(lowering, object, format!("`{}`", lowering.catalog.shown(&relation.name)));
        }
        self.objects.push(object);
    }

    fn refuse(&mut self, lowering: &Lowering<'_>, object: &Object, dependent: String) {
        let dropped = object.words(lowering.catalog.plain_schema());
        self.refused.get_or_insert(CatalogError::DependentObjects { dropped, dependent });
    }
}

/// What goes along without CASCADE: an extension's schema is not, user mappings are not, but an operator class's own
/// family is kept either way.
fn follows(object: &Object, user: &Object) -> bool {
    object.id.class == Class::Publication || user.id.class == Class::Statistics && object.id.class != Class::Schema
}

/// Input and output functions of a base type are named by the type and take or return it.
fn is_circular(object: &Object, user: &Object) -> bool {
    matches!(object.definition, Definition::Base(_) | Definition::Shell) && user.id.class == Class::Routine
}

/// Returns the objects that are in a schema or mention an object.
fn users<'a>(lowering: &Lowering<'a>, object: &'a Object) -> Vec<&'a Object> {
    let catalog = lowering.catalog;
    match object.id.class {
        Class::Schema => {
            let inside = catalog.objects_in(object.id.name.last()).into_iter();
            inside.filter(|found| found.id.class != Class::DefaultPrivileges).collect()
        }
        Class::Type => catalog.objects_of_type(&object.id.name).into_iter().chain(in_bodies(catalog, object)).collect(),
        Class::Extension => {
            let types = brought_types(object);
            types.iter().flat_map(|name| catalog.objects_of_type(name)).collect()
        }
        class => {
            let candidates = catalog.users_of(object.id.name.last());
            let found = candidates.iter().filter_map(|id| catalog.object(id));
            // By its name alone one of several overloads is not told from the others.
            let is_only = catalog.objects_named(class, &object.id.name).len() == 1;
            let found = found.filter(|user| is_only && members::is_bound(user, class) && mentions(user, &object.id));
            found.chain(in_bodies(catalog, object)).collect()
        }
    }
}

/// Returns the objects whose expressions and bodies use another.
fn in_bodies<'a>(catalog: &'a Catalog, object: &Object) -> Vec<&'a Object> {
    let users = catalog.dependents(&Address::Object(object.id.clone()));
    let users = users.iter().filter_map(|user| match &user.definer.address {
        Address::Object(id) => catalog.object(id),
        _ => None,
    });
    users.collect()
}

fn mentions(user: &Object, id: &ObjectId) -> bool {
    let mut found = false;
    user.definition.clone().each_mention(&mut |mention| {
        found |= match mention {
            Mention::Object(class, name) => class == id.class && *name == id.name,
            Mention::Plain(class, name) => class == id.class && *name == *id.name.last(),
            Mention::Operator(operator) => id.class == Class::Operator && operator.symbol == id.name.last().as_str(),
            _ => false,
        };
    });
    found
}

fn brought_types(object: &Object) -> Vec<Name> {
    let Definition::Extension(held) = &object.definition else { return Vec::new() };
    let types = extension::brings(object.id.name.last().as_str()).map_or(&[][..], |brings| brings.types);
    let schema = held.schema.clone();
    types
        .iter()
        .map(|name| Name {
            parts: schema.iter().cloned().chain([Ident::exact(name)]).collect(),
            span: object.id.name.span,
        })
        .collect()
}

/// Returns the relations that are in a schema or have columns of a type.
fn user_relations<'a>(lowering: &Lowering<'a>, object: &Object) -> Vec<&'a Relation> {
    let catalog = lowering.catalog;
    match object.id.class {
        Class::Schema => catalog.relations_in(object.id.name.last()).collect(),
        Class::Type => catalog.relations_of_type(&object.id.name),
        Class::Extension => brought_types(object).iter().flat_map(|name| catalog.relations_of_type(name)).collect(),
        _ => Vec::new(),
    }
}

/// Drops what CASCADE takes along outside of the schemas that go: the columns of a type, the tables that follow it.
fn relations_of(lowering: &mut Lowering<'_>, object: &Object, (gone, behavior): (&[&Object], Behavior)) {
    let is_gone = |found: &&Relation| gone.iter().any(|schema| found.name.schema() == Some(schema.id.name.last()));
    let users = user_relations(lowering, object).into_iter().filter(|found| !is_gone(found));
    let users: Vec<&Relation> = users.collect();
    let types = match object.id.class {
        Class::Extension => brought_types(object),
        _ => vec![object.id.name.clone()],
    };
    for relation in users {
        let is = |name: &Name| types.contains(name);
        if relation.of_type.as_ref().is_some_and(is) {
            relations::all(lowering, vec![relation], behavior);
            continue;
        }
        if relation.kind == Kind::View || relation.kind == Kind::MaterializedView {
            relations::all(lowering, vec![relation], behavior);
            continue;
        }
        let typed = relation.columns.iter().filter(|column| !column.inherited);
        let typed = typed.filter(|column| column.type_name.as_ref().is_some_and(|found| is(&found.name)));
        let columns: Vec<Ident> = typed.map(|column| column.name.clone()).collect();
        for column in columns {
            relations::column(lowering, (relation, Reach::Tree), &column, (false, behavior));
        }
    }
}
