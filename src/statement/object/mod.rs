//! Statements about routines, operators, triggers, policies, privileges, roles, replication, foreign servers and text
//! search, and those that are written alike for objects of every kind.

pub mod alter_object;
pub mod comment;
pub mod drop;
pub mod function;
pub mod grant;
pub mod parameter;
pub mod policy;
pub mod reference;
pub mod role_spec;
pub mod rule;
pub mod trigger;

use super::words::family;

family! {
    /// CREATE FUNCTION or PROCEDURE.
    CreateFunction(statement: Box<function::CreateFunction>) => statement.tag(),
    /// ALTER FUNCTION, PROCEDURE or ROUTINE with new attributes.
    AlterFunction(statement: Box<function::AlterFunction>) => statement.kind.alter_tag(),
    /// CREATE TRIGGER.
    CreateTrigger(statement: Box<trigger::CreateTrigger>) => "CREATE TRIGGER",
    /// CREATE EVENT TRIGGER.
    CreateEventTrigger(statement: Box<trigger::CreateEventTrigger>) => "CREATE EVENT TRIGGER",
    /// ALTER EVENT TRIGGER that switches it.
    AlterEventTrigger(statement: trigger::AlterEventTrigger) => "ALTER EVENT TRIGGER",
    /// CREATE POLICY.
    CreatePolicy(statement: Box<policy::CreatePolicy>) => "CREATE POLICY",
    /// ALTER POLICY.
    AlterPolicy(statement: Box<policy::AlterPolicy>) => "ALTER POLICY",
    /// CREATE RULE.
    CreateRule(statement: Box<rule::CreateRule>) => "CREATE RULE",
    /// GRANT or REVOKE of privileges.
    Grant(statement: Box<grant::Grant>) => statement.tag(),
    /// GRANT or REVOKE of roles.
    GrantRole(statement: Box<grant::GrantRole>) => statement.tag(),
    /// ALTER DEFAULT PRIVILEGES.
    AlterDefaultPrivileges(statement: Box<grant::AlterDefaultPrivileges>) => "ALTER DEFAULT PRIVILEGES",
    /// COMMENT ON.
    Comment(statement: Box<comment::Comment>) => "COMMENT",
    /// SECURITY LABEL.
    SecurityLabel(statement: Box<comment::SecurityLabel>) => "SECURITY LABEL",
    /// ALTER of a name, owner, schema or dependency.
    AlterObject(statement: Box<alter_object::AlterObject>) => statement.object.kind.alter_tag(),
    /// DROP of objects of a kind.
    Drop(statement: Box<drop::Drop>) => statement.kind.drop_tag(),
    /// DROP ROLE.
    DropRole(statement: drop::DropRole) => "DROP ROLE",
    /// DROP OWNED.
    DropOwned(statement: drop::DropOwned) => "DROP OWNED",
    /// REASSIGN OWNED.
    ReassignOwned(statement: drop::ReassignOwned) => "REASSIGN OWNED",
    /// DROP DATABASE.
    DropDatabase(statement: drop::DropDatabase) => "DROP DATABASE",
    /// DROP USER MAPPING.
    DropUserMapping(statement: drop::DropUserMapping) => "DROP USER MAPPING",
}
