//! COMMENT ON and SECURITY LABEL.

use std::fmt;

use super::reference::Reference;
use crate::statement::print::{Quoted, Word};

/// COMMENT ON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The object.
    pub object: Reference,
    /// The text; `None` for NULL, which removes the comment.
    pub text: Option<String>,
}

/// SECURITY LABEL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityLabel {
    /// Who interprets the label.
    pub provider: Option<String>,
    /// The object.
    pub object: Reference,
    /// The label; `None` for NULL, which removes it.
    pub label: Option<String>,
}

impl fmt::Display for Comment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "COMMENT ON {} IS {}", self.object, NullOr(&self.text))
    }
}

impl fmt::Display for SecurityLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SECURITY LABEL ")?;
        self.provider.iter().try_for_each(|provider| write!(f, "FOR {} ", Word(provider)))?;
        write!(f, "ON {} IS {}", self.object, NullOr(&self.label))
    }
}

/// A string literal or NULL.
struct NullOr<'a>(&'a Option<String>);

impl fmt::Display for NullOr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(text) => write!(f, "{}", Quoted(text)),
            None => f.write_str("NULL"),
        }
    }
}
