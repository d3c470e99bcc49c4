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

#[cfg(test)]
mod tests {
    use crate::statement::Statement as AnyStatement;
    use crate::statement::session::Statement;
    use crate::syntax::lexer::{Lexeme, Lexer};
    use crate::syntax::parse;

    fn parsed(text: &str) -> Result<Statement, String> {
        let mut lexer = Lexer::new(text, 0);
        let mut tokens = Vec::new();
        while let Some(lexeme) = lexer.next_lexeme() {
            if let Lexeme::Token(token) = lexeme {
                tokens.push(token);
            }
        }
        match parse::statement(text, &tokens) {
            Ok(AnyStatement::Session(statement)) => Ok(*statement),
            Ok(other) => panic!("{text}: {other:?}"),
            Err(error) => Err(error.message),
        }
    }

    #[test]
    fn tags_are_those_of_the_server() {
        for (text, tag) in [
            ("END", "COMMIT"),
            ("ABORT AND CHAIN", "ROLLBACK"),
            ("MOVE ALL FROM c", "MOVE"),
            ("CLOSE ALL", "CLOSE CURSOR ALL"),
            ("DEALLOCATE ALL", "DEALLOCATE ALL"),
            ("ANALYSE t", "ANALYZE"),
            ("DISCARD TEMPORARY", "DISCARD TEMP"),
        ] {
            assert_eq!(parsed(text).unwrap().tag(), tag, "{text}");
        }
    }

    #[test]
    fn spellings_of_old_print_as_those_of_today() {
        for (text, printed) in [
            ("COPY BINARY t TO STDOUT", "COPY t TO STDOUT WITH (format binary)"),
            ("CLUSTER i ON t", "CLUSTER t USING i"),
            ("VACUUM FULL t", "VACUUM (full) t"),
            ("LOCK t", "LOCK TABLE t IN ACCESS EXCLUSIVE MODE"),
            ("EXPLAIN ANALYZE EXECUTE p", "EXPLAIN (analyze) EXECUTE p"),
        ] {
            assert_eq!(parsed(text).unwrap().to_string(), printed, "{text}");
        }
    }

    #[test]
    fn a_word_before_to_names_a_setting() {
        for text in ["SET local TO 'a'", "SET role TO 'a'", "SET constraints TO 'a'", "SET schema TO 'a'"] {
            let Statement::Set(set) = parsed(text).unwrap() else { panic!("{text}") };
            assert!(set.change.name().is_some(), "{text}");
        }
    }

    #[test]
    fn what_the_server_refuses_is_refused() {
        for (text, message) in [
            ("SET x", "TO or `=`"),
            ("SET TRANSACTION", "a transaction mode"),
            ("COPY (SELECT 1) FROM STDIN", "TO"),
            ("COPY t TO STDOUT WHERE true", "the end"),
            ("EXPLAIN VACUUM", "can be explained"),
            ("FETCH 3000000000 FROM c", "32 bits"),
            ("CALL 1 + 2", "a call"),
            ("REINDEX CONCURRENTLY TABLE t", "INDEX, TABLE"),
        ] {
            let error = parsed(text).expect_err(text);
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
