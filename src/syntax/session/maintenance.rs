//! VACUUM, ANALYZE, CLUSTER, REINDEX, LOCK TABLE, DISCARD.

use super::setting;
use crate::pg::{Ident, Name};
use crate::statement::session::maintenance::{
    Cluster, Discard, Load, Lock, LockMode, Reindex, ReindexKind, RelationTarget, UtilityOption, Vacuum, VacuumCommand,
    VacuumRelation,
};
use crate::syntax::cursor::{Cursor, Parsed};
use crate::syntax::token::TokenKind;
use crate::syntax::words;

/// Takes options in parentheses.
///
/// # Errors
///
/// No option stands here.
pub fn options(cursor: &mut Cursor<'_>) -> Parsed<Vec<UtilityOption>> {
    cursor.parenthesised(|cursor| {
        let name = if cursor.eat("analyze") || cursor.eat("analyse") {
            Ident::exact("analyze")
        } else {
            words::non_reserved(cursor)?
        };
        let bare = cursor.is(TokenKind::Comma) || cursor.is(TokenKind::RightParen);
        let value = if bare { None } else { Some(setting::value(cursor)?) };
        Ok(UtilityOption { name, value })
    })
}

fn optional(cursor: &mut Cursor<'_>) -> Parsed<Vec<UtilityOption>> {
    if cursor.is(TokenKind::LeftParen) { options(cursor) } else { Ok(Vec::new()) }
}

fn flag(name: &str) -> UtilityOption {
    UtilityOption { name: Ident::exact(name), value: None }
}

/// Takes these words where they stand without parentheses, in this order, each of them optional.
fn flags(cursor: &mut Cursor<'_>, names: &[&str]) -> Vec<UtilityOption> {
    names.iter().filter(|name| cursor.eat(name)).map(|name| flag(name)).collect()
}

/// Takes a relation with `ONLY` or `*`.
///
/// # Errors
///
/// No relation stands here.
pub fn relation_target(cursor: &mut Cursor<'_>) -> Parsed<RelationTarget> {
    if cursor.eat("only") {
        let parentheses = cursor.eat_kind(TokenKind::LeftParen);
        let name = cursor.name()?;
        if parentheses {
            cursor.expect_kind(TokenKind::RightParen)?;
        }
        return Ok(RelationTarget { name, only: true });
    }
    let name = cursor.name()?;
    cursor.eat_operator("*");
    Ok(RelationTarget { name, only: false })
}

/// Reads what follows `VACUUM`.
///
/// # Errors
///
/// No such statement stands here.
pub fn vacuum(cursor: &mut Cursor<'_>) -> Parsed<Vacuum> {
    let options = if cursor.is(TokenKind::LeftParen) {
        options(cursor)?
    } else {
        let mut found = flags(cursor, &["full", "freeze", "verbose", "analyze"]);
        if cursor.eat("analyse") {
            found.push(flag("analyze"));
        }
        found
    };
    Ok(Vacuum { command: VacuumCommand::Vacuum, options, relations: vacuum_relations(cursor)? })
}

/// Reads what follows `ANALYZE`.
///
/// # Errors
///
/// No such statement stands here.
pub fn analyze(cursor: &mut Cursor<'_>) -> Parsed<Vacuum> {
    let options = if cursor.is(TokenKind::LeftParen) { options(cursor)? } else { flags(cursor, &["verbose"]) };
    Ok(Vacuum { command: VacuumCommand::Analyze, options, relations: vacuum_relations(cursor)? })
}

fn vacuum_relations(cursor: &mut Cursor<'_>) -> Parsed<Vec<VacuumRelation>> {
    if cursor.at_end() {
        return Ok(Vec::new());
    }
    cursor.list(|cursor| {
        let relation = relation_target(cursor)?;
        Ok(VacuumRelation { relation, columns: words::optional_columns(cursor)? })
    })
}

/// Reads what follows `CLUSTER`.
///
/// # Errors
///
/// No such statement stands here.
pub fn cluster(cursor: &mut Cursor<'_>) -> Parsed<Cluster> {
    let options = if cursor.is(TokenKind::LeftParen) { options(cursor)? } else { flags(cursor, &["verbose"]) };
    if cursor.at_end() {
        return Ok(Cluster { options, table: None, index: None });
    }
    // The order of old servers: index ON table.
    if cursor.is_word_at(1, "on") {
        let index = Some(cursor.ident()?);
        cursor.expect("on")?;
        return Ok(Cluster { options, table: Some(cursor.name()?), index });
    }
    let table = Some(cursor.name()?);
    let index = if cursor.eat("using") { Some(cursor.ident()?) } else { None };
    Ok(Cluster { options, table, index })
}

/// Reads what follows `REINDEX`.
///
/// # Errors
///
/// No such statement stands here.
pub fn reindex(cursor: &mut Cursor<'_>) -> Parsed<Reindex> {
    let mut options = optional(cursor)?;
    let kind: ReindexKind = words::expect_one_of(cursor, "INDEX, TABLE, SCHEMA, DATABASE or SYSTEM")?;
    options.extend(flags(cursor, &["concurrently"]));
    let name = match kind {
        ReindexKind::Index | ReindexKind::Table => Some(cursor.name()?),
        ReindexKind::System | ReindexKind::Database if cursor.at_end() => None,
        _ => {
            let start = cursor.index();
            let ident = cursor.ident()?;
            Some(Name::simple(ident, cursor.span_from(start)))
        }
    };
    Ok(Reindex { options, kind, name })
}

/// Reads what follows `LOCK`.
///
/// # Errors
///
/// No such statement stands here.
pub fn lock(cursor: &mut Cursor<'_>) -> Parsed<Lock> {
    cursor.eat("table");
    let relations = cursor.list(relation_target)?;
    let mode = if cursor.eat("in") {
        let mode = words::expect_one_of(cursor, "a lock mode")?;
        cursor.expect("mode")?;
        mode
    } else {
        LockMode::AccessExclusive
    };
    Ok(Lock { relations, mode, nowait: cursor.eat("nowait") })
}

/// Reads what follows `LOAD`.
///
/// # Errors
///
/// No file.
pub fn load(cursor: &mut Cursor<'_>) -> Parsed<Load> {
    Ok(Load { file: cursor.string()? })
}

/// Reads what follows `DISCARD`.
///
/// # Errors
///
/// No such statement stands here.
pub fn discard(cursor: &mut Cursor<'_>) -> Parsed<Discard> {
    match cursor.eat_one_of(&["all", "plans", "sequences", "temp", "temporary"]) {
        Some("all") => Ok(Discard::All),
        Some("plans") => Ok(Discard::Plans),
        Some("sequences") => Ok(Discard::Sequences),
        Some(_) => Ok(Discard::Temporary),
        None => Err(cursor.error("ALL, PLANS, SEQUENCES or TEMP")),
    }
}
