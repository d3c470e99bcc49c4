//! Why a database could not be read.

use std::error::Error;
use std::fmt;

use crate::db::DbError;

/// Why a database could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntrospectError {
    /// What the server, or the way to it, answered.
    Db(DbError),
    /// A definition that PostgreSQL wrote and tenet does not understand.
    Unread {
        /// The object, as `trigger touch of public.orders`.
        object: String,
        /// What is not understood.
        message: String,
        /// The definition.
        text: String,
    },
}

impl IntrospectError {
    /// Makes the error that a definition is not understood.
    pub(super) fn unread(object: impl fmt::Display, message: impl fmt::Display, text: &str) -> Self {
        IntrospectError::Unread { object: object.to_string(), message: message.to_string(), text: text.to_owned() }
    }
}

impl From<DbError> for IntrospectError {
    fn from(error: DbError) -> Self {
        IntrospectError::Db(error)
    }
}

impl fmt::Display for IntrospectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IntrospectError::Db(error) => error.fmt(f),
            IntrospectError::Unread { object, message, text } => {
                write!(f, "the definition of {object} is not understood: {message}\n  {}", text.replace('\n', "\n  "))
            }
        }
    }
}

impl Error for IntrospectError {}
