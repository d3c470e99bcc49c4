//! Foreign-data wrappers, servers, user mappings, and the import of foreign schemas.

use super::definition::{altered_foreign_options, foreign_options};
use super::drop::mapped_user;
use crate::statement::object::foreign::{
    AlterServer, AlterUserMapping, AlterWrapper, CreateServer, CreateUserMapping, CreateWrapper, ImportLimit,
    ImportSchema, WrapperFunction, WrapperRole,
};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::words;

/// Reads what follows `CREATE FOREIGN DATA WRAPPER`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create_wrapper(cursor: &mut Cursor<'_>) -> Parsed<CreateWrapper> {
    let name = cursor.ident()?;
    let functions = wrapper_functions(cursor)?;
    Ok(CreateWrapper { name, functions, options: foreign_options(cursor)? })
}

/// Reads what follows `ALTER FOREIGN DATA WRAPPER`, unless it is an action that many kinds share.
///
/// # Errors
///
/// No such statement stands here.
pub fn alter_wrapper(cursor: &mut Cursor<'_>) -> Parsed<AlterWrapper> {
    let name = cursor.ident()?;
    let functions = wrapper_functions(cursor)?;
    let options = altered_foreign_options(cursor)?;
    if functions.is_empty() && options.is_empty() {
        return Err(cursor.error("HANDLER, VALIDATOR or OPTIONS"));
    }
    Ok(AlterWrapper { name, functions, options })
}

fn wrapper_functions(cursor: &mut Cursor<'_>) -> Parsed<Vec<WrapperFunction>> {
    let mut found = Vec::new();
    loop {
        let no = cursor.eat("no");
        let Some(role) = words::one_of::<WrapperRole>(cursor) else {
            return if no { Err(cursor.error("HANDLER or VALIDATOR")) } else { Ok(found) };
        };
        found.push(WrapperFunction { role, name: if no { None } else { Some(cursor.name()?) } });
    }
}

/// Reads what follows `CREATE SERVER`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create_server(cursor: &mut Cursor<'_>) -> Parsed<CreateServer> {
    let if_not_exists = cursor.eat_if_not_exists();
    let name = cursor.ident()?;
    let server_type = if cursor.eat("type") { Some(cursor.string()?) } else { None };
    let version = if cursor.eat("version") { version(cursor)? } else { None };
    cursor.expect_words(&["foreign", "data", "wrapper"])?;
    let wrapper = cursor.ident()?;
    Ok(CreateServer { if_not_exists, name, server_type, version, wrapper, options: foreign_options(cursor)? })
}

fn version(cursor: &mut Cursor<'_>) -> Parsed<Option<String>> {
    if cursor.eat("null") { Ok(None) } else { cursor.string().map(Some) }
}

/// Reads what follows `ALTER SERVER`, unless it is an action that many kinds share.
///
/// # Errors
///
/// No such statement stands here.
pub fn alter_server(cursor: &mut Cursor<'_>) -> Parsed<AlterServer> {
    let name = cursor.ident()?;
    let version = if cursor.eat("version") { Some(version(cursor)?) } else { None };
    let options = altered_foreign_options(cursor)?;
    if version.is_none() && options.is_empty() {
        return Err(cursor.error("VERSION or OPTIONS"));
    }
    Ok(AlterServer { name, version, options })
}

/// Reads what follows `CREATE USER MAPPING`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create_user_mapping(cursor: &mut Cursor<'_>) -> Parsed<CreateUserMapping> {
    let if_not_exists = cursor.eat_if_not_exists();
    let user = mapped_user(cursor)?;
    cursor.expect("server")?;
    let server = cursor.ident()?;
    Ok(CreateUserMapping { if_not_exists, user, server, options: foreign_options(cursor)? })
}

/// Reads what follows `ALTER USER MAPPING`.
///
/// # Errors
///
/// No such statement stands here.
pub fn alter_user_mapping(cursor: &mut Cursor<'_>) -> Parsed<AlterUserMapping> {
    let user = mapped_user(cursor)?;
    cursor.expect("server")?;
    let server = cursor.ident()?;
    match altered_foreign_options(cursor)? {
        options if options.is_empty() => Err(cursor.error("OPTIONS")),
        options => Ok(AlterUserMapping { user, server, options }),
    }
}

/// Reads what follows `IMPORT FOREIGN SCHEMA`.
///
/// # Errors
///
/// No such statement stands here.
pub fn import_schema(cursor: &mut Cursor<'_>) -> Parsed<ImportSchema> {
    let remote = cursor.ident()?;
    let tables = match words::one_of::<ImportLimit>(cursor) {
        Some(limit) => Some((limit, cursor.parenthesised(Cursor::name)?)),
        None => None,
    };
    cursor.expect_words(&["from", "server"])?;
    let server = cursor.ident()?;
    cursor.expect("into")?;
    let local = cursor.ident()?;
    Ok(ImportSchema { remote, tables, server, local, options: foreign_options(cursor)? })
}
