//! Which role a session acts as: SET ROLE and SET SESSION AUTHORIZATION.

use crate::catalog::Session;
use crate::pg::{Ident, Name};
use crate::statement::Statement;
use crate::statement::session::Statement as SessionStatement;
use crate::statement::session::setting::{Change, Reset, SetScope, SpecialSetting, Value};
use crate::statement::session::transaction::Transaction;

/// Follows a statement that may change the role.
pub(super) fn follow(session: &mut Session, statement: &Statement) {
    let Statement::Session(statement) = statement else { return };
    match &**statement {
        SessionStatement::Set(set) => {
            if let Some(change) = of_change(&set.change) {
                if set.scope == SetScope::Local && session.outside.is_none() {
                    session.outside = Some((session.role.clone(), session.user.clone()));
                }
                apply(session, change);
            }
        }
        SessionStatement::Reset(reset) => of_reset(reset).into_iter().for_each(|change| apply(session, change)),
        SessionStatement::Transaction(Transaction::Commit(_) | Transaction::Rollback(_)) => {
            if let Some((role, user)) = session.outside.take() {
                (session.role, session.user) = (role, user);
            }
        }
        // DISCARD ALL resets all settings, and both roles.
        SessionStatement::Discard(_) if statement.tag() == "DISCARD ALL" => *session = Session::default(),
        _ => {}
    }
}

/// What becomes of a role; `None` is the one that runs the history.
enum RoleChange {
    /// The role that acts.
    Role(RoleValue),
    /// The role of the session, which acts too.
    User(Option<Ident>),
}

/// What SET ROLE gives.
enum RoleValue {
    /// A role.
    Named(Ident),
    /// The session's own.
    Own,
}

fn of_change(change: &Change) -> Option<RoleChange> {
    match change {
        Change::Role(name) => Some(role(name)),
        Change::SessionAuthorization(user) => Some(RoleChange::User(user.as_deref().map(Ident::exact))),
        Change::Value(name, values) => match values.as_slice() {
            [Value::Text(text)] => named(name, Some(text)),
            _ => None,
        },
        Change::Default(name) => named(name, None),
        _ => None,
    }
}

fn of_reset(reset: &Reset) -> Option<RoleChange> {
    match reset {
        Reset::Name(name) => named(name, None),
        Reset::Special(SpecialSetting::SessionAuthorization) => Some(RoleChange::User(None)),
        // RESET ALL leaves both roles alone.
        Reset::All | Reset::Special(_) => None,
    }
}

fn named(name: &Name, value: Option<&String>) -> Option<RoleChange> {
    match (name.last().as_str(), value) {
        _ if name.parts.len() > 1 => None,
        ("role", Some(value)) => Some(role(value)),
        ("role", None) => Some(RoleChange::Role(RoleValue::Own)),
        ("session_authorization", value) => Some(RoleChange::User(value.map(|text| Ident::exact(text)))),
        _ => None,
    }
}

fn role(name: &str) -> RoleChange {
    RoleChange::Role(if name == "none" { RoleValue::Own } else { RoleValue::Named(Ident::exact(name)) })
}

fn apply(session: &mut Session, change: RoleChange) {
    match change {
        RoleChange::Role(RoleValue::Named(role)) => session.role = Some(role),
        RoleChange::Role(RoleValue::Own) => session.role = session.user.clone(),
        RoleChange::User(user) => (session.role, session.user) = (user.clone(), user),
    }
}
