//! Why a run cannot begin or go on; what happens to one tenant is no such reason.

use std::fmt;

use crate::db::{DbError, ScratchError};

/// Why a run ends.
#[derive(Clone, Debug)]
pub enum RunError {
    /// What was asked for makes no sense for this project.
    Usage(String),
    /// No server was reached, and nothing is changed.
    NoServer(String),
    /// It began, and cannot go on.
    Halted(String),
    /// A record contradicts itself.
    Broken(String),
    /// It was stopped from outside.
    Interrupted,
    /// No server of our own could be started.
    Scratch(String),
}

impl RunError {
    /// Reads an error of a database that everything depends on, before anything has changed.
    pub(super) fn first(error: DbError) -> Self {
        match error {
            DbError::Sql(_) | DbError::Statements { .. } | DbError::CopyData => RunError::Halted(error.to_string()),
            other => RunError::NoServer(other.to_string()),
        }
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Usage(message)
            | RunError::Halted(message)
            | RunError::Broken(message)
            | RunError::NoServer(message)
            | RunError::Scratch(message) => f.write_str(message),
            RunError::Interrupted => f.write_str("interrupted; the same command resumes"),
        }
    }
}

impl std::error::Error for RunError {}

impl From<ScratchError> for RunError {
    fn from(error: ScratchError) -> Self {
        RunError::Scratch(error.to_string())
    }
}
