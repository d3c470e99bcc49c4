//! Table constraints and what column constraints share with them.

use super::common::named_clause;
use super::index::index_element;
use super::options::{definition, operator};
use crate::pg::Ident;
use crate::statement::relation::{
    ConstraintAttribute, ConstraintAttributes, ConstraintKey, Exclude, IndexParameters, MatchType, References,
    ReferentialAction, TableConstraint, TableConstraintKind,
};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::expression;
use crate::syntax::token::TokenKind;
use crate::syntax::words::{one_of, optional_columns};

use ConstraintAttribute as A;

const DEFERRAL: &[A] = &[A::Deferrable, A::NotDeferrable, A::InitiallyDeferred, A::InitiallyImmediate];

/// Says whether a table constraint begins here.
pub(super) fn is_table_constraint(cursor: &Cursor<'_>) -> bool {
    let reserved = ["constraint", "check", "not", "unique", "primary", "foreign"];
    // `exclude` is not reserved: as a column's name it is followed by a type.
    let behind = cursor.peek(1).map(|token| token.kind);
    let excludes = cursor.is_word("exclude") && (behind == Some(TokenKind::LeftParen) || cursor.is_word_at(1, "using"));
    excludes || reserved.iter().any(|word| cursor.is_word(word))
}

/// Takes a table constraint.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn table_constraint(cursor: &mut Cursor<'_>) -> Parsed<TableConstraint> {
    let start = cursor.index();
    let name = named_clause(cursor, &["constraint"])?;
    let (kind, allowed) = table_constraint_kind(cursor)?;
    let attributes = attributes(cursor, &allowed)?;
    Ok(TableConstraint { span: cursor.span_from(start), name, kind, attributes })
}

/// Takes what a table constraint demands; returns the attributes that it may have too.
fn table_constraint_kind(cursor: &mut Cursor<'_>) -> Parsed<(TableConstraintKind, Vec<A>)> {
    let kind = match cursor.eat_one_of(&["check", "not", "unique", "primary", "exclude", "foreign"]) {
        Some("check") => {
            let condition = expression::in_parentheses(cursor)?;
            return Ok((
                TableConstraintKind::Check(condition),
                vec![A::NotValid, A::NoInherit, A::Enforced, A::NotEnforced],
            ));
        }
        Some("not") => {
            cursor.expect("null")?;
            return Ok((TableConstraintKind::NotNull(cursor.ident()?), vec![A::NotValid, A::NoInherit]));
        }
        Some("unique") => {
            let nulls_not_distinct = nulls_not_distinct(cursor)?;
            TableConstraintKind::Unique { nulls_not_distinct, key: key(cursor)? }
        }
        Some("primary") => {
            cursor.expect("key")?;
            TableConstraintKind::PrimaryKey(key(cursor)?)
        }
        Some("exclude") => TableConstraintKind::Exclude(Box::new(exclude(cursor)?)),
        Some(_) => {
            let allowed = [DEFERRAL, &[A::NotValid, A::Enforced, A::NotEnforced]].concat();
            return Ok((foreign_key(cursor)?, allowed));
        }
        None => return Err(cursor.error("a table constraint")),
    };
    Ok((kind, DEFERRAL.to_vec()))
}

/// Takes `NULLS [NOT] DISTINCT` if it comes next, and says whether NULLs are not distinct.
///
/// # Errors
///
/// `NULLS` without the rest.
pub(super) fn nulls_not_distinct(cursor: &mut Cursor<'_>) -> Parsed<bool> {
    if !cursor.eat("nulls") {
        return Ok(false);
    }
    let negated = cursor.eat("not");
    cursor.expect("distinct")?;
    Ok(negated)
}

fn key(cursor: &mut Cursor<'_>) -> Parsed<ConstraintKey> {
    if let Some(name) = named_clause(cursor, &["using", "index"])? {
        return Ok(ConstraintKey::Index(name));
    }
    cursor.expect_kind(TokenKind::LeftParen)?;
    let columns = cursor.list(Cursor::ident)?;
    let without_overlaps = cursor.eat_words(&["without", "overlaps"]);
    cursor.expect_kind(TokenKind::RightParen)?;
    Ok(ConstraintKey::Columns { columns, without_overlaps, index: index_parameters(cursor)? })
}

/// Takes `INCLUDE`, `WITH` and `USING INDEX TABLESPACE`, as far as they come next.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn index_parameters(cursor: &mut Cursor<'_>) -> Parsed<IndexParameters> {
    let include = if cursor.eat("include") { cursor.parenthesised(Cursor::ident)? } else { Vec::new() };
    let parameters = if cursor.eat("with") { definition(cursor)? } else { Vec::new() };
    let tablespace = named_clause(cursor, &["using", "index", "tablespace"])?;
    Ok(IndexParameters { include, parameters, tablespace })
}

fn exclude(cursor: &mut Cursor<'_>) -> Parsed<Exclude> {
    let access_method = named_clause(cursor, &["using"])?;
    let elements = cursor.parenthesised(|cursor| {
        let element = index_element(cursor)?;
        cursor.expect("with")?;
        Ok((element, operator(cursor)?))
    })?;
    let index = index_parameters(cursor)?;
    let predicate = if cursor.eat("where") { Some(expression::in_parentheses(cursor)?) } else { None };
    Ok(Exclude { access_method, elements, index, predicate })
}

fn foreign_key(cursor: &mut Cursor<'_>) -> Parsed<TableConstraintKind> {
    cursor.expect("key")?;
    let (columns, period) = period_columns(cursor)?;
    cursor.expect("references")?;
    let references = references(cursor)?;
    Ok(TableConstraintKind::ForeignKey { columns, period, references })
}

/// Takes columns in parentheses; says whether the last one is a `PERIOD`.
fn period_columns(cursor: &mut Cursor<'_>) -> Parsed<(Vec<Ident>, bool)> {
    cursor.expect_kind(TokenKind::LeftParen)?;
    let mut columns = vec![cursor.ident()?];
    let mut period = false;
    while !period && cursor.eat_kind(TokenKind::Comma) {
        // `period` is not reserved: as a column's name it stands alone.
        period = cursor.is_word("period") && {
            let mut ahead = cursor.clone();
            ahead.advance()?;
            ahead.ident().is_ok()
        };
        if period {
            cursor.advance()?;
        }
        columns.push(cursor.ident()?);
    }
    cursor.expect_kind(TokenKind::RightParen)?;
    Ok((columns, period))
}

/// Takes what follows `REFERENCES`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn references(cursor: &mut Cursor<'_>) -> Parsed<References> {
    let table = cursor.name()?;
    let has_columns = cursor.is(TokenKind::LeftParen);
    let (columns, period) = if has_columns { period_columns(cursor)? } else { (Vec::new(), false) };
    let match_type = match_type(cursor)?;
    let (on_delete, on_update) = referential_actions(cursor)?;
    Ok(References { table, columns, period, match_type, on_delete, on_update })
}

fn match_type(cursor: &mut Cursor<'_>) -> Parsed<MatchType> {
    if !cursor.eat("match") {
        return Ok(MatchType::Simple);
    }
    match cursor.eat_one_of(&["full", "simple"]) {
        Some("full") => Ok(MatchType::Full),
        Some(_) => Ok(MatchType::Simple),
        None => Err(cursor.error("FULL or SIMPLE")),
    }
}

fn referential_actions(cursor: &mut Cursor<'_>) -> Parsed<(ReferentialAction, ReferentialAction)> {
    let (mut on_delete, mut on_update) = (None, None);
    while cursor.is_word("on") {
        if cursor.eat_words(&["on", "delete"]) && on_delete.is_none() {
            on_delete = Some(referential_action(cursor)?);
        } else if cursor.eat_words(&["on", "update"]) && on_update.is_none() {
            let action = referential_action(cursor)?;
            if matches!(&action, ReferentialAction::SetNull(c) | ReferentialAction::SetDefault(c) if !c.is_empty()) {
                return Err(cursor.error("no columns, which only ON DELETE takes"));
            }
            on_update = Some(action);
        } else {
            return Err(cursor.error("ON DELETE or ON UPDATE, each once"));
        }
    }
    Ok((on_delete.unwrap_or_default(), on_update.unwrap_or_default()))
}

fn referential_action(cursor: &mut Cursor<'_>) -> Parsed<ReferentialAction> {
    match cursor.eat_one_of(&["no", "restrict", "cascade", "set"]) {
        Some("no") => cursor.expect("action").map(|()| ReferentialAction::NoAction),
        Some("restrict") => Ok(ReferentialAction::Restrict),
        Some("cascade") => Ok(ReferentialAction::Cascade),
        Some(_) => match cursor.eat_one_of(&["null", "default"]) {
            Some("null") => optional_columns(cursor).map(ReferentialAction::SetNull),
            Some(_) => optional_columns(cursor).map(ReferentialAction::SetDefault),
            None => Err(cursor.error("NULL or DEFAULT")),
        },
        None => Err(cursor.error("a referential action")),
    }
}

/// Takes the attributes that come next; each must be among the allowed ones and contradict none before it.
///
/// # Errors
///
/// An attribute that is not allowed, or a contradiction.
pub(super) fn attributes(cursor: &mut Cursor<'_>, allowed: &[A]) -> Parsed<ConstraintAttributes> {
    let mut found = ConstraintAttributes::default();
    loop {
        let start = cursor.index();
        let Some(attribute) = one_of(cursor) else { return Ok(found) };
        if !allowed.contains(&attribute) || contradicts(&found, attribute) {
            cursor.seek(start);
            return Err(cursor.error("an attribute that this constraint can have"));
        }
        found.0.push(attribute);
    }
}

fn contradicts(found: &ConstraintAttributes, attribute: A) -> bool {
    const PAIRS: &[(A, A)] = &[
        (A::Deferrable, A::NotDeferrable),
        (A::InitiallyDeferred, A::NotDeferrable),
        (A::InitiallyDeferred, A::InitiallyImmediate),
        (A::Enforced, A::NotEnforced),
    ];
    PAIRS.iter().any(|&(a, b)| (attribute == a && found.has(b)) || (attribute == b && found.has(a)))
}
