//! The YAML reader's errors, in the words of our users.

use crate::nearest::nearest;
use crate::project::{Place, ProjectError};

/// Turns the reader's error into ours: the place, the key, and the nearest known one.
pub(super) fn explain(error: &serde_yaml::Error) -> ProjectError {
    let place = error.location().map(|at| Place { line: at.line(), column: at.column() });
    let text = error.to_string();
    let suffix = place.map(|place| format!(" at line {} column {}", place.line, place.column));
    let message = suffix.as_deref().and_then(|suffix| text.strip_suffix(suffix)).unwrap_or(&text);
    ProjectError::Settings { place, message: reword(message) }
}

/// The reader says ``tenancy: unknown field `x`, expected `a` or `b` ``: in backticks stand the key and the known ones.
fn reword(message: &str) -> String {
    for (theirs, ours) in [("unknown field `", "unknown key"), ("unknown variant `", "unknown value")] {
        if let Some(at) = message.find(theirs) {
            return unknown(ours, &message[at..]);
        }
    }
    message.replace("missing field", "missing key").replace("duplicate field", "duplicate key")
}

fn unknown(what: &str, message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let typed = quoted.next().unwrap_or("");
    let known: Vec<&str> = quoted.collect();
    match nearest(typed, known.iter().copied()) {
        Some(near) => format!("{what} `{typed}`; did you mean `{near}`?"),
        None => format!("{what} `{typed}`; known are `{}`", known.join("`, `")),
    }
}
