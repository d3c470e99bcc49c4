//! Texts that PostgreSQL wrote, as values of our own.

use std::collections::HashMap;
use std::fmt::Display;

use super::IntrospectError;
use crate::pg::{Ident, Name, TypeName};
use crate::query::Expr;
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::object::Statement as ObjectStatement;
use crate::statement::relation::Statement as RelationStatement;
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::script::Script;
use crate::syntax::{expression, parse, type_name};

/// Reads a statement.
pub(super) fn statement(object: impl Display, text: &str) -> Result<Statement, IntrospectError> {
    let script = Script::split(text);
    let [piece] = script.pieces.as_slice() else {
        return Err(IntrospectError::unread(object, "it is not one statement", text));
    };
    parse::statement(text, script.tokens_of(piece))
        .map_err(|error| IntrospectError::unread(object, error.message, text))
}

/// Reads a statement of the family of relations and types.
pub(super) fn relation_statement(object: impl Display, text: &str) -> Result<RelationStatement, IntrospectError> {
    match statement(&object, text)? {
        Statement::Relation(found) => Ok(*found),
        _ => Err(unexpected(object, text)),
    }
}

/// Reads a statement of the family of other objects.
pub(super) fn object_statement(object: impl Display, text: &str) -> Result<ObjectStatement, IntrospectError> {
    match statement(&object, text)? {
        Statement::Object(found) => Ok(*found),
        _ => Err(unexpected(object, text)),
    }
}

/// Makes the error that a statement is another than its object has.
pub(super) fn unexpected(object: impl Display, text: &str) -> IntrospectError {
    IntrospectError::unread(object, "it is another statement", text)
}

/// Reads an expression.
pub(super) fn expression(object: impl Display, text: &str) -> Result<Expr, IntrospectError> {
    expression::text(text).map_err(|error| IntrospectError::unread(object, error.message, text))
}

/// Reads a name as `regclass` and its kin write it.
pub(super) fn name(object: impl Display, text: &str) -> Result<Name, IntrospectError> {
    whole(object, text, |cursor| cursor.name())
}

/// Makes a name from a schema and a name as catalogs hold them.
pub(super) fn qualified(schema: &str, name: &str) -> Name {
    Name { parts: [Ident::exact(schema), Ident::exact(name)].into(), span: Span::default() }
}

/// Reads all of a text.
fn whole<T>(
    object: impl Display,
    text: &str,
    read: impl FnOnce(&mut Cursor<'_>) -> Parsed<T>,
) -> Result<T, IntrospectError> {
    let script = Script::split(text);
    let mut cursor = Cursor::new(text, &script.tokens);
    let found = read(&mut cursor).and_then(|found| cursor.finish().map(|()| found));
    found.map_err(|error| IntrospectError::unread(object, error.message, text))
}

/// The types of columns: most of a database's are the same few.
#[derive(Debug, Default)]
pub(super) struct Types(HashMap<String, TypeName>);

impl Types {
    /// Reads a type as `format_type` writes it.
    pub(super) fn read(&mut self, object: impl Display, text: &str) -> Result<TypeName, IntrospectError> {
        if let Some(known) = self.0.get(text) {
            return Ok(known.clone());
        }
        let found = whole(object, text, type_name::type_name)?;
        self.0.insert(text.to_owned(), found.clone());
        Ok(found)
    }
}
