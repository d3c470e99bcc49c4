//! CREATE DOMAIN and ALTER DOMAIN.

use super::column::qualifiers;
use super::common::{generic_change, named_clause, value_type};
use crate::statement::relation::{
    AlterDomain, ColumnConstraint, ColumnConstraintKind, CreateDomain, DomainChange, DomainConstraint,
    DomainConstraintKind,
};
use crate::syntax::cursor::{Cursor, Parsed, SyntaxError};
use crate::syntax::expression;
use crate::syntax::words::{behavior, end};

/// Takes what follows `CREATE DOMAIN`.
///
/// # Errors
///
/// A token that does not fit, or a constraint that a domain cannot have.
pub(super) fn create_domain(cursor: &mut Cursor<'_>) -> Parsed<CreateDomain> {
    let name = cursor.name()?;
    cursor.eat("as");
    let type_name = value_type(cursor)?;
    let (collation, constraints) = qualifiers(cursor)?;
    match constraints.iter().find(|constraint| !is_for_domain(constraint)) {
        Some(constraint) => Err(SyntaxError { span: constraint.span, message: "not a constraint of a domain".into() }),
        None => Ok(CreateDomain { name, type_name, collation, constraints }),
    }
}

fn is_for_domain(constraint: &ColumnConstraint) -> bool {
    use ColumnConstraintKind as K;
    let has_kind = matches!(constraint.kind, K::Default(_) | K::Null | K::NotNull | K::Check(_));
    has_kind && constraint.attributes.0.is_empty()
}

/// Takes what follows `ALTER DOMAIN`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn alter_domain(cursor: &mut Cursor<'_>) -> Parsed<AlterDomain> {
    let name = cursor.name()?;
    Ok(AlterDomain { name, change: domain_change(cursor)? })
}

fn domain_change(cursor: &mut Cursor<'_>) -> Parsed<DomainChange> {
    if let Some(change) = generic_change(cursor)? {
        return Ok(DomainChange::Generic(change));
    }
    match cursor.eat_one_of(&["set", "drop", "add", "validate", "rename"]) {
        Some("set") if cursor.eat("default") => {
            expression::expression(cursor, end(cursor)).map(DomainChange::SetDefault)
        }
        Some("set") => cursor.expect_words(&["not", "null"]).map(|()| DomainChange::SetNotNull),
        Some("drop") => drop(cursor),
        Some("add") => domain_constraint(cursor).map(DomainChange::AddConstraint),
        Some("validate") => {
            cursor.expect("constraint")?;
            cursor.ident().map(DomainChange::ValidateConstraint)
        }
        Some(_) => {
            cursor.expect("constraint")?;
            let from = cursor.ident()?;
            cursor.expect("to")?;
            Ok(DomainChange::RenameConstraint { from, to: cursor.ident()? })
        }
        None => Err(cursor.error("a change of the domain")),
    }
}

fn drop(cursor: &mut Cursor<'_>) -> Parsed<DomainChange> {
    if cursor.eat("default") {
        return Ok(DomainChange::DropDefault);
    }
    if cursor.eat_words(&["not", "null"]) {
        return Ok(DomainChange::DropNotNull);
    }
    cursor.expect("constraint")?;
    let if_exists = cursor.eat_if_exists();
    let name = cursor.ident()?;
    Ok(DomainChange::DropConstraint { if_exists, name, behavior: behavior(cursor) })
}

fn domain_constraint(cursor: &mut Cursor<'_>) -> Parsed<DomainConstraint> {
    let start = cursor.index();
    let name = named_clause(cursor, &["constraint"])?;
    let kind = if cursor.eat_words(&["not", "null"]) {
        DomainConstraintKind::NotNull
    } else {
        cursor.expect("check")?;
        let condition = expression::in_parentheses(cursor)?;
        DomainConstraintKind::Check { condition, not_valid: cursor.eat_words(&["not", "valid"]) }
    };
    Ok(DomainConstraint { span: cursor.span_from(start), name, kind })
}
