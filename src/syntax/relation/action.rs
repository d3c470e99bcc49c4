//! The actions of ALTER TABLE.

use super::alter_column::alter_column;
use super::column::column_definition;
use super::constraint::{attributes, is_table_constraint, table_constraint};
use super::options::{generic_option_changes, parameters};
use crate::statement::relation::{Action, ActionKind, ConstraintAttribute, Firing, ReplicaIdentity, TriggerChoice};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::object::role_spec::role_spec;
use crate::syntax::token::TokenKind;
use crate::syntax::words::{behavior, one_of};

/// Takes one action.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn action(cursor: &mut Cursor<'_>) -> Parsed<Action> {
    let start = cursor.index();
    let kind = action_kind(cursor)?;
    Ok(Action { span: cursor.span_from(start), kind })
}

fn action_kind(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    const FIRST: &[&str] = &[
        "add", "alter", "drop", "set", "reset", "no", "validate", "cluster", "inherit", "of", "not", "owner",
        "replica", "options",
    ];
    if let Some(change) = one_of(cursor) {
        return Ok(ActionKind::RowSecurity(change));
    }
    if let Some(firing) = one_of(cursor) {
        return fires(cursor, firing);
    }
    match cursor.eat_one_of(FIRST) {
        Some("add") => add(cursor),
        Some("alter") => alter(cursor),
        Some("drop") => drop(cursor),
        Some("set") => set(cursor),
        Some("reset") => parameters(cursor).map(ActionKind::ResetParameters),
        Some("no") => {
            cursor.expect("inherit")?;
            cursor.name().map(ActionKind::NoInherit)
        }
        Some("validate") => {
            cursor.expect("constraint")?;
            cursor.ident().map(ActionKind::ValidateConstraint)
        }
        Some("cluster") => {
            cursor.expect("on")?;
            cursor.ident().map(ActionKind::ClusterOn)
        }
        Some("inherit") => cursor.name().map(ActionKind::Inherit),
        Some("of") => cursor.name().map(ActionKind::OfType),
        Some("not") => cursor.expect("of").map(|()| ActionKind::NotOf),
        Some("owner") => {
            cursor.expect("to")?;
            role_spec(cursor).map(ActionKind::OwnerTo)
        }
        Some("replica") => {
            cursor.expect("identity")?;
            replica_identity(cursor).map(ActionKind::ReplicaIdentity)
        }
        Some(_) => generic_option_changes(cursor).map(ActionKind::Options),
        None => Err(cursor.error("an action of ALTER")),
    }
}

fn add(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    if is_table_constraint(cursor) {
        return Ok(ActionKind::AddConstraint(Box::new(table_constraint(cursor)?)));
    }
    cursor.eat("column");
    let if_not_exists = cursor.eat_if_not_exists();
    Ok(ActionKind::AddColumn { if_not_exists, column: Box::new(column_definition(cursor)?) })
}

fn alter(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    use ConstraintAttribute as A;
    if !cursor.eat("constraint") {
        return Ok(ActionKind::AlterColumn(Box::new(alter_column(cursor)?)));
    }
    let name = cursor.ident()?;
    if cursor.eat("inherit") {
        return Ok(ActionKind::InheritConstraint(name));
    }
    let allowed = [
        A::Deferrable,
        A::NotDeferrable,
        A::InitiallyDeferred,
        A::InitiallyImmediate,
        A::Enforced,
        A::NotEnforced,
        A::NoInherit,
    ];
    Ok(ActionKind::AlterConstraint { name, attributes: attributes(cursor, &allowed)? })
}

fn drop(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    if cursor.eat("constraint") {
        let if_exists = cursor.eat_if_exists();
        let name = cursor.ident()?;
        return Ok(ActionKind::DropConstraint { if_exists, name, behavior: behavior(cursor) });
    }
    cursor.eat("column");
    let if_exists = cursor.eat_if_exists();
    let column = cursor.ident()?;
    Ok(ActionKind::DropColumn { if_exists, column, behavior: behavior(cursor) })
}

fn set(cursor: &mut Cursor<'_>) -> Parsed<ActionKind> {
    if cursor.is(TokenKind::LeftParen) {
        return parameters(cursor).map(ActionKind::SetParameters);
    }
    match cursor.eat_one_of(&["without", "logged", "unlogged", "access", "tablespace"]) {
        Some("without") => match cursor.eat_one_of(&["oids", "cluster"]) {
            Some("oids") => Ok(ActionKind::SetWithoutOids),
            Some(_) => Ok(ActionKind::SetWithoutCluster),
            None => Err(cursor.error("CLUSTER or OIDS")),
        },
        Some("logged") => Ok(ActionKind::SetLogged),
        Some("unlogged") => Ok(ActionKind::SetUnlogged),
        Some("access") => {
            cursor.expect("method")?;
            let name = if cursor.eat("default") { None } else { Some(cursor.ident()?) };
            Ok(ActionKind::SetAccessMethod(name))
        }
        Some(_) => cursor.ident().map(ActionKind::SetTablespace),
        None => Err(cursor.error("what to set")),
    }
}

fn fires(cursor: &mut Cursor<'_>, firing: Firing) -> Parsed<ActionKind> {
    match cursor.eat_one_of(&["trigger", "rule"]) {
        Some("trigger") => Ok(ActionKind::Trigger(firing, trigger_choice(cursor, firing)?)),
        Some(_) => Ok(ActionKind::Rule(firing, cursor.ident()?)),
        None => Err(cursor.error("TRIGGER or RULE")),
    }
}

fn trigger_choice(cursor: &mut Cursor<'_>, firing: Firing) -> Parsed<TriggerChoice> {
    let may_be_many = matches!(firing, Firing::Enable | Firing::Disable);
    match if may_be_many { cursor.eat_one_of(&["all", "user"]) } else { None } {
        Some("all") => Ok(TriggerChoice::All),
        Some(_) => Ok(TriggerChoice::User),
        None => cursor.ident().map(TriggerChoice::Named),
    }
}

fn replica_identity(cursor: &mut Cursor<'_>) -> Parsed<ReplicaIdentity> {
    match cursor.eat_one_of(&["nothing", "full", "default", "using"]) {
        Some("nothing") => Ok(ReplicaIdentity::Nothing),
        Some("full") => Ok(ReplicaIdentity::Full),
        Some("default") => Ok(ReplicaIdentity::Default),
        Some(_) => {
            cursor.expect("index")?;
            cursor.ident().map(ReplicaIdentity::Index)
        }
        None => Err(cursor.error("NOTHING, FULL, DEFAULT or USING INDEX")),
    }
}
