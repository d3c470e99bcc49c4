//! Foreign-data wrappers, servers and user mappings change.

use super::super::{Followed, Lowering};
use super::{find, redefine, refuse};
use crate::catalog::{CatalogError, Class, Object, ObjectId};
use crate::changes::DropObject;
use crate::statement::Statement;
use crate::statement::object::Statement as Made;
use crate::statement::object::definition::{ForeignOption, OptionAction};
use crate::statement::object::drop::DropUserMapping;
use crate::statement::object::foreign::{AlterServer, AlterUserMapping, AlterWrapper};

/// What PostgreSQL refuses: the SQLSTATE and the words.
type Refusal = Option<(&'static str, String)>;

fn change(
    lowering: &mut Lowering<'_>,
    found: Result<&Object, CatalogError>,
    act: impl FnOnce(&mut Made) -> Refusal,
) -> Followed {
    let object = match found {
        Ok(object) => object,
        Err(error) => {
            lowering.fail(error);
            return Followed::Yes;
        }
    };
    let mut to = object.clone();
    let Some(Statement::Object(made)) = to.definition.statement_mut() else { return Followed::No };
    match act(made) {
        Some((sqlstate, message)) => refuse(lowering, sqlstate, message),
        None => redefine(lowering, object, to),
    }
}

/// Lowers ALTER FOREIGN DATA WRAPPER.
pub(super) fn alter_wrapper(lowering: &mut Lowering<'_>, alter: &AlterWrapper) -> Followed {
    let found = find::plain(lowering.catalog, Class::ForeignDataWrapper, &alter.name);
    change(lowering, found, |made| {
        let Made::CreateWrapper(create) = made else { return None };
        for function in &alter.functions {
            create.functions.retain(|held| held.role != function.role);
            create.functions.extend(function.name.is_some().then(|| function.clone()));
        }
        create.functions.sort_by_key(|function| function.role);
        options(&mut create.options, &alter.options)
    })
}

/// Lowers ALTER SERVER.
pub(super) fn alter_server(lowering: &mut Lowering<'_>, alter: &AlterServer) -> Followed {
    let found = find::plain(lowering.catalog, Class::Server, &alter.name);
    change(lowering, found, |made| {
        let Made::CreateServer(create) = made else { return None };
        if let Some(version) = &alter.version {
            create.version = version.clone();
        }
        options(&mut create.options, &alter.options)
    })
}

/// Lowers ALTER USER MAPPING.
pub(super) fn alter_user_mapping(lowering: &mut Lowering<'_>, alter: &AlterUserMapping) -> Followed {
    let found = find::by_id(lowering.catalog, ObjectId::user_mapping(&alter.user, &alter.server));
    change(lowering, found, |made| {
        let Made::CreateUserMapping(create) = made else { return None };
        options(&mut create.options, &alter.options)
    })
}

fn options(held: &mut Vec<ForeignOption>, changes: &[ForeignOption]) -> Refusal {
    for change in changes {
        let at = held.iter().position(|option| option.name == change.name);
        let plain = ForeignOption { action: None, ..change.clone() };
        match (change.action, at) {
            (None | Some(OptionAction::Add), None) => held.push(plain),
            (None | Some(OptionAction::Add), Some(_)) => {
                return Some(("42710", format!("option `{}` provided more than once", change.name)));
            }
            (Some(OptionAction::Set), Some(at)) => held[at] = plain,
            (Some(OptionAction::Drop), Some(at)) => drop(held.remove(at)),
            (Some(OptionAction::Set | OptionAction::Drop), None) => {
                return Some(("42704", format!("option `{}` not found", change.name)));
            }
        }
    }
    None
}

/// Lowers DROP USER MAPPING.
pub(super) fn drop_user_mapping(lowering: &mut Lowering<'_>, found: &DropUserMapping) -> Followed {
    match find::by_id(lowering.catalog, ObjectId::user_mapping(&found.user, &found.server)) {
        Ok(object) => lowering.push(DropObject::of(object, lowering.catalog)),
        Err(_) if found.if_exists => {}
        Err(error) => lowering.fail(error),
    }
    Followed::Yes
}
