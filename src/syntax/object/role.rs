//! Roles.

use super::role_spec::{role_name, role_spec, role_specs};
use crate::statement::object::Statement;
use crate::statement::object::role::{
    AlterRole, AlterRoleSetting, CreateRole, RoleAttribute, RoleChange, RoleKind, RoleOption,
};
use crate::statement::words::Words;
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::session::setting::attached;
use crate::syntax::words;

/// Reads what follows `CREATE ROLE`, `USER` or `GROUP`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create(cursor: &mut Cursor<'_>, kind: RoleKind) -> Parsed<CreateRole> {
    let name = role_name(cursor)?;
    cursor.eat("with");
    let mut options = Vec::new();
    while !cursor.at_end() {
        options.push(match membership(cursor)? {
            Some(found) => found,
            None => option(cursor)?,
        });
    }
    Ok(CreateRole { kind, name, options })
}

/// Reads what follows `ALTER ROLE` or `USER`, unless it renames the role.
///
/// # Errors
///
/// No such statement stands here.
pub fn alter(cursor: &mut Cursor<'_>) -> Parsed<Statement> {
    let role = if cursor.eat("all") { None } else { Some(role_spec(cursor)?) };
    let database = if cursor.eat_words(&["in", "database"]) { Some(cursor.ident()?) } else { None };
    if database.is_some() || role.is_none() || cursor.is_word("set") || cursor.is_word("reset") {
        let setting = attached(cursor)?;
        return Ok(Statement::AlterRoleSetting(Box::new(AlterRoleSetting { role, database, setting })));
    }
    let Some(role) = role else { return Err(cursor.error("a role")) };
    cursor.eat("with");
    let mut options = Vec::new();
    while !cursor.at_end() {
        options.push(option(cursor)?);
    }
    Ok(Statement::AlterRole(Box::new(AlterRole { role, change: RoleChange::Options(options) })))
}

/// Reads what follows `ALTER GROUP` when it changes the members.
///
/// # Errors
///
/// No such statement stands here.
pub fn alter_group(cursor: &mut Cursor<'_>) -> Parsed<AlterRole> {
    let role = role_spec(cursor)?;
    let change = if cursor.eat_words(&["add", "user"]) {
        RoleChange::AddMembers(role_specs(cursor)?)
    } else {
        cursor.expect_words(&["drop", "user"])?;
        RoleChange::DropMembers(role_specs(cursor)?)
    };
    Ok(AlterRole { role, change })
}

/// Takes an option that only CREATE knows.
fn membership(cursor: &mut Cursor<'_>) -> Parsed<Option<RoleOption>> {
    let found = if cursor.eat_words(&["in", "role"]) || cursor.eat_words(&["in", "group"]) {
        RoleOption::InRoles(role_specs(cursor)?)
    } else if cursor.eat("admin") {
        RoleOption::Admins(role_specs(cursor)?)
    } else if cursor.eat("role") {
        RoleOption::Members(role_specs(cursor)?)
    } else if cursor.eat("sysid") {
        RoleOption::Sysid(words::small_integer(cursor)?)
    } else {
        return Ok(None);
    };
    Ok(Some(found))
}

fn option(cursor: &mut Cursor<'_>) -> Parsed<RoleOption> {
    if cursor.is_word("encrypted") && cursor.is_word_at(1, "password") {
        cursor.advance()?;
    }
    if cursor.eat("password") {
        return Ok(RoleOption::Password(if cursor.eat("null") { None } else { Some(cursor.string()?) }));
    }
    if cursor.eat_words(&["connection", "limit"]) {
        return words::small_integer(cursor).map(RoleOption::ConnectionLimit);
    }
    if cursor.eat_words(&["valid", "until"]) {
        return cursor.string().map(RoleOption::ValidUntil);
    }
    if cursor.eat("user") {
        return role_specs(cursor).map(RoleOption::Members);
    }
    attribute(cursor)
}

fn attribute(cursor: &mut Cursor<'_>) -> Parsed<RoleOption> {
    for attribute in RoleAttribute::ALL {
        if cursor.eat(attribute.words()) {
            return Ok(RoleOption::Attribute(*attribute, true));
        }
        if cursor.eat(&format!("NO{}", attribute.words())) {
            return Ok(RoleOption::Attribute(*attribute, false));
        }
    }
    Err(cursor.error("an option of a role"))
}
