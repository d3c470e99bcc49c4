//! Settings that a role or a database attaches to its sessions: what they were is recorded, as no catalog of ours holds them.

use std::fmt;

use super::inverse::Taken;
use super::{ChangeKind, Inverse, Lock, Record};
use crate::catalog::{Catalog, CatalogError};
use crate::pg::Ident;
use crate::query::Quoted;
use crate::statement::Statement;
use crate::statement::object::Statement as Object;
use crate::statement::object::database::DatabaseChange;
use crate::statement::object::role_spec::RoleSpec;

/// Gives a role or a database the settings back that a statement changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreSettings {
    /// Whose they are, as SQL: the role, where NULL is every role, and the database, where NULL is every database.
    pub of: String,
    /// The name of the record.
    pub record: String,
}

impl RestoreSettings {
    /// Returns what undoes ALTER ROLE and ALTER DATABASE with SET or RESET; `None` for other statements.
    pub(crate) fn of(statement: &Statement) -> Option<Inverse> {
        let Statement::Object(object) = statement else { return None };
        match &**object {
            Object::AlterRoleSetting(alter) => Some(recorded(alter.role.as_ref(), alter.database.as_ref())),
            Object::AlterDatabase(alter) if matches!(alter.change, DatabaseChange::Setting(_)) => {
                Some(recorded(None, Some(&alter.name)))
            }
            _ => None,
        }
    }
}

fn recorded(role: Option<&RoleSpec>, database: Option<&Ident>) -> Inverse {
    let literal = |name: &Ident| Quoted(name.as_str()).to_string();
    let role_name = match role {
        None | Some(RoleSpec::Public) => "NULL".to_owned(),
        Some(RoleSpec::Name(name)) => literal(name),
        Some(RoleSpec::SessionUser) => "session_user".to_owned(),
        Some(RoleSpec::CurrentRole | RoleSpec::CurrentUser) => "current_user".to_owned(),
    };
    let of = format!("{role_name}, {}", database.map_or_else(|| "NULL".to_owned(), literal));
    let words: Vec<String> = role
        .map(|role| format!("role {role}"))
        .into_iter()
        .chain(database.map(|database| format!("database {database}")))
        .collect();
    let whose = if words.is_empty() { "all roles".to_owned() } else { words.join(" in ") };
    let name = format!("settings of {whose}");
    let value = format!("to_jsonb(tenet.settings({of}))");
    let record = |name: String, taken| Record { what: name.clone(), name, value: value.clone(), taken };
    let data = vec![record(name.clone(), Taken::Before), record(format!("{name}, set"), Taken::After)];
    Inverse::Captured { changes: vec![RestoreSettings { of, record: name }.into()], data }
}

impl ChangeKind for RestoreSettings {
    fn apply(&self, _: &mut Catalog) -> Result<(), CatalogError> {
        Ok(())
    }

    fn invert(&self, _: &Catalog) -> Inverse {
        Inverse::underivable("what settings were is recorded once")
    }

    fn locks(&self) -> Vec<Lock> {
        Vec::new()
    }
}

impl fmt::Display for RestoreSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SELECT tenet.restore_settings({}, {}) AS restored", self.of, Quoted(&self.record))
    }
}
