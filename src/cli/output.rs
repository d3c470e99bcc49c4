//! Standard output and standard error.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal, Write};

use super::args::ColorChoice;
use crate::project::ProjectError;
use crate::report::Style;

/// Why a verb could not do its work.
#[derive(Debug)]
pub(super) enum Failure {
    /// The project cannot be read.
    Project(ProjectError),
    /// The command line asks for what there is not.
    Usage(String),
    /// Writing failed.
    Io(io::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Project(error) => write!(f, "{error}"),
            Failure::Usage(message) => f.write_str(message),
            Failure::Io(error) => write!(f, "cannot write: {error}"),
        }
    }
}

impl From<ProjectError> for Failure {
    fn from(error: ProjectError) -> Self {
        Failure::Project(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Io(error)
    }
}

/// Writes data to stdout; a reader that has seen enough is no failure.
pub(super) fn data(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if is_closed_pipe(&error) => {
            // What is still buffered must not be written again when the buffer is dropped.
            let _ = out.into_parts();
            Ok(())
        }
        other => other.map_err(Failure::from),
    }
}

/// A JSON writer wraps the system's error in its own, kind included.
fn is_closed_pipe(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// Says on stderr what went wrong.
pub(super) fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "error: {message}");
}

/// Says on stderr what was done.
pub(super) fn note(message: &str) {
    let _ = writeln!(io::stderr(), "{message}");
}

/// Decides about colours: the flag, then NO_COLOR, then whether anybody sees them.
pub(super) fn style(choice: ColorChoice) -> Style {
    let wanted = match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            !refused && io::stdout().is_terminal()
        }
    };
    if wanted { Style::Coloured } else { Style::Plain }
}
