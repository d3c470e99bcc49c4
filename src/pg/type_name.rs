//! The name of a type as written in SQL, with PostgreSQL's own spelling for the built-in ones.

use std::fmt;

use super::ident::{Ident, Name};
use crate::source::Span;

/// A type: `setof text[]`, `numeric(10,2)`, `orders.total%TYPE`, `interval day to second(3)`.
///
/// The grammar's spellings are resolved as PostgreSQL's parser does it: `int` is `pg_catalog.int4`, `varchar` is
/// `pg_catalog.varchar`, `char(3)` is `pg_catalog.bpchar(3)`; `text` stays `text`, to be looked up in the search path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeName {
    /// `setof` before the type.
    pub set_of: bool,
    /// The type's name; for `%TYPE` the column's.
    pub name: Name,
    /// Modifiers in parentheses, as SQL text: `10`, `2`, `'point'`.
    pub modifiers: Vec<String>,
    /// `%TYPE` behind the name.
    pub percent_type: bool,
    /// Fields and precision of an interval.
    pub interval: Option<IntervalFields>,
    /// One entry for each array dimension, with its length when written.
    pub bounds: Vec<Option<u32>>,
}

/// What `interval` is restricted to: `day to second(3)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntervalFields {
    /// The words in lower case, as `day to second`; empty when none is written.
    pub fields: String,
    /// Digits of the seconds.
    pub precision: Option<u32>,
}

impl TypeName {
    /// Makes the type with this name and nothing else.
    pub fn named(name: Name) -> Self {
        TypeName { set_of: false, name, modifiers: Vec::new(), percent_type: false, interval: None, bounds: Vec::new() }
    }

    /// Makes a built-in type under its catalog name.
    pub fn builtin(catalog_name: &str, span: Span) -> Self {
        TypeName::named(Name { parts: [Ident::exact("pg_catalog"), Ident::exact(catalog_name)].into(), span })
    }
}

impl TypeName {
    /// Returns the word by which the SQL standard knows a built-in type, where it reads as the same type.
    fn word(&self) -> Option<&'static str> {
        let [schema, name] = self.name.parts.as_slice() else { return None };
        if *schema != "pg_catalog" || self.percent_type {
            return None;
        }
        Some(match (name.as_str(), self.modifiers.is_empty()) {
            ("int2", true) => "smallint",
            ("int4", true) => "integer",
            ("int8", true) => "bigint",
            ("float4", true) => "real",
            ("float8", true) => "double precision",
            ("bool", true) => "boolean",
            ("numeric", _) => "numeric",
            ("varchar", _) => "varchar",
            ("bpchar", false) => "char",
            ("timestamp", true) => "timestamp",
            ("timestamptz", true) => "timestamp with time zone",
            _ => return None,
        })
    }
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.set_of {
            f.write_str("SETOF ")?;
        }
        match &self.interval {
            Some(interval) => write!(f, "{interval}")?,
            None => match self.word() {
                Some(word) => f.write_str(word)?,
                None => write!(f, "{}", self.name)?,
            },
        }
        if self.percent_type {
            f.write_str("%TYPE")?;
        }
        if !self.modifiers.is_empty() {
            write!(f, "({})", self.modifiers.join(", "))?;
        }
        for bound in &self.bounds {
            match bound {
                Some(length) => write!(f, "[{length}]")?,
                None => f.write_str("[]")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for IntervalFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interval")?;
        if !self.fields.is_empty() {
            write!(f, " {}", self.fields)?;
        }
        match self.precision {
            Some(digits) => write!(f, "({digits})"),
            None => Ok(()),
        }
    }
}
