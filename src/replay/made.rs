//! What new things get from the session that makes them: its role as owner, and its default privileges.

use super::Lowering;
use crate::catalog::{Address, Catalog, CatalogError, Class, Grantable, Kind, Object, ObjectId, Relation};
use crate::changes::property::{Property, SetProperty, Subject};
use crate::changes::{Change, parts};
use crate::pg::Ident;
use crate::statement::object::reference::Kind as ObjectKind;

/// Adds owners and privileges behind the changes that make something.
pub(super) fn complete(lowering: &mut Lowering<'_>) {
    let catalog = lowering.catalog;
    if catalog.session.role.is_none() && !catalog.has_default_privileges() {
        return;
    }
    for change in std::mem::take(&mut lowering.effects.changes) {
        let made = made(catalog, &change);
        lowering.effects.changes.push(change);
        for new in made {
            lowering.effects.changes.extend(given(catalog, &new));
        }
    }
}

/// Takes note that something is to lie in a schema that is not there.
pub(super) fn homes(lowering: &mut Lowering<'_>) {
    let changes = &lowering.effects.changes;
    let made = |id: &ObjectId| {
        let is_it = |change: &Change| matches!(change, Change::CreateObject(create) if create.object.id == *id);
        changes.iter().any(is_it)
    };
    let homes: Vec<Ident> = changes.iter().filter_map(home_of).cloned().collect();
    let missing: Vec<Ident> = homes.into_iter().filter(|schema| !made(&ObjectId::schema(schema))).collect();
    missing.iter().for_each(|schema| home(lowering, Some(schema)));
}

/// Takes note that a schema is not there.
pub(super) fn home(lowering: &mut Lowering<'_>, schema: Option<&Ident>) {
    let Some(id) = schema.map(ObjectId::schema) else { return };
    if !is_built_in(&id) && lowering.catalog.object(&id).is_none() {
        lowering.lacks(CatalogError::Undefined(Address::Object(id)));
    }
}

/// Returns the schema that a change puts something into.
fn home_of(change: &Change) -> Option<&Ident> {
    match change {
        Change::CreateTable(create) => create.relation.name.schema(),
        Change::CreateRelation(create) => create.relation.name.schema(),
        Change::CreateView(create) => create.relation.name.schema(),
        Change::CreateSequence(create) => create.relation.name.schema(),
        Change::CreateObject(create) => create.object.schema(),
        Change::SetSchema(set) => Some(&set.schema),
        Change::MoveObject(set) => Some(&set.schema),
        _ => None,
    }
}

/// Says whether every database has a schema.
fn is_built_in(id: &ObjectId) -> bool {
    let name = id.name.last().as_str();
    name == "information_schema" || name.starts_with("pg_")
}

/// Returns the addresses of what changes make, when they say more about it.
pub(super) fn new(before: &Catalog, changes: &[Change]) -> Vec<Address> {
    let says_more = |change: &Change| matches!(change, Change::SetProperty(_) | Change::ChangePrivileges(_));
    if !changes.iter().any(says_more) {
        return Vec::new();
    }
    changes.iter().flat_map(|change| made(before, change)).map(|new| new.of).collect()
}

/// Says whether a change is only about something that the same statement makes.
pub(super) fn is_about(change: &Change, new: &[Address]) -> bool {
    match change {
        Change::SetProperty(set) => new.contains(&set.of),
        Change::ChangePrivileges(change) => new.contains(&change.of),
        _ => false,
    }
}

/// Something new.
struct New {
    of: Address,
    subject: Subject,
    kind: Option<Grantable>,
    /// Whether it has an owner of its own.
    is_owned: bool,
}

fn made(catalog: &Catalog, change: &Change) -> Vec<New> {
    let all = |first: &Relation, sequences: &[Relation]| -> Vec<New> {
        std::iter::once(first).chain(sequences).map(|found| relation(catalog, found)).collect()
    };
    match change {
        Change::CreateTable(create) => all(&create.relation, &create.sequences),
        Change::CreateRelation(create) if catalog.relation(&create.relation.name).is_none() => {
            all(&create.relation, &[])
        }
        Change::CreateView(create) if catalog.relation(&create.relation.name).is_none() => all(&create.relation, &[]),
        Change::CreateSequence(create) => all(&create.relation, &[]),
        Change::AddColumn(add) => add.sequence.iter().map(|found| relation(catalog, found)).collect(),
        Change::AddIdentity(add) => vec![relation(catalog, &add.sequence)],
        Change::CreateObject(create) => object(catalog, &create.object).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn relation(catalog: &Catalog, relation: &Relation) -> New {
    let kind = match relation.kind {
        Kind::Table | Kind::Partitioned | Kind::Temporary | Kind::TableAs => ObjectKind::Table,
        Kind::Foreign => ObjectKind::ForeignTable,
        Kind::View => ObjectKind::View,
        Kind::MaterializedView => ObjectKind::MaterializedView,
        Kind::Sequence => ObjectKind::Sequence,
    };
    let shown = catalog.shown(&relation.name);
    let is_sequence = kind == ObjectKind::Sequence;
    New {
        of: Address::Relation(relation.name.clone()),
        subject: Subject { kind, name: shown.to_string(), relation: Some(shown) },
        kind: Some(if is_sequence { Grantable::Sequence } else { Grantable::table(catalog.version) }),
        // The sequence of a column has the owner of its table.
        is_owned: relation.sequence.as_ref().is_none_or(|sequence| sequence.owned_by.is_none()),
    }
}

fn object(catalog: &Catalog, object: &Object) -> Option<New> {
    let is_owned = !matches!(
        object.id.class,
        Class::Role
            | Class::Cast
            | Class::Transform
            | Class::AccessMethod
            | Class::TextSearchParser
            | Class::TextSearchTemplate
    );
    let of = Address::Object(object.id.clone());
    let kind = catalog.grantable(&of);
    let subject = Subject { kind: object.kind()?, name: object.written(catalog.plain_schema()), relation: None };
    Some(New { of, subject, kind, is_owned })
}

fn given(catalog: &Catalog, new: &New) -> Vec<Change> {
    let role = catalog.session.role.clone().filter(|_| new.is_owned);
    let owner = role.map(|role| {
        let property = Property::Owner(Some(role));
        SetProperty { of: new.of.clone(), subject: new.subject.clone(), property }.into()
    });
    let privileges = new.kind.map(|kind| parts::privileges_of_new(catalog, (&new.of, &new.subject), kind));
    owner.into_iter().chain(privileges.into_iter().flatten()).collect()
}
