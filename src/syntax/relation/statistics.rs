//! CREATE STATISTICS and ALTER STATISTICS.

use super::alter_column::statistics_target;
use super::common::generic_change;
use super::index::key;
use crate::statement::relation::{AlterStatistics, CreateStatistics, StatisticsChange};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::token::TokenKind;
use crate::syntax::words::optional_columns;

/// Takes what follows `CREATE STATISTICS`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn create_statistics(cursor: &mut Cursor<'_>) -> Parsed<CreateStatistics> {
    let if_not_exists = cursor.eat_if_not_exists();
    let nameless = !if_not_exists && (cursor.is_word("on") || cursor.is(TokenKind::LeftParen));
    let name = if nameless { None } else { Some(cursor.name()?) };
    let kinds = optional_columns(cursor)?;
    cursor.expect("on")?;
    let elements = cursor.list(key)?;
    cursor.expect("from")?;
    Ok(CreateStatistics { if_not_exists, name, kinds, elements, table: cursor.name()? })
}

/// Takes what follows `ALTER STATISTICS`.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn alter_statistics(cursor: &mut Cursor<'_>) -> Parsed<AlterStatistics> {
    let if_exists = cursor.eat_if_exists();
    let name = cursor.name()?;
    if cursor.eat_words(&["set", "statistics"]) {
        let change = StatisticsChange::SetTarget(statistics_target(cursor)?);
        return Ok(AlterStatistics { if_exists, name, change });
    }
    match generic_change(cursor)? {
        Some(change) if !if_exists => {
            Ok(AlterStatistics { if_exists, name, change: StatisticsChange::Generic(change) })
        }
        _ => Err(cursor.error("SET STATISTICS")),
    }
}
