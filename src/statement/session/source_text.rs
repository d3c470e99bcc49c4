//! The text of a program in another language: a routine's body, a DO block.

use std::fmt;

use crate::source::Span;
use crate::statement::print::{DollarQuoted, Quoted};

/// A string and where its content stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// The value.
    pub text: String,
    /// Where the content stands, without its quotes.
    pub span: Span,
    /// How the content relates to the value.
    pub quoting: Quoting,
}

/// How the bytes between the quotes relate to the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// They are the value: a place in one is a place in the other.
    Verbatim,
    /// Escapes or doubled quotes stand among them.
    Escaped,
}

impl fmt::Display for SourceText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text.contains(['\'', '\n']) {
            true => write!(f, "{}", DollarQuoted(&self.text)),
            false => write!(f, "{}", Quoted(&self.text)),
        }
    }
}
