//! Statements about routines, operators, triggers, policies, privileges, roles, replication, foreign servers and text
//! search, and those that are written alike for objects of every kind.

pub mod alter_object;
pub mod cast;
pub mod comment;
pub mod database;
pub mod definition;
pub mod drop;
pub mod foreign;
pub mod function;
pub mod grant;
pub mod operator;
pub mod operator_class;
pub mod parameter;
pub mod policy;
pub mod publication;
pub mod reference;
pub mod role;
pub mod role_spec;
pub mod rule;
pub mod text_search;
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
    /// CREATE AGGREGATE.
    CreateAggregate(statement: Box<operator::CreateAggregate>) => "CREATE AGGREGATE",
    /// CREATE OPERATOR.
    CreateOperator(statement: Box<operator::CreateOperator>) => "CREATE OPERATOR",
    /// ALTER OPERATOR … SET.
    AlterOperator(statement: Box<operator::AlterOperator>) => "ALTER OPERATOR",
    /// CREATE COLLATION.
    CreateCollation(statement: Box<operator::CreateCollation>) => "CREATE COLLATION",
    /// ALTER COLLATION … REFRESH VERSION.
    RefreshCollation(statement: operator::RefreshCollation) => "ALTER COLLATION",
    /// CREATE OPERATOR CLASS.
    CreateOperatorClass(statement: Box<operator_class::CreateOperatorClass>) => "CREATE OPERATOR CLASS",
    /// CREATE OPERATOR FAMILY.
    CreateOperatorFamily(statement: operator_class::CreateOperatorFamily) => "CREATE OPERATOR FAMILY",
    /// ALTER OPERATOR FAMILY of its members.
    AlterOperatorFamily(statement: Box<operator_class::AlterOperatorFamily>) => "ALTER OPERATOR FAMILY",
    /// CREATE CAST.
    CreateCast(statement: Box<cast::CreateCast>) => "CREATE CAST",
    /// CREATE CONVERSION.
    CreateConversion(statement: Box<cast::CreateConversion>) => "CREATE CONVERSION",
    /// CREATE TRANSFORM.
    CreateTransform(statement: Box<cast::CreateTransform>) => "CREATE TRANSFORM",
    /// CREATE LANGUAGE.
    CreateLanguage(statement: Box<cast::CreateLanguage>) => "CREATE LANGUAGE",
    /// CREATE ACCESS METHOD.
    CreateAccessMethod(statement: cast::CreateAccessMethod) => "CREATE ACCESS METHOD",
    /// CREATE TEXT SEARCH of any kind.
    CreateTextSearch(statement: Box<text_search::CreateTextSearch>) => statement.kind.create_tag(),
    /// ALTER TEXT SEARCH DICTIONARY.
    AlterDictionary(statement: text_search::AlterDictionary) => "ALTER TEXT SEARCH DICTIONARY",
    /// ALTER TEXT SEARCH CONFIGURATION.
    AlterConfiguration(statement: Box<text_search::AlterConfiguration>) => "ALTER TEXT SEARCH CONFIGURATION",
    /// CREATE ROLE.
    CreateRole(statement: role::CreateRole) => "CREATE ROLE",
    /// ALTER ROLE.
    AlterRole(statement: Box<role::AlterRole>) => "ALTER ROLE",
    /// ALTER ROLE … SET.
    AlterRoleSetting(statement: Box<role::AlterRoleSetting>) => "ALTER ROLE",
    /// CREATE PUBLICATION.
    CreatePublication(statement: Box<publication::CreatePublication>) => "CREATE PUBLICATION",
    /// ALTER PUBLICATION.
    AlterPublication(statement: Box<publication::AlterPublication>) => "ALTER PUBLICATION",
    /// CREATE SUBSCRIPTION.
    CreateSubscription(statement: Box<publication::CreateSubscription>) => "CREATE SUBSCRIPTION",
    /// ALTER SUBSCRIPTION.
    AlterSubscription(statement: Box<publication::AlterSubscription>) => "ALTER SUBSCRIPTION",
    /// CREATE FOREIGN DATA WRAPPER.
    CreateWrapper(statement: Box<foreign::CreateWrapper>) => "CREATE FOREIGN DATA WRAPPER",
    /// ALTER FOREIGN DATA WRAPPER.
    AlterWrapper(statement: Box<foreign::AlterWrapper>) => "ALTER FOREIGN DATA WRAPPER",
    /// CREATE SERVER.
    CreateServer(statement: Box<foreign::CreateServer>) => "CREATE SERVER",
    /// ALTER SERVER.
    AlterServer(statement: Box<foreign::AlterServer>) => "ALTER SERVER",
    /// CREATE USER MAPPING.
    CreateUserMapping(statement: Box<foreign::CreateUserMapping>) => "CREATE USER MAPPING",
    /// ALTER USER MAPPING.
    AlterUserMapping(statement: Box<foreign::AlterUserMapping>) => "ALTER USER MAPPING",
    /// IMPORT FOREIGN SCHEMA.
    ImportSchema(statement: Box<foreign::ImportSchema>) => "IMPORT FOREIGN SCHEMA",
    /// CREATE DATABASE.
    CreateDatabase(statement: database::CreateDatabase) => "CREATE DATABASE",
    /// ALTER DATABASE.
    AlterDatabase(statement: Box<database::AlterDatabase>) => "ALTER DATABASE",
    /// CREATE TABLESPACE.
    CreateTablespace(statement: Box<database::CreateTablespace>) => "CREATE TABLESPACE",
    /// ALTER TABLESPACE.
    AlterTablespace(statement: database::AlterTablespace) => "ALTER TABLESPACE",
    /// ALTER SYSTEM.
    AlterSystem(statement: Box<database::AlterSystem>) => "ALTER SYSTEM",
}
