//! References to roles.

use crate::pg::Ident;
use crate::statement::object::role_spec::RoleSpec;
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::words;

/// Takes a role's name or one of the words that stand for one.
///
/// # Errors
///
/// Another token, or the reserved name `none`.
pub fn role_spec(cursor: &mut Cursor<'_>) -> Parsed<RoleSpec> {
    match cursor.eat_one_of(&["current_role", "current_user", "session_user"]) {
        Some("current_role") => return Ok(RoleSpec::CurrentRole),
        Some("current_user") => return Ok(RoleSpec::CurrentUser),
        Some(_) => return Ok(RoleSpec::SessionUser),
        None => {}
    }
    let start = cursor.index();
    let name = words::non_reserved(cursor)?;
    match name.as_str() {
        "public" => Ok(RoleSpec::Public),
        "none" => {
            cursor.seek(start);
            Err(cursor.error("a role"))
        }
        _ => Ok(RoleSpec::Name(name)),
    }
}

/// Takes the name of one role, where no word that stands for one is allowed.
///
/// # Errors
///
/// Anything but a role's name.
pub fn role_name(cursor: &mut Cursor<'_>) -> Parsed<Ident> {
    let start = cursor.index();
    match role_spec(cursor)? {
        RoleSpec::Name(name) => Ok(name),
        _ => {
            cursor.seek(start);
            Err(cursor.error("a role's name"))
        }
    }
}

/// Takes one or more roles with commas between.
///
/// # Errors
///
/// As [`role_spec`].
pub fn role_specs(cursor: &mut Cursor<'_>) -> Parsed<Vec<RoleSpec>> {
    cursor.list(role_spec)
}
