//! Parsers for the statements of the relation family.

mod action;
mod alter;
mod alter_column;
mod column;
mod common;
mod constraint;
mod domain;
mod drop;
mod extension;
mod extent;
mod index;
mod options;
mod partition;
mod schema;
mod sequence;
mod statistics;
mod table;
mod table_as;
mod types;
mod view;

use self::view::Replace;
use super::cursor::{Cursor, Parsed};
use super::words::one_of;
use crate::statement::relation::{Persistence, Statement};

/// Reads a statement of this family, up to the last token; `None` when its first words belong to another family.
///
/// # Errors
///
/// The statement is of this family and cannot be read.
pub fn statement(cursor: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    let start = cursor.index();
    let found = match cursor.eat_one_of(&["create", "alter", "drop", "truncate", "refresh"]) {
        Some("create") => create(cursor)?,
        Some("alter") => alter(cursor)?,
        Some("drop") => drop::drop(cursor)?.map(Statement::Drop),
        Some("truncate") => Some(Statement::Truncate(drop::truncate(cursor)?)),
        Some(_) => Some(Statement::RefreshMaterializedView(view::refresh_materialized_view(cursor)?)),
        None => None,
    };
    if found.is_none() {
        cursor.seek(start);
    }
    Ok(found)
}

/// Reads what follows `CREATE`.
fn create(cursor: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    if cursor.is_words(&["unique", "index"]) || cursor.is_word("index") {
        return Ok(Some(Statement::CreateIndex(Box::new(index::create_index(cursor)?))));
    }
    if cursor.eat_words(&["foreign", "table"]) {
        return Ok(Some(Statement::CreateForeignTable(Box::new(table::create_foreign_table(cursor)?))));
    }
    if cursor.eat_words(&["materialized", "view"]) {
        return Ok(Some(Statement::CreateMaterializedView(Box::new(view::create_materialized_view(cursor)?))));
    }
    match cursor.eat_one_of(&["type", "domain", "schema", "extension", "statistics"]) {
        Some("type") => types::create_type(cursor).map(Statement::CreateType).map(Some),
        Some("domain") => Ok(Some(Statement::CreateDomain(Box::new(domain::create_domain(cursor)?)))),
        Some("schema") => schema::create_schema(cursor).map(Statement::CreateSchema).map(Some),
        Some("extension") => extension::create_extension(cursor).map(Statement::CreateExtension).map(Some),
        Some(_) => Ok(Some(Statement::CreateStatistics(Box::new(statistics::create_statistics(cursor)?)))),
        None => create_persistent(cursor),
    }
}

/// Reads what follows `CREATE` when the relation may be temporary.
fn create_persistent(cursor: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    let replace = if cursor.eat_words(&["or", "replace"]) { Replace::Yes } else { Replace::No };
    let persistence = common::persistence(cursor)?;
    let is_view = cursor.is_word("view") || cursor.is_words(&["recursive", "view"]);
    if is_view && persistence != Persistence::Unlogged {
        return Ok(Some(Statement::CreateView(Box::new(view::create_view(cursor, replace, persistence)?))));
    }
    match if replace == Replace::No { cursor.eat_one_of(&["table", "sequence"]) } else { None } {
        Some("table") => create_table(cursor, persistence).map(Some),
        Some(_) => sequence::create_sequence(cursor, persistence).map(Statement::CreateSequence).map(Some),
        None if persistence == Persistence::Permanent => Ok(None),
        None => Err(cursor.error("a relation that can be temporary or unlogged")),
    }
}

fn create_table(cursor: &mut Cursor<'_>, persistence: Persistence) -> Parsed<Statement> {
    let if_not_exists = cursor.eat_if_not_exists();
    let name = cursor.name()?;
    if table_as::is_table_as(cursor) {
        let table = table_as::create_table_as(cursor, persistence, if_not_exists, name)?;
        return Ok(Statement::CreateTableAs(Box::new(table)));
    }
    let table = table::create_table(cursor, persistence, if_not_exists, name)?;
    Ok(Statement::CreateTable(Box::new(table)))
}

/// Reads what follows `ALTER`.
fn alter(cursor: &mut Cursor<'_>) -> Parsed<Option<Statement>> {
    if let Some(kind) = one_of(cursor) {
        return alter::alter_relation(cursor, kind).map(Some);
    }
    match cursor.eat_one_of(&["type", "domain", "schema", "extension", "statistics"]) {
        Some("type") => Ok(Some(Statement::AlterType(Box::new(types::alter_type(cursor)?)))),
        Some("domain") => Ok(Some(Statement::AlterDomain(Box::new(domain::alter_domain(cursor)?)))),
        Some("schema") => schema::alter_schema(cursor).map(Statement::AlterSchema).map(Some),
        Some("extension") => Ok(Some(Statement::AlterExtension(Box::new(extension::alter_extension(cursor)?)))),
        Some(_) => statistics::alter_statistics(cursor).map(Statement::AlterStatistics).map(Some),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use crate::source::Span;
    use crate::statement::Statement as AnyStatement;
    use crate::statement::relation::{ActionKind, RelationChange, Statement, TableBody, TableElement};
    use crate::syntax::lexer::{Lexeme, Lexer};
    use crate::syntax::parse;

    fn parsed(text: &str) -> Result<AnyStatement, String> {
        let mut lexer = Lexer::new(text, 0);
        let lexemes = std::iter::from_fn(move || lexer.next_lexeme());
        let tokens: Vec<_> =
            lexemes.filter_map(|lexeme| if let Lexeme::Token(token) = lexeme { Some(token) } else { None }).collect();
        parse::statement(text, &tokens).map_err(|error| error.message)
    }

    fn slice(text: &str, span: Span) -> &str {
        &text[span.range()]
    }

    #[test]
    fn parts_know_their_place() {
        let text = "ALTER TABLE ä ADD COLUMN b int DEFAULT 1 NOT NULL, DROP CONSTRAINT c";
        let Ok(AnyStatement::Relation(found)) = parsed(text) else { panic!("not read") };
        let Statement::AlterRelation(found) = *found else { panic!("no ALTER TABLE") };
        let RelationChange::Actions(actions) = found.change else { panic!("no actions") };
        let ActionKind::AddColumn { column, .. } = &actions[0].kind else { panic!("no column") };
        assert_eq!(slice(text, actions[0].span), "ADD COLUMN b int DEFAULT 1 NOT NULL");
        assert_eq!(slice(text, actions[1].span), "DROP CONSTRAINT c");
        assert_eq!(slice(text, column.span), "b int DEFAULT 1 NOT NULL");
        assert_eq!(slice(text, column.constraints[1].span), "NOT NULL");
    }

    #[test]
    fn table_constraints_know_their_place() {
        let text = "CREATE TABLE t (a int, CONSTRAINT c CHECK (a > 0) NO INHERIT)";
        let Ok(AnyStatement::Relation(found)) = parsed(text) else { panic!("not read") };
        let Statement::CreateTable(table) = *found else { panic!("no table") };
        let TableBody::Elements { elements, .. } = &table.body else { panic!("no elements") };
        let TableElement::Constraint(constraint) = &elements[1] else { panic!("no constraint") };
        assert_eq!(slice(text, constraint.span), "CONSTRAINT c CHECK (a > 0) NO INHERIT");
    }

    #[test]
    fn what_postgresql_refuses_is_refused() {
        for text in [
            "CREATE TABLE t (a int DEFERRABLE)",
            "CREATE TABLE t (a int CHECK (a > 0) DEFERRABLE)",
            "CREATE TABLE t (a int, UNIQUE (a) NOT VALID)",
            "CREATE TABLE t (a int REFERENCES b NOT DEFERRABLE INITIALLY DEFERRED)",
            "CREATE TABLE t (a int REFERENCES b ON UPDATE SET NULL (a))",
            "CREATE TABLE t (a int GENERATED BY DEFAULT AS (1))",
            "CREATE TABLE t (a int DEFAULT NOT true)",
            "CREATE TABLE t (a text COLLATE x COLLATE y)",
            "CREATE TABLE t (a SETOF int)",
            "CREATE TABLE t (a int) PARTITION BY ROUND (a)",
            "CREATE TABLE t (a int) WITH OIDS",
            "CREATE OR REPLACE TABLE t (a int)",
            "CREATE UNLOGGED VIEW v AS SELECT 1",
            "CREATE RECURSIVE VIEW v AS SELECT 1",
            "CREATE VIEW v AS DELETE FROM t",
            "CREATE SCHEMA s CREATE TYPE t",
            "CREATE SCHEMA IF NOT EXISTS s CREATE TABLE t (a int)",
            "ALTER TABLE t OWNER TO none",
            "ALTER TABLE t ATTACH PARTITION p",
            "ALTER INDEX i ALTER COLUMN 0 SET STATISTICS 10",
            "ALTER VIEW v RENAME CONSTRAINT a TO b",
            "ALTER STATISTICS IF EXISTS s RENAME TO t",
            "ALTER SEQUENCE s",
            "DROP VIEW CONCURRENTLY v",
            "DROP TYPE int[]",
            "DROP SCHEMA a.b",
        ] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }
}
