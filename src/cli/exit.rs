//! Exit codes: part of the contract with scripts.

use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing to object to.
    Clean,
    /// The project, a database or the audit trail is not as it should be.
    Findings,
    /// The command or the project cannot be understood.
    Usage,
    /// No server.
    NoServer,
    /// A rollout did not reach its end.
    Halted,
    /// Stopped from outside.
    Interrupted,
}

impl Exit {
    /// Every way to end, by code.
    pub const ALL: [Exit; 6] =
        [Exit::Clean, Exit::Findings, Exit::Usage, Exit::NoServer, Exit::Halted, Exit::Interrupted];

    /// Returns the number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::NoServer => 3,
            Exit::Halted => 4,
            Exit::Interrupted => 130,
        }
    }

    /// Says what the number means.
    pub fn meaning(self) -> &'static str {
        match self {
            Exit::Clean => "clean; warnings included",
            Exit::Findings => "error findings, drift, failed verification or audit",
            Exit::Usage => "usage or project: the command line, tenet.yaml or a folder cannot be understood",
            Exit::NoServer => "no server reached before anything changed",
            Exit::Halted => "a requested tenant is not where it was asked to be, or a rollout halted",
            Exit::Interrupted => "interrupted; the same command resumes",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}
