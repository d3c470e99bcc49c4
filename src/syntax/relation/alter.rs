//! ALTER of tables, indexes, views, sequences, materialized views and foreign tables.

use super::action::action;
use super::common::{move_all, relation_expr};
use super::partition::partition_bound;
use super::sequence::alter_sequence;
use crate::statement::relation::{AlterRelation, DetachMode, RelationChange, RelationExpr, RelationKind, Statement};
use crate::syntax::cursor::{Cursor, Parsed};

use RelationKind as Kind;

/// Takes what follows `ALTER` and the words of the kind.
///
/// # Errors
///
/// A token that does not fit.
pub(super) fn alter_relation(cursor: &mut Cursor<'_>, kind: Kind) -> Parsed<Statement> {
    let may_move = matches!(kind, Kind::Table | Kind::Index | Kind::MaterializedView);
    if may_move && cursor.eat_words(&["all", "in", "tablespace"]) {
        return move_all(cursor, kind).map(Statement::MoveAll);
    }
    let if_exists = cursor.eat_if_exists();
    let relation = match kind {
        Kind::Table | Kind::ForeignTable => relation_expr(cursor)?,
        _ => RelationExpr { only: false, name: cursor.name()? },
    };
    if kind == Kind::Sequence && !is_relation_change(cursor) {
        return alter_sequence(cursor, if_exists, relation.name).map(Statement::AlterSequence);
    }
    let change = relation_change(cursor, kind)?;
    Ok(Statement::AlterRelation(Box::new(AlterRelation { kind, if_exists, relation, change })))
}

/// Says whether a change that any relation can have follows, and no option of a sequence.
fn is_relation_change(cursor: &Cursor<'_>) -> bool {
    let first = ["rename", "set", "alter", "add", "drop", "enable", "disable", "cluster", "replica", "inherit", "of"];
    cursor.is_words(&["owner", "to"]) || first.iter().any(|word| cursor.is_word(word))
}

fn relation_change(cursor: &mut Cursor<'_>, kind: Kind) -> Parsed<RelationChange> {
    if cursor.eat("rename") {
        return rename(cursor, kind);
    }
    if kind != Kind::Index && cursor.eat_words(&["set", "schema"]) {
        return cursor.ident().map(RelationChange::SetSchema);
    }
    if matches!(kind, Kind::Table | Kind::Index) && cursor.eat_words(&["attach", "partition"]) {
        let partition = cursor.name()?;
        let bound = if kind == Kind::Table { Some(partition_bound(cursor)?) } else { None };
        return Ok(RelationChange::AttachPartition { partition, bound });
    }
    if kind == Kind::Table && cursor.eat_words(&["detach", "partition"]) {
        return Ok(RelationChange::DetachPartition { partition: cursor.name()?, mode: detach_mode(cursor) });
    }
    let may_depend = matches!(kind, Kind::Index | Kind::MaterializedView);
    if may_depend && (cursor.is_word("depends") || cursor.is_words(&["no", "depends"])) {
        let no = cursor.eat("no");
        cursor.expect_words(&["depends", "on", "extension"])?;
        return Ok(RelationChange::DependsOnExtension { extension: cursor.ident()?, no });
    }
    cursor.list(action).map(RelationChange::Actions)
}

fn detach_mode(cursor: &mut Cursor<'_>) -> DetachMode {
    match cursor.eat_one_of(&["concurrently", "finalize"]) {
        Some("concurrently") => DetachMode::Concurrently,
        Some(_) => DetachMode::Finalize,
        None => DetachMode::Plain,
    }
}

fn rename(cursor: &mut Cursor<'_>, kind: Kind) -> Parsed<RelationChange> {
    if cursor.eat("to") {
        return cursor.ident().map(RelationChange::Rename);
    }
    if kind == Kind::Table && cursor.eat("constraint") {
        let from = cursor.ident()?;
        cursor.expect("to")?;
        return Ok(RelationChange::RenameConstraint { from, to: cursor.ident()? });
    }
    if matches!(kind, Kind::Index | Kind::Sequence) {
        return Err(cursor.error("TO"));
    }
    cursor.eat("column");
    let from = cursor.ident()?;
    cursor.expect("to")?;
    Ok(RelationChange::RenameColumn { from, to: cursor.ident()? })
}
