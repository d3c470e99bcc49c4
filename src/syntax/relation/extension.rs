//! CREATE EXTENSION and ALTER EXTENSION.

use crate::statement::object::reference::{Kind, Reference};
use crate::statement::relation::{AlterExtension, CreateExtension, ExtensionChange, ExtensionOption};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::object::reference;
use crate::syntax::words::word_or_string;

/// Takes what follows `CREATE EXTENSION`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn create_extension(cursor: &mut Cursor<'_>) -> Parsed<CreateExtension> {
    let if_not_exists = cursor.eat_if_not_exists();
    let name = cursor.ident()?;
    cursor.eat("with");
    let mut options = Vec::new();
    while let Some(word) = cursor.eat_one_of(&["schema", "version", "cascade"]) {
        options.push(match word {
            "schema" => ExtensionOption::Schema(cursor.ident()?),
            "version" => ExtensionOption::Version(word_or_string(cursor)?),
            _ => ExtensionOption::Cascade,
        });
    }
    Ok(CreateExtension { if_not_exists, name, options })
}

/// Takes what follows `ALTER EXTENSION`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn alter_extension(cursor: &mut Cursor<'_>) -> Parsed<AlterExtension> {
    let name = cursor.ident()?;
    let change = match cursor.eat_one_of(&["update", "set", "add", "drop"]) {
        Some("update") => {
            let version = if cursor.eat("to") { Some(word_or_string(cursor)?) } else { None };
            ExtensionChange::Update(version)
        }
        Some("set") => {
            cursor.expect("schema")?;
            ExtensionChange::SetSchema(cursor.ident()?)
        }
        Some("add") => ExtensionChange::Add(member(cursor)?),
        Some(_) => ExtensionChange::Drop(member(cursor)?),
        None => return Err(cursor.error("a change of the extension")),
    };
    Ok(AlterExtension { name, change })
}

fn member(cursor: &mut Cursor<'_>) -> Parsed<Reference> {
    let start = cursor.index();
    let found = reference::reference(cursor)?;
    let never = [Kind::Column, Kind::Constraint, Kind::LargeObject, Kind::Policy, Kind::Rule, Kind::Trigger];
    if never.contains(&found.kind) {
        cursor.seek(start);
        return Err(cursor.error("an object that can belong to an extension"));
    }
    Ok(found)
}
