//! Parsers for the statements of the session family.

pub mod copy;
pub mod maintenance;
pub mod notify;
pub mod portal;
pub mod prepared;
pub mod program;
pub mod setting;
pub mod source_text;
pub mod transaction;

use super::cursor::{Cursor, Parsed};
use crate::statement::session::Statement;
use crate::statement::session::maintenance::Checkpoint;
use crate::statement::session::portal::FetchCommand;

/// Reads a statement of this family, up to the last token; `None` when its first words belong to another family.
///
/// # Errors
///
/// The statement is of this family and cannot be read.
pub fn statement(cursor: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    if let Some(found) = transaction::transaction(cursor)? {
        return Ok(Some(Statement::Transaction(found)));
    }
    let assigned = cursor.is_word_at(2, "to") || cursor.peek_text(2) == "=";
    if !assigned && cursor.eat_words(&["set", "constraints"]) {
        return setting::set_constraints(cursor).map(Statement::SetConstraints).map(Some);
    }
    let start = cursor.index();
    if cursor.at_end() {
        return Ok(None);
    }
    let word = cursor.peek_text(0).to_ascii_lowercase();
    cursor.advance()?;
    let found = match routine(cursor, &word)? {
        Some(found) => Some(found),
        None => upkeep(cursor, &word)?,
    };
    if found.is_none() {
        cursor.seek(start);
    }
    Ok(found)
}

/// Settings, channels, programs, prepared statements and cursors.
fn routine(cursor: &mut Cursor<'_>, word: &str) -> Parsed<Option<Statement>> {
    let found = match word {
        "set" => Statement::Set(setting::set(cursor)?),
        "reset" => Statement::Reset(setting::reset(cursor)?),
        "show" => Statement::Show(setting::show(cursor)?),
        "notify" => Statement::Notify(notify::notify(cursor)?),
        "listen" => Statement::Listen(notify::listen(cursor)?),
        "unlisten" => Statement::Unlisten(notify::unlisten(cursor)?),
        "copy" => Statement::Copy(Box::new(copy::copy(cursor)?)),
        "do" => Statement::Do(program::do_block(cursor)?),
        "call" => Statement::Call(Box::new(program::call(cursor)?)),
        "prepare" => Statement::Prepare(Box::new(prepared::prepare(cursor)?)),
        "execute" => Statement::Execute(prepared::execute(cursor)?),
        "deallocate" => Statement::Deallocate(prepared::deallocate(cursor)?),
        "explain" => Statement::Explain(prepared::explain(cursor)?),
        "declare" => Statement::DeclareCursor(Box::new(portal::declare(cursor)?)),
        "fetch" => Statement::Fetch(portal::fetch(cursor, FetchCommand::Fetch)?),
        "move" => Statement::Fetch(portal::fetch(cursor, FetchCommand::Move)?),
        "close" => Statement::Close(portal::close(cursor)?),
        _ => return Ok(None),
    };
    Ok(Some(found))
}

/// Work on what is stored, and on what the session keeps.
fn upkeep(cursor: &mut Cursor<'_>, word: &str) -> Parsed<Option<Statement>> {
    let found = match word {
        "vacuum" => Statement::Vacuum(maintenance::vacuum(cursor)?),
        "analyze" | "analyse" => Statement::Vacuum(maintenance::analyze(cursor)?),
        "cluster" => Statement::Cluster(maintenance::cluster(cursor)?),
        "reindex" => Statement::Reindex(maintenance::reindex(cursor)?),
        "lock" => Statement::Lock(maintenance::lock(cursor)?),
        "load" => Statement::Load(maintenance::load(cursor)?),
        "checkpoint" => Statement::Checkpoint(Checkpoint::Plain),
        "discard" => Statement::Discard(maintenance::discard(cursor)?),
        _ => return Ok(None),
    };
    Ok(Some(found))
}
