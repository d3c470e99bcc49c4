//! Types in one spelling.

use super::fold::Context;
use crate::catalog::{Definition, Domain};
use crate::pg::{Ident, Name, TypeName};
use crate::source::Span;
use crate::statement::relation::Key;

impl<'c> Context<'c> {
    /// Returns a type in its one spelling: PostgreSQL's name for a built-in one, the qualified name for one of the catalog.
    pub(super) fn type_name(self, written: &TypeName) -> TypeName {
        let mut found = written.clone();
        found.name = self.name_of(written);
        found.name.span = Span::default();
        if is_builtin(&found.name, "numeric") && found.modifiers.len() == 1 {
            found.modifiers.push("0".to_owned());
        }
        if is_builtin(&found.name, "interval") && found.interval.as_ref().is_some_and(|of| *of == Default::default()) {
            found.interval = None;
        }
        // PostgreSQL keeps neither the lengths of arrays nor how many dimensions are written.
        found.bounds = if written.bounds.is_empty() { Vec::new() } else { vec![None] };
        found
    }

    fn name_of(self, written: &TypeName) -> Name {
        let simple = |name: &Ident| Name::simple(name.clone(), Span::default());
        match written.name.parts.as_slice() {
            _ if written.percent_type => written.name.clone(),
            [schema, name] if *schema == "pg_catalog" => builtin(name).unwrap_or_else(|| simple(name)),
            [name] => builtin(name).or_else(|| self.made(&written.name)).unwrap_or_else(|| simple(name)),
            [schema, name] => match self.made(&written.name) {
                Some(made) => made,
                // A type of an extension lies where the extension was put, which not every history says.
                None if self.catalog.search_path.contains(schema) => simple(name),
                None => written.name.clone(),
            },
            _ => written.name.clone(),
        }
    }

    /// Returns the domain that a type is.
    pub(super) fn domain(self, of: &TypeName) -> Option<&'c Domain> {
        match self.catalog.type_named(&of.name).filter(|_| of.bounds.is_empty()).map(|object| &object.definition) {
            Some(Definition::Domain(domain)) => Some(domain),
            _ => None,
        }
    }

    /// Returns the type of a key of the relation, where it is known.
    pub(super) fn key_type(self, key: &Key) -> Option<TypeName> {
        match key {
            Key::Column(column) => self.relation?.column(column)?.type_name.clone(),
            Key::Expression(expr) => self.type_of(&self.fold(expr)),
        }
    }

    /// Returns the collation that a column of the relation is given, or its domain.
    pub(super) fn collation(self, column: &Ident) -> Option<Name> {
        let found = self.relation?.column(column)?;
        let of_domain = || self.domain(found.type_name.as_ref()?)?.collation.clone();
        found.collation.clone().or_else(of_domain).filter(|name| *name.last() != "default")
    }

    /// Returns the qualified name of a type that the catalog holds; a relation has a type of its name.
    fn made(self, name: &Name) -> Option<Name> {
        let object = self.catalog.type_named(name).map(|object| object.id.name.clone());
        object.or_else(|| self.catalog.relation(name).map(|relation| relation.name.clone()))
    }
}

/// Returns the catalog name of a type whose SQL word is another, and of its other spellings.
fn builtin(name: &Ident) -> Option<Name> {
    const NAMES: &[&str] = &[
        "bit",
        "bool",
        "bpchar",
        "float4",
        "float8",
        "int2",
        "int4",
        "int8",
        "interval",
        "numeric",
        "time",
        "timestamp",
        "timestamptz",
        "timetz",
        "varbit",
        "varchar",
    ];
    let known = NAMES.iter().any(|known| *name == **known);
    known.then(|| TypeName::builtin(name.as_str(), Span::default()).name)
}

fn is_builtin(name: &Name, wanted: &str) -> bool {
    matches!(name.parts.as_slice(), [schema, name] if *schema == "pg_catalog" && name == wanted)
}

/// What tells a type's values apart from others': its name and whether it is an array of them.
pub(super) fn base(folded: &TypeName) -> (&Name, bool) {
    (&folded.name, !folded.bounds.is_empty())
}

/// Returns the built-in name of a type, arrays and types of the catalog left out.
pub(super) fn builtin_name(folded: &TypeName) -> Option<&str> {
    if !folded.bounds.is_empty() {
        return None;
    }
    match folded.name.parts.as_slice() {
        [name] => Some(name.as_str()),
        [schema, name] if *schema == "pg_catalog" => Some(name.as_str()),
        _ => None,
    }
}

/// Says whether values of a type compare as text: `varchar` has no operators of its own.
pub(super) fn is_text(folded: &TypeName) -> bool {
    matches!(builtin_name(folded), Some("text" | "varchar"))
}
