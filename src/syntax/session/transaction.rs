//! Transaction control.

use crate::pg::Ident;
use crate::statement::session::transaction::{Chain, Transaction, TransactionMode};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::token::TokenKind;
use crate::syntax::words;

/// Reads a statement of transaction control; `None` when another one stands here.
///
/// # Errors
///
/// The statement cannot be read.
pub fn transaction(cursor: &mut Cursor<'_>) -> Parsed<Option<Transaction>> {
    if cursor.eat_words(&["prepare", "transaction"]) {
        return cursor.string().map(Transaction::Prepare).map(Some);
    }
    const FIRST: &[&str] = &["begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release"];
    let Some(first) = cursor.eat_one_of(FIRST) else { return Ok(None) };
    let found = match first {
        "begin" => {
            noise(cursor);
            Transaction::Begin(modes(cursor)?)
        }
        "start" => {
            cursor.expect("transaction")?;
            Transaction::Start(modes(cursor)?)
        }
        "savepoint" => Transaction::Savepoint(cursor.ident()?),
        "release" => Transaction::Release(savepoint(cursor)?),
        "commit" if cursor.eat("prepared") => Transaction::CommitPrepared(cursor.string()?),
        "commit" | "end" => Transaction::Commit(chain(cursor)?),
        "rollback" if cursor.eat("prepared") => Transaction::RollbackPrepared(cursor.string()?),
        "rollback" => rollback(cursor)?,
        _ => Transaction::Rollback(chain(cursor)?),
    };
    Ok(Some(found))
}

/// Takes the modes of a transaction, with or without commas between; there may be none.
///
/// # Errors
///
/// A comma that no mode follows.
pub fn modes(cursor: &mut Cursor<'_>) -> Parsed<Vec<TransactionMode>> {
    let mut found = Vec::new();
    while !cursor.at_end() {
        if !found.is_empty() {
            cursor.eat_kind(TokenKind::Comma);
        }
        found.push(words::expect_one_of(cursor, "a transaction mode")?);
    }
    Ok(found)
}

fn noise(cursor: &mut Cursor<'_>) {
    cursor.eat_one_of(&["work", "transaction"]);
}

fn chain(cursor: &mut Cursor<'_>) -> Parsed<Chain> {
    noise(cursor);
    if !cursor.eat("and") {
        return Ok(Chain::No);
    }
    let chain = if cursor.eat("no") { Chain::No } else { Chain::Yes };
    cursor.expect("chain")?;
    Ok(chain)
}

fn rollback(cursor: &mut Cursor<'_>) -> Parsed<Transaction> {
    let start = cursor.index();
    noise(cursor);
    if cursor.eat("to") {
        return savepoint(cursor).map(Transaction::RollbackTo);
    }
    cursor.seek(start);
    chain(cursor).map(Transaction::Rollback)
}

/// Takes a savepoint's name; the word SAVEPOINT is noise, unless it is the name.
fn savepoint(cursor: &mut Cursor<'_>) -> Parsed<Ident> {
    if cursor.peek(1).is_some() {
        cursor.eat("savepoint");
    }
    cursor.ident()
}
