//! Casts, conversions, transforms, languages and access methods: objects that bind functions.

use std::fmt;

use super::reference::RoutineName;
use crate::pg::{Ident, Name, TypeName};
use crate::statement::print::{Lead, Quoted, When};
use crate::statement::words::words;

/// CREATE CAST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateCast {
    /// The type that is cast.
    pub from: TypeName,
    /// The type that comes out.
    pub to: TypeName,
    /// How.
    pub method: CastMethod,
    /// Where it is applied without being written; `None` for nowhere.
    pub context: Option<CastContext>,
}

/// How a cast works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CastMethod {
    /// `WITH FUNCTION`.
    Function(RoutineName),
    /// `WITHOUT FUNCTION`: the bytes stay.
    Binary,
    /// `WITH INOUT`: through text.
    InOut,
}

words! {
    /// Where a cast is applied without being written.
    pub enum CastContext {
        Implicit = "AS IMPLICIT",
        Assignment = "AS ASSIGNMENT",
    }
}

/// CREATE CONVERSION.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateConversion {
    /// `DEFAULT` between its encodings.
    pub is_default: bool,
    /// Its name.
    pub name: Name,
    /// The encoding that it reads.
    pub from: String,
    /// The encoding that it writes.
    pub to: String,
    /// Its function.
    pub function: Name,
}

/// CREATE TRANSFORM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateTransform {
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// The type.
    pub data_type: TypeName,
    /// The language.
    pub language: Ident,
    /// `FROM SQL WITH FUNCTION`.
    pub from_sql: Option<RoutineName>,
    /// `TO SQL WITH FUNCTION`.
    pub to_sql: Option<RoutineName>,
}

/// CREATE LANGUAGE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateLanguage {
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// `TRUSTED`.
    pub trusted: bool,
    /// Its name.
    pub name: Ident,
    /// Its functions; without them the extension of that name is created.
    pub handlers: Option<LanguageHandlers>,
}

/// The functions of a language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LanguageHandlers {
    /// `HANDLER`.
    pub handler: Name,
    /// `INLINE`: runs DO blocks.
    pub inline: Option<Name>,
    /// `VALIDATOR`.
    pub validator: Option<Name>,
}

/// CREATE ACCESS METHOD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateAccessMethod {
    /// Its name.
    pub name: Ident,
    /// What it stores.
    pub kind: AccessMethodKind,
    /// Its handler function.
    pub handler: Name,
}

words! {
    /// What an access method stores.
    pub enum AccessMethodKind {
        Index = "INDEX",
        Table = "TABLE",
    }
}

impl fmt::Display for CreateCast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE CAST ({} AS {}) ", self.from, self.to)?;
        match &self.method {
            CastMethod::Function(function) => write!(f, "WITH FUNCTION {function}")?,
            CastMethod::Binary => f.write_str("WITHOUT FUNCTION")?,
            CastMethod::InOut => f.write_str("WITH INOUT")?,
        }
        write!(f, "{}", Lead(" ", &self.context))
    }
}

impl fmt::Display for CreateConversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (Quoted(&self.from), Quoted(&self.to));
        write!(f, "CREATE {}CONVERSION {}", When(self.is_default, "DEFAULT "), self.name)?;
        write!(f, " FOR {from} TO {to} FROM {}", self.function)
    }
}

impl fmt::Display for CreateTransform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_replace = When(self.or_replace, "OR REPLACE ");
        write!(f, "CREATE {or_replace}TRANSFORM FOR {} LANGUAGE {} (", self.data_type, self.language)?;
        write!(f, "{}", Lead("FROM SQL WITH FUNCTION ", &self.from_sql))?;
        write!(f, "{}", When(self.from_sql.is_some() && self.to_sql.is_some(), ", "))?;
        write!(f, "{})", Lead("TO SQL WITH FUNCTION ", &self.to_sql))
    }
}

impl fmt::Display for CreateLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (or_replace, trusted) = (When(self.or_replace, "OR REPLACE "), When(self.trusted, "TRUSTED "));
        write!(f, "CREATE {or_replace}{trusted}LANGUAGE {}{}", self.name, Lead(" ", &self.handlers))
    }
}

impl fmt::Display for LanguageHandlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (inline, validator) = (Lead(" INLINE ", &self.inline), Lead(" VALIDATOR ", &self.validator));
        write!(f, "HANDLER {}{inline}{validator}", self.handler)
    }
}

impl fmt::Display for CreateAccessMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE ACCESS METHOD {} TYPE {} HANDLER {}", self.name, self.kind, self.handler)
    }
}
