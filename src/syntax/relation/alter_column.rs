//! `ALTER TABLE … ALTER COLUMN`.

use super::column::{generated_when, strategy_value};
use super::common::{collation, value_type};
use super::options::{generic_option_changes, parameters};
use super::sequence;
use crate::statement::relation::{AlterColumn, ColumnChange, ColumnChoice, IdentityChange, SequenceOption};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::expression;
use crate::syntax::token::TokenKind;
use crate::syntax::words::item_expression;

/// Takes what follows `ALTER` when it is a column.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn alter_column(cursor: &mut Cursor<'_>) -> Parsed<AlterColumn> {
    cursor.eat("column");
    if cursor.is(TokenKind::Number) {
        let start = cursor.index();
        let number = i16::try_from(cursor.integer()?).ok().filter(|number| *number > 0);
        let Some(number) = number else {
            cursor.seek(start);
            return Err(cursor.error("the number of a column"));
        };
        cursor.expect_words(&["set", "statistics"])?;
        let change = ColumnChange::SetStatistics(statistics_target(cursor)?);
        return Ok(AlterColumn { column: ColumnChoice::Number(number), change });
    }
    let column = ColumnChoice::Name(cursor.ident()?);
    Ok(AlterColumn { column, change: column_change(cursor)? })
}

fn column_change(cursor: &mut Cursor<'_>) -> Parsed<ColumnChange> {
    if cursor.eat_words(&["set", "data"]) || cursor.is_word("type") {
        return set_type(cursor);
    }
    if is_identity_change(cursor) {
        return identity_changes(cursor);
    }
    match cursor.eat_one_of(&["set", "drop", "add", "reset", "options"]) {
        Some("set") => set(cursor),
        Some("drop") => drop(cursor),
        Some("add") => {
            cursor.expect("generated")?;
            let generated = generated_when(cursor)?;
            cursor.expect_words(&["as", "identity"])?;
            Ok(ColumnChange::AddIdentity { generated, sequence: sequence::in_parentheses(cursor)? })
        }
        Some("reset") => parameters(cursor).map(ColumnChange::ResetParameters),
        Some(_) => generic_option_changes(cursor).map(ColumnChange::Options),
        None => Err(cursor.error("a change of the column")),
    }
}

fn set_type(cursor: &mut Cursor<'_>) -> Parsed<ColumnChange> {
    cursor.expect("type")?;
    let type_name = value_type(cursor)?;
    let collation = collation(cursor)?;
    let using = if cursor.eat("using") { Some(item_expression(cursor)?) } else { None };
    Ok(ColumnChange::SetType { type_name, collation, using })
}

fn set(cursor: &mut Cursor<'_>) -> Parsed<ColumnChange> {
    if cursor.is(TokenKind::LeftParen) {
        return parameters(cursor).map(ColumnChange::SetParameters);
    }
    match cursor.eat_one_of(&["default", "not", "expression", "statistics", "storage", "compression"]) {
        Some("default") => item_expression(cursor).map(ColumnChange::SetDefault),
        Some("not") => cursor.expect("null").map(|()| ColumnChange::SetNotNull),
        Some("expression") => {
            cursor.expect("as")?;
            expression::in_parentheses(cursor).map(ColumnChange::SetExpression)
        }
        Some("statistics") => statistics_target(cursor).map(ColumnChange::SetStatistics),
        Some("storage") => strategy_value(cursor).map(ColumnChange::SetStorage),
        Some(_) => strategy_value(cursor).map(ColumnChange::SetCompression),
        None => Err(cursor.error("what to set")),
    }
}

/// Takes a statistics target; `None` for `DEFAULT`.
///
/// # Errors
///
/// Another token.
pub(super) fn statistics_target(cursor: &mut Cursor<'_>) -> Parsed<Option<i64>> {
    if cursor.eat("default") { Ok(None) } else { cursor.integer().map(Some) }
}

fn drop(cursor: &mut Cursor<'_>) -> Parsed<ColumnChange> {
    match cursor.eat_one_of(&["default", "not", "expression", "identity"]) {
        Some("default") => Ok(ColumnChange::DropDefault),
        Some("not") => cursor.expect("null").map(|()| ColumnChange::DropNotNull),
        Some("expression") => Ok(ColumnChange::DropExpression { if_exists: cursor.eat_if_exists() }),
        Some(_) => Ok(ColumnChange::DropIdentity { if_exists: cursor.eat_if_exists() }),
        None => Err(cursor.error("DEFAULT, NOT NULL, EXPRESSION or IDENTITY")),
    }
}

/// Says whether a change of an identity column comes next: `RESTART`, or `SET` with `GENERATED` or an option.
fn is_identity_change(cursor: &Cursor<'_>) -> bool {
    const OPTIONS: &[&str] = &[
        "generated",
        "cache",
        "cycle",
        "increment",
        "logged",
        "unlogged",
        "maxvalue",
        "minvalue",
        "no",
        "sequence",
        "start",
    ];
    let is_option = || OPTIONS.iter().any(|word| cursor.is_word_at(1, word));
    cursor.is_word("restart") || cursor.is_word("set") && is_option()
}

fn identity_changes(cursor: &mut Cursor<'_>) -> Parsed<ColumnChange> {
    let mut changes = Vec::new();
    while is_identity_change(cursor) {
        changes.push(if cursor.eat("restart") {
            IdentityChange::Sequence(sequence::restart(cursor)?)
        } else {
            cursor.expect("set")?;
            set_identity(cursor)?
        });
    }
    Ok(ColumnChange::AlterIdentity(changes))
}

fn set_identity(cursor: &mut Cursor<'_>) -> Parsed<IdentityChange> {
    if cursor.eat("generated") {
        return generated_when(cursor).map(IdentityChange::Generated);
    }
    let option: SequenceOption = sequence::required_option(cursor)?;
    Ok(IdentityChange::Sequence(option))
}
