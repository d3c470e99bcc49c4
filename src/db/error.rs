//! What a server, or the way to it, answers instead of what was wanted.

use std::error::Error;
use std::fmt;

use postgres::error::{ErrorPosition, Severity};

/// Why something did not happen in a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DbError {
    /// Nothing answers there.
    Unreachable {
        /// Where, without secrets.
        target: String,
        /// What was tried and met.
        message: String,
    },
    /// A server answers, and no connection comes of it: it is full or starting, has no such database, cannot be trusted.
    Refused {
        /// Where, without secrets.
        target: String,
        /// The server's code, when it is the server that refuses.
        sqlstate: Option<String>,
        /// Why.
        message: String,
    },
    /// The server does not take the user or the password.
    Authentication {
        /// Where, without secrets.
        target: String,
        /// The server's words.
        message: String,
    },
    /// The server refuses a statement.
    Sql(Box<SqlError>),
    /// The connection is gone; what its last statement did is not known.
    Lost {
        /// Where, without secrets.
        target: String,
        /// What was last heard.
        message: String,
    },
    /// A text holds more than the one statement that is expected.
    Statements {
        /// How many it holds.
        found: usize,
    },
    /// A statement wants to exchange COPY data with its client.
    CopyData,
}

/// What PostgreSQL says of a statement that it refuses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SqlError {
    /// The code: five characters.
    pub sqlstate: String,
    /// The primary message.
    pub message: String,
    /// More about it.
    pub detail: Option<String>,
    /// What to do.
    pub hint: Option<String>,
    /// Where in the text that was sent, as an offset in bytes.
    pub position: Option<usize>,
    /// Where in a statement that the server made or ran from a function.
    pub internal: Option<InternalPosition>,
    /// The calls that led there.
    pub context: Option<String>,
}

/// A place in a statement that the server ran by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InternalPosition {
    /// The statement.
    pub text: String,
    /// An offset in bytes.
    pub position: usize,
}

impl DbError {
    /// Returns PostgreSQL's code for the error, when it is the server's.
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            DbError::Sql(error) => Some(&error.sqlstate),
            DbError::Refused { sqlstate, .. } => sqlstate.as_deref(),
            _ => None,
        }
    }

    /// Reads what came instead of a connection.
    pub(super) fn connecting(target: String, error: &postgres::Error) -> Self {
        let message = chain(error);
        match error.as_db_error() {
            Some(server) => {
                let (sqlstate, message) = (server.code().code().to_owned(), server.message().to_owned());
                // Class 28: invalid authorization specification.
                if sqlstate.starts_with("28") {
                    DbError::Authentication { target, message }
                } else {
                    DbError::Refused { target, sqlstate: Some(sqlstate), message }
                }
            }
            None if speaks_of_password(error) => DbError::Authentication { target, message },
            None if never_answered(error) => DbError::Unreachable { target, message },
            None => DbError::Refused { target, sqlstate: None, message },
        }
    }

    /// Reads what came instead of a statement's result.
    pub(super) fn running(target: &str, text: &str, error: &postgres::Error) -> Self {
        let Some(server) = error.as_db_error() else {
            return DbError::Lost { target: target.to_owned(), message: chain(error) };
        };
        match server.parsed_severity() {
            Some(Severity::Fatal | Severity::Panic) => {
                DbError::Lost { target: target.to_owned(), message: server.message().to_owned() }
            }
            _ => DbError::Sql(Box::new(SqlError::new(server, text))),
        }
    }
}

impl SqlError {
    fn new(error: &postgres::error::DbError, text: &str) -> Self {
        let (position, internal) = match error.position() {
            Some(ErrorPosition::Original(character)) => (Some(byte(text, *character)), None),
            Some(ErrorPosition::Internal { position, query }) => {
                (None, Some(InternalPosition { text: query.clone(), position: byte(query, *position) }))
            }
            None => (None, None),
        };
        SqlError {
            sqlstate: error.code().code().to_owned(),
            message: error.message().to_owned(),
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
            position,
            internal,
            context: error.where_().map(str::to_owned),
        }
    }
}

/// Returns the offset of a character that PostgreSQL counts from 1; the text's end when it counts further.
fn byte(text: &str, character: u32) -> usize {
    let before = usize::try_from(character).unwrap_or(usize::MAX).saturating_sub(1);
    text.char_indices().nth(before).map_or(text.len(), |(offset, _)| offset)
}

/// Returns the causes of an error, the outermost first; where the system speaks, it alone: it is the most exact.
fn chain(error: &postgres::Error) -> String {
    let mut messages = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(inner) = cause {
        let message = inner.to_string();
        if !messages.contains(&message) {
            messages.push(message);
        }
        cause = inner.source();
    }
    match messages.len() {
        1 => messages.remove(0),
        _ => messages.split_off(1).join(": "),
    }
}

/// Says whether the client ended the exchange: it has no password, or the server's proof of it is wrong.
fn speaks_of_password(error: &postgres::Error) -> bool {
    let kind = error.to_string();
    kind == "authentication error" || error.source().is_some_and(|cause| cause.to_string() == "password missing")
}

fn never_answered(error: &postgres::Error) -> bool {
    matches!(error.to_string().as_str(), "error connecting to server" | "timeout waiting for server")
}

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DbError::Unreachable { target, message } => write!(f, "cannot reach `{target}`: {message}"),
            DbError::Refused { target, message, .. } => write!(f, "cannot connect to `{target}`: {message}"),
            DbError::Authentication { target, message } => write!(f, "`{target}` does not let us in: {message}"),
            DbError::Sql(error) => error.fmt(f),
            DbError::Lost { target, message } => write!(f, "the connection to `{target}` is lost: {message}"),
            DbError::Statements { found } => write!(f, "the text holds {found} statements where one is expected"),
            DbError::CopyData => f.write_str("the statement exchanges COPY data with its client, which has none"),
        }
    }
}

impl Error for DbError {}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (SQLSTATE {})", self.message, self.sqlstate)?;
        let more = [("detail", &self.detail), ("hint", &self.hint), ("context", &self.context)];
        more.iter().filter_map(|(name, text)| text.as_ref().map(|text| (name, text))).try_for_each(|(name, text)| {
            let indented = text.replace('\n', "\n  ");
            write!(f, "\n  {name}: {indented}")
        })
    }
}

impl Error for SqlError {}

#[cfg(test)]
mod tests {
    use super::byte;

    #[test]
    fn characters_become_bytes() {
        let text = "SELECT 'ä€😀', x";
        assert_eq!(byte(text, 1), 0);
        assert_eq!(byte(text, 8), 7);
        assert_eq!(byte(text, 15), text.find('x').unwrap());
        assert_eq!(byte(text, 16), text.len());
        assert_eq!(byte(text, 99), text.len());
        assert_eq!(byte("", 0), 0);
    }
}
