//! ALTER … RENAME TO, OWNER TO and SET SCHEMA, which are written alike for objects of most kinds.

use super::super::{Followed, Lowering, property};
use super::{class, find};
use crate::catalog::{Address, CatalogError, Class, Object, ObjectId};
use crate::changes::{MoveObject, Property, RenameObject};
use crate::pg::Ident;
use crate::statement::object::alter_object::{AlterObject, ObjectAction};
use crate::statement::object::role_spec::RoleSpec;
use crate::statement::relation::GenericChange;

/// Lowers ALTER of an object that is no relation by an action that many kinds share.
pub(super) fn object(lowering: &mut Lowering<'_>, alter: &AlterObject) -> Followed {
    if class(alter.object.kind).is_none() {
        return Followed::No;
    }
    match &alter.action {
        ObjectAction::Rename(to) => {
            with(lowering, find::object(lowering.catalog, &alter.object), |lowering, found| rename(lowering, found, to))
        }
        ObjectAction::Schema(schema) => {
            with(lowering, find::object(lowering.catalog, &alter.object), |lowering, found| {
                set_schema(lowering, found, schema)
            })
        }
        ObjectAction::Owner(_) | ObjectAction::DependsOn(_) | ObjectAction::NoDependsOn(_) => Followed::No,
    }
}

/// Lowers a change of the name, owner or schema of an object.
pub(super) fn generic(lowering: &mut Lowering<'_>, id: ObjectId, change: &GenericChange) -> Followed {
    let found = find::by_id(lowering.catalog, id);
    match change {
        GenericChange::Rename(to) => with(lowering, found, |lowering, object| rename(lowering, object, to)),
        GenericChange::SetSchema(schema) => {
            with(lowering, found, |lowering, object| set_schema(lowering, object, schema))
        }
        GenericChange::OwnerTo(role) => with(lowering, found, |lowering, object| owner(lowering, object, role)),
    }
}

fn with<'a>(
    lowering: &mut Lowering<'a>,
    found: Result<&'a Object, CatalogError>,
    act: impl FnOnce(&mut Lowering<'a>, &'a Object),
) -> Followed {
    match found {
        Ok(object) => act(lowering, object),
        Err(error) => lowering.fail(error),
    }
    Followed::Yes
}

/// Gives an object another owner.
pub(super) fn owner(lowering: &mut Lowering<'_>, object: &Object, role: &RoleSpec) {
    if let Some(role) = property::role_name(lowering, role) {
        property::push(lowering, Address::Object(object.id.clone()), Property::Owner(role));
    }
}

/// Gives an object another name.
pub(super) fn rename(lowering: &mut Lowering<'_>, object: &Object, to: &Ident) {
    if object.id.name.last() == to {
        return lowering.fail(CatalogError::Duplicate(object.id.clone()));
    }
    let words = object.words(lowering.catalog.plain_schema());
    lowering.push(RenameObject { id: object.id.clone(), words, to: to.clone() });
}

/// Moves an object to another schema.
pub(super) fn set_schema(lowering: &mut Lowering<'_>, object: &Object, schema: &Ident) {
    // Objects without a schema have none to leave; an extension takes its members along.
    if object.schema().is_none() && object.id.class != Class::Extension {
        return;
    }
    let words = object.words(lowering.catalog.plain_schema());
    lowering.push(MoveObject { id: object.id.clone(), words, schema: schema.clone() });
}
