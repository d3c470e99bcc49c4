//! What would undo a statement that changes what nobody recorded, if the state before it was the plain one: for its author to
//! judge and to paste.

use crate::statement::Statement;
use crate::statement::object::Statement as Object;
use crate::statement::object::comment::Comment;
use crate::statement::object::grant::{Grant, GrantDirection, GrantRole, RoleDirection};
use crate::statement::object::role::{AlterRole, RoleChange, RoleOption};
use crate::statement::object::role_spec::RoleSpec;
use crate::statement::print::Comma;
use crate::statement::relation::{AlterExtension, ExtensionChange, Statement as Relation};
use crate::statement::words::Behavior;

/// Returns the directive that holds the likely inverse of a statement; none for what has none.
pub(super) fn directive(statement: &Statement) -> Option<String> {
    let inverse = match statement {
        Statement::Object(found) => match &**found {
            Object::GrantRole(grant) => Some(membership(grant)),
            Object::AlterRole(alter) => role(alter),
            Object::Grant(grant) => Some(privileges(grant)),
            Object::Comment(comment) => Some(Comment { text: None, ..(**comment).clone() }.to_string()),
            Object::CreateSubscription(create) => Some(format!("DROP SUBSCRIPTION {}", create.name)),
            _ => None,
        },
        Statement::Relation(found) => match &**found {
            Relation::AlterExtension(alter) => extension(alter),
            _ => None,
        },
        _ => None,
    };
    inverse.map(|sql| format!("-- tenet: rollback\n-- {sql};\n-- tenet: end"))
}

fn membership(grant: &GrantRole) -> String {
    let (roles, members) = (Comma(&grant.roles), Comma(&grant.members));
    match &grant.direction {
        RoleDirection::Grant(_) => format!("REVOKE {roles} FROM {members}"),
        RoleDirection::Revoke { option: None, .. } => format!("GRANT {roles} TO {members}"),
        RoleDirection::Revoke { option: Some(option), .. } => {
            format!("GRANT {roles} TO {members} WITH {} OPTION", option.as_str().to_ascii_uppercase())
        }
    }
}

fn role(alter: &AlterRole) -> Option<String> {
    let role = &alter.role;
    let list = |members: &[RoleSpec]| Comma(members).to_string();
    match &alter.change {
        RoleChange::AddMembers(members) => Some(format!("REVOKE {role} FROM {}", list(members))),
        RoleChange::DropMembers(members) => Some(format!("GRANT {role} TO {}", list(members))),
        RoleChange::Options(options) => {
            let back: Option<Vec<RoleOption>> = options.iter().map(plain).collect();
            back.map(|options| AlterRole { role: role.clone(), change: RoleChange::Options(options) }.to_string())
        }
    }
}

/// Returns the option as a role has it that was just made, or the other way round; none for a password, which nobody can read.
fn plain(option: &RoleOption) -> Option<RoleOption> {
    match option {
        RoleOption::Attribute(attribute, is_given) => Some(RoleOption::Attribute(*attribute, !is_given)),
        RoleOption::ConnectionLimit(_) => Some(RoleOption::ConnectionLimit(-1)),
        RoleOption::ValidUntil(_) => Some(RoleOption::ValidUntil("infinity".to_owned())),
        _ => None,
    }
}

fn privileges(grant: &Grant) -> String {
    let direction = match grant.direction {
        GrantDirection::Grant { .. } => GrantDirection::Revoke { grant_option: false, behavior: Behavior::Restrict },
        GrantDirection::Revoke { grant_option, .. } => GrantDirection::Grant { grant_option },
    };
    Grant { direction, ..grant.clone() }.to_string()
}

fn extension(alter: &AlterExtension) -> Option<String> {
    match &alter.change {
        ExtensionChange::Update(_) => Some(format!("ALTER EXTENSION {} UPDATE TO '<the version before>'", alter.name)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::read;

    fn of(sql: &str) -> Option<String> {
        let statement = read::script(sql).statements.remove(0).outcome.unwrap();
        let text = directive(&statement)?;
        let inner = text.strip_prefix("-- tenet: rollback\n-- ").and_then(|rest| rest.strip_suffix(";\n-- tenet: end"));
        Some(inner.unwrap().to_owned())
    }

    #[test]
    fn what_is_given_is_taken_and_the_other_way_round() {
        let pairs = [
            ("GRANT a, b TO c WITH ADMIN OPTION", "REVOKE a, b FROM c"),
            ("REVOKE a FROM b CASCADE", "GRANT a TO b"),
            ("REVOKE ADMIN OPTION FOR a FROM b", "GRANT a TO b WITH ADMIN OPTION"),
            ("ALTER GROUP a ADD USER b, c", "REVOKE a FROM b, c"),
            (
                "ALTER ROLE a CREATEDB NOLOGIN VALID UNTIL '2030-01-01'",
                "ALTER ROLE a NOCREATEDB LOGIN VALID UNTIL 'infinity'",
            ),
            ("GRANT CONNECT ON DATABASE d TO a", "REVOKE connect ON DATABASE d FROM a"),
            ("COMMENT ON ROLE a IS 'x'", "COMMENT ON ROLE a IS NULL"),
            ("ALTER EXTENSION e UPDATE", "ALTER EXTENSION e UPDATE TO '<the version before>'"),
            ("CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p", "DROP SUBSCRIPTION s"),
        ];
        for (sql, inverse) in pairs {
            assert_eq!(of(sql).as_deref(), Some(inverse), "{sql}");
        }
        assert_eq!(of("ALTER ROLE a PASSWORD 'x'"), None);
        assert_eq!(of("ALTER TYPE e ADD VALUE 'x'"), None);
    }
}
