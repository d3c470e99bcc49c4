//! Text search configurations, dictionaries, parsers and templates.

use super::definition::definitions;
use crate::statement::object::reference::Kind;
use crate::statement::object::text_search::{
    AlterConfiguration, AlterDictionary, CreateTextSearch, MappingAction, MappingChange,
};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::words;

/// Reads what follows `CREATE TEXT SEARCH <kind>`.
///
/// # Errors
///
/// No such statement stands here.
pub fn create(cursor: &mut Cursor<'_>, kind: Kind) -> Parsed<CreateTextSearch> {
    let name = cursor.name()?;
    Ok(CreateTextSearch { kind, name, options: definitions(cursor)? })
}

/// Reads what follows `ALTER TEXT SEARCH DICTIONARY` when it sets options.
///
/// # Errors
///
/// No such statement stands here.
pub fn alter_dictionary(cursor: &mut Cursor<'_>) -> Parsed<AlterDictionary> {
    let name = cursor.name()?;
    Ok(AlterDictionary { name, options: definitions(cursor)? })
}

/// Reads what follows `ALTER TEXT SEARCH CONFIGURATION` when it changes the mapping.
///
/// # Errors
///
/// No such statement stands here.
pub fn alter_configuration(cursor: &mut Cursor<'_>) -> Parsed<AlterConfiguration> {
    let name = cursor.name()?;
    if cursor.eat_words(&["drop", "mapping"]) {
        let if_exists = cursor.eat_if_exists();
        cursor.expect("for")?;
        let mapping = MappingChange::Drop { if_exists, tokens: words::idents(cursor)? };
        return Ok(AlterConfiguration { name, mapping });
    }
    let action = words::expect_one_of(cursor, "ADD, ALTER or DROP")?;
    cursor.expect("mapping")?;
    Ok(AlterConfiguration { name, mapping: mapping(cursor, action)? })
}

fn mapping(cursor: &mut Cursor<'_>, action: MappingAction) -> Parsed<MappingChange> {
    let tokens = if cursor.eat("for") { words::idents(cursor)? } else { Vec::new() };
    if action == MappingAction::Alter && cursor.eat("replace") {
        let old = cursor.name()?;
        cursor.expect("with")?;
        return Ok(MappingChange::Replace { tokens, old, new: cursor.name()? });
    }
    if tokens.is_empty() {
        return Err(cursor.error("FOR"));
    }
    cursor.expect("with")?;
    Ok(MappingChange::With(action, tokens, words::names(cursor)?))
}
