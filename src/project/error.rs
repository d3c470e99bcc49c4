//! What stops the program before anything is judged.

use std::fmt;

use crate::migration::HistoryError;

/// A place in the settings file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
}

/// Why a project cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProjectError {
    /// The settings file is refused.
    Settings {
        /// Where; `None` when the file as a whole is meant.
        place: Option<Place>,
        /// What is wrong.
        message: String,
    },
    /// A folder or file that settings or flags name is not there.
    NoFolder {
        /// The path as written.
        path: String,
        /// The key or flag that names it.
        key: &'static str,
    },
    /// A path of the command line is not there.
    NoPath(String),
    /// The system refuses to read.
    Io {
        /// The path.
        path: String,
        /// The system's words.
        message: String,
    },
    /// A file is larger than tenet's offsets reach.
    TooLarge(String),
    /// A folder is no history.
    History(Vec<HistoryError>),
    /// A flag's value cannot be read.
    Flag {
        /// The flag.
        flag: &'static str,
        /// Its value.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
}

impl ProjectError {
    pub(super) fn io(path: impl Into<String>, error: &std::io::Error) -> Self {
        ProjectError::Io { path: path.into(), message: error.to_string() }
    }
}

impl fmt::Display for ProjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProjectError::Settings { place: Some(Place { line, column }), message } => {
                write!(f, "{}:{line}:{column}: {message}", super::SETTINGS_FILE)
            }
            ProjectError::Settings { place: None, message } => write!(f, "{}: {message}", super::SETTINGS_FILE),
            ProjectError::NoFolder { path, key } => write!(f, "`{path}`, which `{key}` names, does not exist"),
            ProjectError::NoPath(path) => write!(f, "`{path}` does not exist"),
            ProjectError::Io { path, message } => write!(f, "cannot read `{path}`: {message}"),
            ProjectError::TooLarge(path) => write!(f, "`{path}` is larger than 4 GiB"),
            ProjectError::History(errors) => {
                let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
            ProjectError::Flag { flag, value, expected } => write!(f, "`{flag} {value}`: expected {expected}"),
        }
    }
}

impl std::error::Error for ProjectError {}
