//! Column definitions and column constraints.

use super::common::{named_clause, value_type};
use super::constraint::{attributes, index_parameters, nulls_not_distinct, references};
use super::extent::default_value;
use super::{options, sequence};
use crate::pg::{Ident, Name};
use crate::statement::relation::{
    ColumnConstraint, ColumnConstraintKind, ColumnDefinition, ConstraintAttribute, GeneratedStorage, GeneratedWhen,
};
use crate::syntax::cursor::{Cursor, Parsed, SyntaxError};
use crate::syntax::expression;
use crate::syntax::words::expect_one_of;

use ColumnConstraintKind as Kind;
use ConstraintAttribute as A;

/// Takes a column definition with a type.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn column_definition(cursor: &mut Cursor<'_>) -> Parsed<ColumnDefinition> {
    let start = cursor.index();
    let name = cursor.ident()?;
    let type_name = Some(value_type(cursor)?);
    let storage = strategy(cursor, "storage")?;
    let compression = strategy(cursor, "compression")?;
    let options = options::generic_options(cursor)?;
    let (collation, constraints) = qualifiers(cursor)?;
    let span = cursor.span_from(start);
    Ok(ColumnDefinition { span, name, type_name, storage, compression, options, collation, constraints })
}

/// Takes a column without a type, of a table whose columns come from a type or a partitioned table.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn typed_column(cursor: &mut Cursor<'_>) -> Parsed<ColumnDefinition> {
    let start = cursor.index();
    let name = cursor.ident()?;
    cursor.eat_words(&["with", "options"]);
    let (collation, constraints) = qualifiers(cursor)?;
    Ok(ColumnDefinition {
        span: cursor.span_from(start),
        name,
        type_name: None,
        storage: None,
        compression: None,
        options: Vec::new(),
        collation,
        constraints,
    })
}

/// Takes `STORAGE` or `COMPRESSION` with its value, if it comes next.
fn strategy(cursor: &mut Cursor<'_>, word: &str) -> Parsed<Option<Ident>> {
    if cursor.eat(word) { strategy_value(cursor).map(Some) } else { Ok(None) }
}

/// Takes the value of `STORAGE` or `COMPRESSION`.
///
/// # Errors
///
/// Another token.
pub(super) fn strategy_value(cursor: &mut Cursor<'_>) -> Parsed<Ident> {
    if cursor.eat("default") { Ok(Ident::exact("default")) } else { cursor.ident() }
}

/// Takes the collation and the constraints of a column or domain, in any order.
///
/// # Errors
///
/// A token that does not fit, or a second collation.
pub(super) fn qualifiers(cursor: &mut Cursor<'_>) -> Parsed<(Option<Name>, Vec<ColumnConstraint>)> {
    let (mut collation, mut constraints) = (None, Vec::new());
    loop {
        let here = cursor.here();
        if cursor.eat("collate") {
            if collation.is_some() {
                return Err(SyntaxError { span: here, message: "more than one COLLATE".into() });
            }
            collation = Some(cursor.name()?);
        } else if let Some(constraint) = column_constraint(cursor)? {
            constraints.push(constraint);
        } else {
            return Ok((collation, constraints));
        }
    }
}

fn column_constraint(cursor: &mut Cursor<'_>) -> Parsed<Option<ColumnConstraint>> {
    let start = cursor.index();
    let name = named_clause(cursor, &["constraint"])?;
    let Some(kind) = column_constraint_kind(cursor)? else {
        return if name.is_some() { Err(cursor.error("a column constraint")) } else { Ok(None) };
    };
    let allowed: &[A] = match kind {
        Kind::Check(_) if cursor.is_words(&["no", "inherit"]) => &[A::NoInherit, A::Enforced, A::NotEnforced],
        Kind::Check(_) => &[A::Enforced, A::NotEnforced],
        Kind::NotNull => &[A::NoInherit],
        Kind::Unique { .. } | Kind::PrimaryKey(_) => {
            &[A::Deferrable, A::NotDeferrable, A::InitiallyDeferred, A::InitiallyImmediate]
        }
        Kind::References(_) => {
            &[A::Deferrable, A::NotDeferrable, A::InitiallyDeferred, A::InitiallyImmediate, A::Enforced, A::NotEnforced]
        }
        _ => &[],
    };
    let attributes = attributes(cursor, allowed)?;
    Ok(Some(ColumnConstraint { span: cursor.span_from(start), name, kind, attributes }))
}

fn column_constraint_kind(cursor: &mut Cursor<'_>) -> Parsed<Option<Kind>> {
    const FIRST: &[&str] = &["null", "default", "check", "generated", "unique", "primary", "references"];
    if cursor.eat_words(&["not", "null"]) {
        return Ok(Some(Kind::NotNull));
    }
    let Some(word) = cursor.eat_one_of(FIRST) else { return Ok(None) };
    Ok(Some(match word {
        "null" => Kind::Null,
        "default" => Kind::Default(default_value(cursor)?),
        "check" => Kind::Check(expression::in_parentheses(cursor)?),
        "generated" => generated(cursor)?,
        "unique" => {
            let nulls_not_distinct = nulls_not_distinct(cursor)?;
            Kind::Unique { nulls_not_distinct, index: index_parameters(cursor)? }
        }
        "primary" => {
            cursor.expect("key")?;
            Kind::PrimaryKey(index_parameters(cursor)?)
        }
        _ => Kind::References(references(cursor)?),
    }))
}

fn generated(cursor: &mut Cursor<'_>) -> Parsed<Kind> {
    let generated = generated_when(cursor)?;
    cursor.expect("as")?;
    if generated == GeneratedWhen::ByDefault && !cursor.is_word("identity") {
        return Err(cursor.error("IDENTITY"));
    }
    if cursor.eat("identity") {
        return Ok(Kind::Identity { generated, sequence: sequence::in_parentheses(cursor)? });
    }
    let value = expression::in_parentheses(cursor)?;
    let storage = match cursor.eat_one_of(&["stored", "virtual"]) {
        Some("stored") => GeneratedStorage::Stored,
        _ => GeneratedStorage::Virtual,
    };
    Ok(Kind::Generated { value, storage })
}

/// Takes `ALWAYS` or `BY DEFAULT`.
///
/// # Errors
///
/// Another token.
pub(super) fn generated_when(cursor: &mut Cursor<'_>) -> Parsed<GeneratedWhen> {
    expect_one_of(cursor, "ALWAYS or BY DEFAULT")
}
