//! GRANT and REVOKE of privileges and of roles.

use super::reference;
use super::role_spec::{role_spec, role_specs};
use crate::pg::{Ident, Name};
use crate::statement::object::Statement;
use crate::statement::object::grant::{
    AlterDefaultPrivileges, DefaultKind, DefaultLimit, Grant, GrantDirection, GrantRole, GrantRoutineKind, GrantTarget,
    NamedKind, Privilege, Privileges, RoleDirection,
};
use crate::statement::object::role_spec::RoleSpec;
use crate::syntax::cursor::{Cursor, NameSort, Parsed};
use crate::syntax::session::setting::setting_name;
use crate::syntax::words;

/// Reads what follows `GRANT`.
///
/// # Errors
///
/// No such statement stands here.
pub fn grant(cursor: &mut Cursor<'_>) -> Parsed<Statement> {
    let privileges = privileges(cursor)?;
    if cursor.eat("on") {
        let target = target(cursor)?;
        cursor.expect("to")?;
        let grantees = grantees(cursor)?;
        let grant_option = cursor.eat_words(&["with", "grant", "option"]);
        let (direction, granted_by) = (GrantDirection::Grant { grant_option }, granted_by(cursor)?);
        return Ok(Statement::Grant(Box::new(Grant { direction, privileges, target, grantees, granted_by })));
    }
    let roles = role_names(cursor, privileges)?;
    cursor.expect("to")?;
    let members = role_specs(cursor)?;
    let options = if cursor.eat("with") { cursor.list(role_option)? } else { Vec::new() };
    let (direction, granted_by) = (RoleDirection::Grant(options), granted_by(cursor)?);
    Ok(Statement::GrantRole(Box::new(GrantRole { direction, roles, members, granted_by })))
}

/// Reads what follows `REVOKE`.
///
/// # Errors
///
/// No such statement stands here.
pub fn revoke(cursor: &mut Cursor<'_>) -> Parsed<Statement> {
    let option = option_for(cursor)?;
    let privileges = privileges(cursor)?;
    if cursor.eat("on") {
        let grant_option = match option {
            Some(option) if option != "grant" => return Err(cursor.error("GRANT OPTION FOR")),
            option => option.is_some(),
        };
        let target = target(cursor)?;
        cursor.expect("from")?;
        let grantees = grantees(cursor)?;
        let granted_by = granted_by(cursor)?;
        let direction = GrantDirection::Revoke { grant_option, behavior: words::behavior(cursor) };
        return Ok(Statement::Grant(Box::new(Grant { direction, privileges, target, grantees, granted_by })));
    }
    if option.as_ref().is_some_and(|option| option == "grant") {
        return Err(cursor.error("ON"));
    }
    let roles = role_names(cursor, privileges)?;
    cursor.expect("from")?;
    let members = role_specs(cursor)?;
    let granted_by = granted_by(cursor)?;
    let direction = RoleDirection::Revoke { option, behavior: words::behavior(cursor) };
    Ok(Statement::GrantRole(Box::new(GrantRole { direction, roles, members, granted_by })))
}

/// Takes `<word> OPTION FOR`.
fn option_for(cursor: &mut Cursor<'_>) -> Parsed<Option<Ident>> {
    if !cursor.is_word_at(1, "option") || !cursor.is_word_at(2, "for") {
        return Ok(None);
    }
    // GRANT is reserved, and the only such word here.
    let option = if cursor.eat("grant") { Ident::exact("grant") } else { cursor.ident()? };
    cursor.expect_words(&["option", "for"])?;
    Ok(Some(option))
}

fn role_option(cursor: &mut Cursor<'_>) -> Parsed<(Ident, bool)> {
    let name = cursor.name_of(NameSort::Label)?;
    match cursor.eat_one_of(&["option", "true", "false"]) {
        Some(value) => Ok((name, value != "false")),
        None => Err(cursor.error("OPTION, TRUE or FALSE")),
    }
}

fn granted_by(cursor: &mut Cursor<'_>) -> Parsed<Option<RoleSpec>> {
    if cursor.eat_words(&["granted", "by"]) { role_spec(cursor).map(Some) } else { Ok(None) }
}

fn grantees(cursor: &mut Cursor<'_>) -> Parsed<Vec<RoleSpec>> {
    cursor.list(|cursor| {
        // GROUP before a role is noise from the days when groups were not roles.
        cursor.eat("group");
        role_spec(cursor)
    })
}

fn privileges(cursor: &mut Cursor<'_>) -> Parsed<Privileges> {
    if cursor.eat("all") {
        cursor.eat("privileges");
        return words::optional_columns(cursor).map(Privileges::All);
    }
    cursor.list(privilege).map(Privileges::List)
}

fn privilege(cursor: &mut Cursor<'_>) -> Parsed<Privilege> {
    if cursor.eat_words(&["alter", "system"]) {
        return Ok(Privilege { name: Ident::exact("alter system"), columns: Vec::new() });
    }
    let name = match cursor.eat_one_of(&["select", "references", "create"]) {
        Some(word) => Ident::exact(word),
        None => cursor.ident()?,
    };
    Ok(Privilege { name, columns: words::optional_columns(cursor)? })
}

/// What looked like privileges are roles when no ON follows.
fn role_names(cursor: &Cursor<'_>, privileges: Privileges) -> Parsed<Vec<Ident>> {
    match privileges {
        Privileges::List(list) if list.iter().all(|role| role.columns.is_empty()) => {
            Ok(list.into_iter().map(|role| role.name).collect())
        }
        _ => Err(cursor.error("ON")),
    }
}

fn target(cursor: &mut Cursor<'_>) -> Parsed<GrantTarget> {
    if cursor.eat("all") {
        let kind = words::expect_one_of(cursor, "a kind of object")?;
        cursor.expect_words(&["in", "schema"])?;
        return Ok(GrantTarget::AllInSchemas(kind, words::idents(cursor)?));
    }
    // A table may bear the name of a kind: `GRANT SELECT ON sequence TO …`.
    if cursor.is_word_at(1, "to") || cursor.is_word_at(1, "from") {
        return words::names(cursor).map(GrantTarget::Tables);
    }
    if cursor.eat_words(&["large", "object"]) {
        return cursor.list(words::number).map(GrantTarget::LargeObjects);
    }
    if let Some(kind) = words::one_of::<GrantRoutineKind>(cursor) {
        return Ok(GrantTarget::Routines(kind, cursor.list(reference::routine)?));
    }
    if cursor.eat("table") {
        return words::names(cursor).map(GrantTarget::Tables);
    }
    match words::one_of::<NamedKind>(cursor) {
        Some(kind) => Ok(GrantTarget::Named(kind, cursor.list(|cursor| named(cursor, kind))?)),
        None => words::names(cursor).map(GrantTarget::Tables),
    }
}

fn named(cursor: &mut Cursor<'_>, kind: NamedKind) -> Parsed<Name> {
    match kind {
        NamedKind::Parameter => setting_name(cursor),
        NamedKind::Sequence | NamedKind::Domain | NamedKind::Type => cursor.name(),
        _ => {
            let start = cursor.index();
            let ident = cursor.ident()?;
            Ok(Name::simple(ident, cursor.span_from(start)))
        }
    }
}

/// Reads what follows `ALTER DEFAULT PRIVILEGES`.
///
/// # Errors
///
/// No such statement stands here.
pub fn alter_default(cursor: &mut Cursor<'_>) -> Parsed<AlterDefaultPrivileges> {
    let limits = default_limits(cursor)?;
    let revokes = match cursor.eat_one_of(&["grant", "revoke"]) {
        Some(word) => word == "revoke",
        None => return Err(cursor.error("GRANT or REVOKE")),
    };
    let option_first = revokes && cursor.eat_words(&["grant", "option", "for"]);
    let privileges = privileges(cursor)?;
    cursor.expect("on")?;
    let target = default_kind(cursor)?;
    cursor.expect(if revokes { "from" } else { "to" })?;
    let grantees = grantees(cursor)?;
    let direction = if revokes {
        GrantDirection::Revoke { grant_option: option_first, behavior: words::behavior(cursor) }
    } else {
        GrantDirection::Grant { grant_option: cursor.eat_words(&["with", "grant", "option"]) }
    };
    Ok(AlterDefaultPrivileges { limits, direction, privileges, target, grantees })
}

fn default_limits(cursor: &mut Cursor<'_>) -> Parsed<Vec<DefaultLimit>> {
    let mut limits = Vec::new();
    loop {
        if cursor.eat_words(&["for", "role"]) || cursor.eat_words(&["for", "user"]) {
            limits.push(DefaultLimit::Roles(role_specs(cursor)?));
        } else if cursor.eat_words(&["in", "schema"]) {
            limits.push(DefaultLimit::Schemas(words::idents(cursor)?));
        } else {
            return Ok(limits);
        }
    }
}

fn default_kind(cursor: &mut Cursor<'_>) -> Parsed<DefaultKind> {
    // ROUTINES is another word for FUNCTIONS here.
    if cursor.eat("routines") {
        return Ok(DefaultKind::Functions);
    }
    words::expect_one_of(cursor, "a kind of object")
}
