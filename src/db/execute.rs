//! Running statements as they are written: by the simple protocol, so that the server reads every byte itself.

use postgres::SimpleQueryMessage;

use super::{Connection, DbError};
use crate::syntax::script::{Piece, PieceKind, Script};
use crate::syntax::token::Token;

/// What a statement did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Its rows, when it is of those that return rows.
    pub rows: Option<Rows>,
    /// How many rows it returned or changed; 0 for statements that do neither.
    pub affected: u64,
}

/// A result set, in PostgreSQL's own text form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The values, row by row; `None` is NULL.
    pub values: Vec<Vec<Option<String>>>,
}

impl Connection {
    /// Runs one statement; outside a transaction, as one of its own.
    ///
    /// # Errors
    ///
    /// The server's as [`DbError::Sql`], with its place in the text. Before anything runs, [`DbError::Statements`] when
    /// the text holds more than one, and [`DbError::CopyData`] when it is a COPY from or to the client.
    pub fn execute(&mut self, statement: &str) -> Result<Outcome, DbError> {
        match statements(&Script::split(statement)) {
            0 | 1 => self.execute_script(statement).map(|mut outcomes| outcomes.pop().unwrap_or_default()),
            found => Err(DbError::Statements { found }),
        }
    }

    /// Runs every statement of a text, all or none of them, unless the text itself ends transactions.
    ///
    /// # Errors
    ///
    /// The server's for the first statement that it refuses, with its place in the whole text.
    pub fn execute_script(&mut self, text: &str) -> Result<Vec<Outcome>, DbError> {
        if copies(text, &Script::split(text)) {
            return Err(DbError::CopyData);
        }
        self.send(text)
    }

    /// Runs a text that is known to hold no COPY from or to the client, as [`Connection::execute_script`] does: one
    /// outcome for each statement.
    ///
    /// # Errors
    ///
    /// As [`Connection::execute_script`].
    pub fn send(&mut self, text: &str) -> Result<Vec<Outcome>, DbError> {
        let messages = self.simple_query(text)?;
        let mut outcomes = Vec::new();
        let mut rows: Option<Rows> = None;
        for message in messages {
            match message {
                SimpleQueryMessage::RowDescription(columns) => {
                    let columns = columns.iter().map(|column| column.name().to_owned()).collect();
                    rows = Some(Rows { columns, values: Vec::new() });
                }
                SimpleQueryMessage::Row(row) => {
                    let values = (0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect();
                    rows.get_or_insert_default().values.push(values);
                }
                SimpleQueryMessage::CommandComplete(affected) => {
                    outcomes.push(Outcome { rows: rows.take(), affected });
                }
                // The enum may grow.
                _ => {}
            }
        }
        Ok(outcomes)
    }

    /// Opens a transaction.
    ///
    /// # Errors
    ///
    /// [`DbError::Lost`] when the connection is gone.
    pub fn begin(&mut self) -> Result<Transaction<'_>, DbError> {
        self.execute("BEGIN")?;
        Ok(Transaction { connection: self, state: State::Open })
    }
}

/// How many statements there are, as psql counts them.
fn statements(script: &Script) -> usize {
    let holds = |piece: &&Piece| piece.kind != PieceKind::Statement || !piece.tokens.is_empty();
    script.pieces.iter().filter(holds).count()
}

/// Whether a statement is a COPY from or to the client.
fn copies(text: &str, script: &Script) -> bool {
    let is =
        |token: &Token, words: [&str; 2]| words.iter().any(|word| text[token.span.range()].eq_ignore_ascii_case(word));
    script.pieces.iter().map(|piece| script.tokens_of(piece)).any(|tokens| {
        let starts = tokens.first().is_some_and(|first| is(first, ["copy"; 2]));
        starts && tokens.windows(2).any(|pair| is(&pair[0], ["from", "to"]) && is(&pair[1], ["stdin", "stdout"]))
    })
}

/// An open transaction; dropped, it is rolled back.
#[derive(Debug)]
pub struct Transaction<'a> {
    connection: &'a mut Connection,
    state: State,
}

#[derive(Debug)]
enum State {
    Open,
    /// The server refuses everything but the rollback, and takes a COMMIT for one without a word.
    Failed(DbError),
    Ended,
}

impl Transaction<'_> {
    /// Runs one statement within the transaction.
    ///
    /// # Errors
    ///
    /// As [`Connection::execute`]; the server then refuses all but a rollback, of the whole or to a savepoint.
    pub fn execute(&mut self, statement: &str) -> Result<Outcome, DbError> {
        let result = self.connection.execute(statement);
        match &result {
            Ok(_) => self.state = State::Open,
            // The text was not sent.
            Err(DbError::Statements { .. } | DbError::CopyData) => {}
            // What failed first is why the others do.
            Err(error) if !matches!(self.state, State::Failed(_)) => self.state = State::Failed(error.clone()),
            Err(_) => {}
        }
        result
    }

    /// Commits.
    ///
    /// # Errors
    ///
    /// What failed before, or the server's for what it checks only now: nothing is kept. [`DbError::Lost`] during the
    /// commit leaves open whether anything is.
    pub fn commit(mut self) -> Result<(), DbError> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Failed(error) => {
                let _ = self.connection.execute("ROLLBACK");
                Err(error)
            }
            State::Open | State::Ended => self.connection.execute("COMMIT").map(drop),
        }
    }

    /// Rolls back.
    ///
    /// # Errors
    ///
    /// [`DbError::Lost`] when the connection is gone, and with it the transaction.
    pub fn rollback(mut self) -> Result<(), DbError> {
        self.state = State::Ended;
        self.connection.execute("ROLLBACK").map(drop)
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !matches!(self.state, State::Ended) {
            // A connection on which this fails is gone, and with it the transaction.
            let _ = self.connection.execute("ROLLBACK");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_counted() {
        for (text, count) in [
            ("", 0),
            ("-- nothing; at all", 0),
            ("SELECT 1", 1),
            ("SELECT ';'; -- one;", 1),
            ("DO $$ BEGIN PERFORM 1; PERFORM 2; END $$;", 1),
            ("CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END", 1),
            ("SELECT 1; SELECT 2", 2),
        ] {
            assert_eq!(statements(&Script::split(text)), count, "{text}");
        }
    }

    #[test]
    fn copies_from_and_to_the_client_are_known() {
        for (text, expected) in [
            ("copy t (a) FROM /* here */ StdIn WITH (FORMAT csv)", true),
            ("SELECT 1; COPY (SELECT 1) TO STDOUT", true),
            ("COPY t FROM '/tmp/x'", false),
            ("COPY t FROM PROGRAM 'cat'", false),
            ("SELECT a FROM stdin", false),
            ("COPY (SELECT 1 AS \"to stdout\") TO '/tmp/x'", false),
        ] {
            assert_eq!(copies(text, &Script::split(text)), expected, "{text}");
        }
    }
}
