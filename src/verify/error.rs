//! Why verification could not go on.

use std::fmt;

use crate::db::introspect::IntrospectError;
use crate::db::{DbError, ScratchError};

/// Why verification could not go on; what it was to verify is another matter.
#[derive(Debug)]
pub enum VerifyError {
    /// No server could be started.
    Scratch(ScratchError),
    /// The server cannot be reached, or is gone.
    Database(DbError),
    /// The server holds something that is not understood.
    Introspect(IntrospectError),
    /// The database that was given holds these things already.
    NotEmpty(Vec<String>),
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VerifyError::Scratch(error) => write!(f, "{error}"),
            VerifyError::Database(error) => write!(f, "{error}"),
            VerifyError::Introspect(error) => write!(f, "{error}"),
            VerifyError::NotEmpty(found) => {
                write!(f, "the database has to be empty, and it holds {}", found.join(", "))
            }
        }
    }
}

impl std::error::Error for VerifyError {}

impl From<ScratchError> for VerifyError {
    fn from(error: ScratchError) -> Self {
        VerifyError::Scratch(error)
    }
}

impl From<DbError> for VerifyError {
    fn from(error: DbError) -> Self {
        VerifyError::Database(error)
    }
}

impl From<IntrospectError> for VerifyError {
    fn from(error: IntrospectError) -> Self {
        VerifyError::Introspect(error)
    }
}
