//! Text search configurations, dictionaries, parsers and templates.

use std::fmt;

use super::definition::Definition;
use super::reference::Kind;
use crate::pg::{Ident, Name};
use crate::statement::print::{Clause, Comma, When};
use crate::statement::words::words;

/// CREATE TEXT SEARCH of any kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateTextSearch {
    /// Configuration, dictionary, parser or template.
    pub kind: Kind,
    /// Its name.
    pub name: Name,
    /// What it is made of.
    pub options: Vec<Definition>,
}

/// ALTER TEXT SEARCH DICTIONARY with new options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterDictionary {
    /// The dictionary.
    pub name: Name,
    /// The options; one without a value is taken away.
    pub options: Vec<Definition>,
}

/// ALTER TEXT SEARCH CONFIGURATION of its mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterConfiguration {
    /// The configuration.
    pub name: Name,
    /// What becomes of the mapping.
    pub mapping: MappingChange,
}

/// What becomes of the mapping from token types to dictionaries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MappingChange {
    /// `ADD MAPPING` or `ALTER MAPPING` with a new list of dictionaries.
    With(MappingAction, Vec<Ident>, Vec<Name>),
    /// `ALTER MAPPING REPLACE`: another dictionary for the given token types, or for all.
    Replace {
        /// The token types; empty for all.
        tokens: Vec<Ident>,
        /// The old dictionary.
        old: Name,
        /// The new one.
        new: Name,
    },
    /// `DROP MAPPING`.
    Drop {
        /// `IF EXISTS`.
        if_exists: bool,
        /// The token types.
        tokens: Vec<Ident>,
    },
}

words! {
    /// Whether a mapping is new.
    pub enum MappingAction {
        Add = "ADD",
        Alter = "ALTER",
    }
}

impl fmt::Display for CreateTextSearch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE {} {} ({})", self.kind, self.name, Comma(&self.options))
    }
}

impl fmt::Display for AlterDictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TEXT SEARCH DICTIONARY {} ({})", self.name, Comma(&self.options))
    }
}

impl fmt::Display for AlterConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TEXT SEARCH CONFIGURATION {} ", self.name)?;
        match &self.mapping {
            MappingChange::With(action, tokens, dictionaries) => {
                write!(f, "{action} MAPPING FOR {} WITH {}", Comma(tokens), Comma(dictionaries))
            }
            MappingChange::Replace { tokens, old, new } => {
                write!(f, "ALTER MAPPING{} REPLACE {old} WITH {new}", Clause(" FOR ", tokens))
            }
            MappingChange::Drop { if_exists, tokens } => {
                write!(f, "DROP MAPPING {}FOR {}", When(*if_exists, "IF EXISTS "), Comma(tokens))
            }
        }
    }
}
