//! DO and CALL.

use std::fmt;

use super::source_text::SourceText;
use crate::query::Call;
use crate::statement::print::Word;

/// DO: a block in a procedural language, run at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Do {
    /// The block.
    pub body: SourceText,
    /// `LANGUAGE`; PL/pgSQL when nothing is written.
    pub language: Option<String>,
    /// Where `LANGUAGE` stands.
    pub place: LanguagePlace,
}

/// Where `LANGUAGE` stands in DO.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LanguagePlace {
    /// Before the block.
    Before,
    /// Behind the block; also when it is absent.
    Behind,
}

/// CALL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallStatement {
    /// The procedure and its arguments.
    pub call: Call,
}

impl fmt::Display for Do {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.language, self.place) {
            (None, _) => write!(f, "DO {}", self.body),
            (Some(language), LanguagePlace::Before) => write!(f, "DO LANGUAGE {} {}", Word(language), self.body),
            (Some(language), LanguagePlace::Behind) => write!(f, "DO {} LANGUAGE {}", self.body, Word(language)),
        }
    }
}

impl fmt::Display for CallStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CALL {}", self.call)
    }
}
