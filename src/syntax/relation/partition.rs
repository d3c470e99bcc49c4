//! Partition keys and the bounds of partitions.

use super::common::collation;
use super::index::key;
use crate::statement::relation::{BoundDatum, PartitionBound, PartitionBy, PartitionElement, PartitionStrategy};
use crate::statement::words::Words;
use crate::syntax::cursor::{Cursor, NameSort, Parsed};
use crate::syntax::token::TokenKind;
use crate::syntax::words::item_expression;

/// Takes `PARTITION BY` with its key if it comes next.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn partition_by(cursor: &mut Cursor<'_>) -> Parsed<Option<PartitionBy>> {
    if !cursor.eat_words(&["partition", "by"]) {
        return Ok(None);
    }
    let start = cursor.index();
    let word = cursor.ident()?;
    let found = PartitionStrategy::ALL.iter().find(|strategy| strategy.words().eq_ignore_ascii_case(word.as_str()));
    let Some(&strategy) = found else {
        cursor.seek(start);
        return Err(cursor.error("LIST, RANGE or HASH"));
    };
    let elements = cursor.parenthesised(partition_element)?;
    Ok(Some(PartitionBy { strategy, elements }))
}

fn partition_element(cursor: &mut Cursor<'_>) -> Parsed<PartitionElement> {
    let start = cursor.index();
    let key = key(cursor)?;
    let collation = collation(cursor)?;
    let operator_class = if cursor.is_name(NameSort::Column) { Some(cursor.name()?) } else { None };
    Ok(PartitionElement { span: cursor.span_from(start), key, collation, operator_class })
}

/// Takes the bound of a partition.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn partition_bound(cursor: &mut Cursor<'_>) -> Parsed<PartitionBound> {
    if cursor.eat("default") {
        return Ok(PartitionBound::Default);
    }
    cursor.expect_words(&["for", "values"])?;
    match cursor.eat_one_of(&["in", "from", "with"]) {
        Some("in") => cursor.parenthesised(item_expression).map(PartitionBound::In),
        Some("from") => {
            let from = cursor.parenthesised(bound_datum)?;
            cursor.expect("to")?;
            Ok(PartitionBound::Range { from, to: cursor.parenthesised(bound_datum)? })
        }
        Some(_) => hash_bound(cursor),
        None => Err(cursor.error("IN, FROM or WITH")),
    }
}

fn bound_datum(cursor: &mut Cursor<'_>) -> Parsed<BoundDatum> {
    let alone = cursor.peek(1).is_some_and(|token| matches!(token.kind, TokenKind::Comma | TokenKind::RightParen));
    match if alone { cursor.eat_one_of(&["minvalue", "maxvalue"]) } else { None } {
        Some("minvalue") => Ok(BoundDatum::MinValue),
        Some(_) => Ok(BoundDatum::MaxValue),
        None => item_expression(cursor).map(BoundDatum::Value),
    }
}

/// Takes the modulus and the remainder, in any order.
fn hash_bound(cursor: &mut Cursor<'_>) -> Parsed<PartitionBound> {
    let (mut modulus, mut remainder) = (None, None);
    cursor.parenthesised(|cursor| {
        let place = match cursor.eat_one_of(&["modulus", "remainder"]) {
            Some("modulus") if modulus.is_none() => &mut modulus,
            Some("remainder") if remainder.is_none() => &mut remainder,
            _ => return Err(cursor.error("MODULUS and REMAINDER, each once")),
        };
        *place = Some(u32::try_from(cursor.integer()?).map_err(|_| cursor.error("a positive number"))?);
        Ok(())
    })?;
    match (modulus, remainder) {
        (Some(modulus), Some(remainder)) => Ok(PartitionBound::Hash { modulus, remainder }),
        _ => Err(cursor.error("MODULUS and REMAINDER")),
    }
}
