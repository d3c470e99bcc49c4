//! Why there is no server of our own.

use std::fmt;
use std::path::PathBuf;

use crate::db::DbError;

/// What installs a server on Debian and Ubuntu.
pub const INSTALL: &str = "apt-get install --yes --no-install-recommends postgresql";

/// How many of the last lines of a server's log are shown.
const LAST_LINES: usize = 10;

/// Why a scratch server cannot be had.
#[derive(Debug)]
pub enum ScratchError {
    /// No place has the server's programs.
    NoPrograms {
        /// The major version that was asked for.
        wanted: Option<u32>,
        /// Each place, and what was found there.
        looked_at: Vec<String>,
    },
    /// A program cannot be run.
    Program {
        /// The program.
        program: String,
        /// The system's words.
        message: String,
    },
    /// The server refuses to run as root, and there is nobody else to run it.
    NoUser,
    /// A socket in this folder would have a longer name than the system allows.
    LongFolder(PathBuf),
    /// The server did not start.
    Start {
        /// What it and the programs before it said.
        log: String,
    },
    /// The server was not ready in time.
    Slow {
        /// Whole seconds.
        seconds: u64,
        /// What it has said so far.
        log: String,
    },
    /// The server is there and does not serve.
    Db(DbError),
}

impl ScratchError {
    pub(super) fn program(program: impl Into<String>, error: &std::io::Error) -> Self {
        ScratchError::Program { program: program.into(), message: error.to_string() }
    }
}

impl fmt::Display for ScratchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ScratchError::NoPrograms { wanted, looked_at } => {
                let version = wanted.map_or(String::new(), |major| format!(" {major}"));
                writeln!(f, "no PostgreSQL{version} server is installed here; looked at")?;
                looked_at.iter().try_for_each(|place| writeln!(f, "  {place}"))?;
                write!(f, "help: install one: {INSTALL}")
            }
            ScratchError::Program { program, message } => write!(f, "cannot run `{program}`: {message}"),
            ScratchError::NoUser => {
                f.write_str("PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody`")
            }
            ScratchError::LongFolder(folder) => {
                write!(f, "a socket in `{}` would have too long a name", folder.display())
            }
            ScratchError::Start { log } => write!(f, "the scratch server did not start{}", Said(log)),
            ScratchError::Slow { seconds, log } => {
                write!(f, "the scratch server was not ready after {seconds} s{}", Said(log))
            }
            ScratchError::Db(error) => write!(f, "the scratch server does not serve: {error}"),
        }
    }
}

impl std::error::Error for ScratchError {}

impl From<DbError> for ScratchError {
    fn from(error: DbError) -> Self {
        ScratchError::Db(error)
    }
}

/// The end of a log, indented.
struct Said<'a>(&'a str);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<&str> = self.0.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}
