//! The YAML reader's errors, in the words of our users.

use crate::nearest::nearest;
use crate::project::{Place, ProjectError};

/// Turns the reader's error into ours: the place, the key, and the nearest known one.
pub(super) fn explain(error: &serde_yaml::Error, text: &str) -> ProjectError {
    let place = error.location().map(|at| Place { line: at.line(), column: at.column() });
    let whole = error.to_string();
    let suffix = place.map(|place| format!(" at line {} column {}", place.line, place.column));
    let message = suffix.as_deref().and_then(|suffix| whole.strip_suffix(suffix)).unwrap_or(&whole);
    if let Some(at) = message.find("duplicate field") {
        // The reader says where the mapping starts, which helps nobody.
        return ProjectError::Settings { place: None, message: message[at..].replace("field", "key") };
    }
    for theirs in ["unknown field `", "unknown variant `"] {
        if let (Some(at), Some(place)) = (message.find(theirs), place) {
            return unknown(place, &message[at..], text);
        }
    }
    let message = message.replace("missing field", "missing key");
    let message = message.replace("invalid value: map, expected map with a single key", "expected exactly one key");
    ProjectError::Settings { place, message }
}

/// The reader says ``unknown field `x`, expected `a` or `b` ``: in backticks stand the word and the known ones.
fn unknown(place: Place, message: &str, text: &str) -> ProjectError {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let typed = quoted.next().unwrap_or("");
    let known: Vec<&str> = quoted.collect();
    let (place, what) = locate(place, typed, text);
    let message = match nearest(typed, known.iter().copied()) {
        Some(near) => format!("unknown {what} `{typed}`; did you mean `{near}`?"),
        None => format!("unknown {what} `{typed}`; known are `{}`", known.join("`, `")),
    };
    ProjectError::Settings { place: Some(place), message }
}

/// Finds the word where the reader only says where its mapping starts, and tells a key from a value.
fn locate(place: Place, typed: &str, text: &str) -> (Place, &'static str) {
    let line = text.lines().nth(place.line - 1).unwrap_or("");
    let rest: String = line.chars().skip(place.column - 1).collect();
    match rest.find(&format!("{typed}:")) {
        Some(at) => (Place { column: place.column + rest[..at].chars().count(), ..place }, "key"),
        None => (place, "value"),
    }
}
