//! Databases, tablespaces and the server's configuration.

use super::definition::parameters;
use super::role_spec::role_spec;
use crate::pg::Ident;
use crate::pg::keyword;
use crate::statement::object::database::{
    AlterDatabase, AlterSystem, AlterTablespace, CreateDatabase, CreateTablespace, DatabaseChange, DatabaseOption,
    TablespaceChange,
};
use crate::syntax::cursor::{Cursor, NameSort, Parsed};
use crate::syntax::session::setting::{attached, generic_change, setting_name, value};
use crate::syntax::token::TokenKind;

/// Reads what follows `CREATE DATABASE`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create_database(cursor: &mut Cursor<'_>) -> Parsed<CreateDatabase> {
    let name = cursor.ident()?;
    cursor.eat("with");
    Ok(CreateDatabase { name, options: options(cursor)? })
}

fn options(cursor: &mut Cursor<'_>) -> Parsed<Vec<DatabaseOption>> {
    let mut found = Vec::new();
    while !cursor.at_end() {
        let name = option_name(cursor)?;
        cursor.eat_operator("=");
        let value = if cursor.eat("default") { None } else { Some(value(cursor)?) };
        found.push(DatabaseOption { name, value });
    }
    Ok(found)
}

/// An option is named by a word that is no key word, or by one of a few that are.
fn option_name(cursor: &mut Cursor<'_>) -> Parsed<Ident> {
    if cursor.eat_words(&["connection", "limit"]) {
        return Ok(Ident::exact("connection_limit"));
    }
    const KEYWORDS: &[&str] = &["encoding", "location", "owner", "tablespace", "template"];
    if let Some(word) = cursor.eat_one_of(KEYWORDS) {
        return Ok(Ident::exact(word));
    }
    let is_keyword =
        cursor.is(TokenKind::Word) && keyword::category(&cursor.peek_text(0).to_ascii_lowercase()).is_some();
    if is_keyword { Err(cursor.error("an option of a database")) } else { cursor.name_of(NameSort::Column) }
}

/// Reads what follows `ALTER DATABASE`, unless it is an action that many kinds share.
///
/// # Errors
///
/// No such statement stands here.
pub fn alter_database(cursor: &mut Cursor<'_>) -> Parsed<AlterDatabase> {
    let name = cursor.ident()?;
    let change = if cursor.eat_words(&["refresh", "collation", "version"]) {
        DatabaseChange::RefreshCollation
    } else if cursor.is_words(&["set", "tablespace"]) && !cursor.is_word_at(2, "to") {
        cursor.expect_words(&["set", "tablespace"])?;
        DatabaseChange::Tablespace(cursor.ident()?)
    } else if cursor.is_word("set") || cursor.is_word("reset") {
        DatabaseChange::Setting(attached(cursor)?)
    } else {
        cursor.eat("with");
        DatabaseChange::Options(options(cursor)?)
    };
    Ok(AlterDatabase { name, change })
}

/// Reads what follows `CREATE TABLESPACE`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create_tablespace(cursor: &mut Cursor<'_>) -> Parsed<CreateTablespace> {
    let name = cursor.ident()?;
    let owner = if cursor.eat("owner") { Some(role_spec(cursor)?) } else { None };
    cursor.expect("location")?;
    let location = cursor.string()?;
    let options = if cursor.eat("with") { parameters(cursor)? } else { Vec::new() };
    Ok(CreateTablespace { name, owner, location, options })
}

/// Reads what follows `ALTER TABLESPACE`, unless it is an action that many kinds share.
///
/// # Errors
///
/// No such statement stands here.
pub fn alter_tablespace(cursor: &mut Cursor<'_>) -> Parsed<AlterTablespace> {
    let name = cursor.ident()?;
    let change = match cursor.eat_one_of(&["set", "reset"]) {
        Some("set") => TablespaceChange::Set(parameters(cursor)?),
        Some(_) => TablespaceChange::Reset(parameters(cursor)?),
        None => return Err(cursor.error("SET or RESET")),
    };
    Ok(AlterTablespace { name, change })
}

/// Reads what follows `ALTER SYSTEM`.
///
/// # Errors
///
/// No such statement stands here.
pub fn alter_system(cursor: &mut Cursor<'_>) -> Parsed<AlterSystem> {
    match cursor.eat_one_of(&["set", "reset"]) {
        Some("set") => generic_change(cursor).map(AlterSystem::Set),
        Some(_) if cursor.eat("all") => Ok(AlterSystem::ResetAll),
        Some(_) => setting_name(cursor).map(AlterSystem::Reset),
        None => Err(cursor.error("SET or RESET")),
    }
}
