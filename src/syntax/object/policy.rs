//! Row security policies.

use super::role_spec::role_specs;
use crate::query::Expr;
use crate::statement::object::policy::{AlterPolicy, CreatePolicy, PolicyCommand, PolicyKind};
use crate::statement::object::role_spec::RoleSpec;
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::expression::in_parentheses;
use crate::syntax::words;

/// Reads what follows `CREATE POLICY`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create(cursor: &mut Cursor<'_>) -> Parsed<CreatePolicy> {
    let name = cursor.ident()?;
    cursor.expect("on")?;
    let table = cursor.name()?;
    let kind = if cursor.eat("as") {
        words::expect_one_of(cursor, "PERMISSIVE or RESTRICTIVE")?
    } else {
        PolicyKind::Permissive
    };
    let command = if cursor.eat("for") { words::expect_one_of(cursor, "a command")? } else { PolicyCommand::All };
    let roles = if cursor.eat("to") { role_specs(cursor)? } else { vec![RoleSpec::Public] };
    let (using, check) = conditions(cursor)?;
    Ok(CreatePolicy { name, table, kind, command, roles, using, check })
}

/// Reads what follows `ALTER POLICY`, unless it renames the policy.
///
/// # Errors
///
/// No such statement stands here.
pub fn alter(cursor: &mut Cursor<'_>) -> Parsed<AlterPolicy> {
    let name = cursor.ident()?;
    cursor.expect("on")?;
    let table = cursor.name()?;
    let roles = if cursor.eat("to") { role_specs(cursor)? } else { Vec::new() };
    let (using, check) = conditions(cursor)?;
    Ok(AlterPolicy { name, table, roles, using, check })
}

fn conditions(cursor: &mut Cursor<'_>) -> Parsed<(Option<Expr>, Option<Expr>)> {
    let using = if cursor.eat("using") { Some(in_parentheses(cursor)?) } else { None };
    let check = if cursor.eat_words(&["with", "check"]) { Some(in_parentheses(cursor)?) } else { None };
    Ok((using, check))
}
