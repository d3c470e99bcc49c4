//! Statements, their results and their errors.

use tenet::db::{DbError, SqlError};

use super::{app, value};

fn sql<T: std::fmt::Debug>(result: Result<T, DbError>) -> SqlError {
    match result {
        Err(DbError::Sql(error)) => *error,
        other => panic!("no SQL error: {other:?}"),
    }
}

#[test]
fn statements_return_what_they_did() {
    let (_scratch, mut app) = app();
    let made = app.execute("CREATE TABLE t (a int, b text)").unwrap();
    assert_eq!((made.rows, made.affected), (None, 0));
    assert_eq!(app.execute("INSERT INTO t VALUES (1, 'ä'), (2, NULL)").unwrap().affected, 2);
    let rows = app.execute("SELECT a, b FROM t ORDER BY a; -- the end").unwrap().rows.unwrap();
    assert_eq!(rows.columns, ["a", "b"]);
    let text = |value: &str| Some(value.to_owned());
    assert_eq!(rows.values, [vec![text("1"), text("ä")], vec![text("2"), None]]);
    let none = app.execute("UPDATE t SET a = 3 WHERE false RETURNING a").unwrap();
    assert_eq!((none.rows.unwrap().columns, none.affected), (vec!["a".to_owned()], 0));
    assert_eq!(app.execute("").unwrap(), app.execute("-- nothing").unwrap());
    // These refuse to run inside a transaction, so nothing put one around them.
    for statement in ["VACUUM t", "CREATE INDEX CONCURRENTLY ON t (a)", "CREATE DATABASE other"] {
        app.execute(statement).unwrap();
    }
}

#[test]
fn several_statements_run_only_when_asked_for() {
    let (_scratch, mut app) = app();
    let text = "CREATE TABLE t (a int); INSERT INTO t VALUES (1) RETURNING a; TABLE t";
    assert_eq!(app.execute(text), Err(DbError::Statements { found: 3 }));
    assert_eq!(value(&mut app, "SELECT count(*) FROM pg_class WHERE relname = 't'"), "0");
    let outcomes = app.execute_script(text).unwrap();
    let rows: Vec<usize> = outcomes.iter().map(|outcome| outcome.rows.as_ref().map_or(0, |r| r.values.len())).collect();
    assert_eq!(rows, [0, 1, 1]);
    // All or nothing, and the place is one in the whole text.
    let text = "INSERT INTO t VALUES (2); INSERT INTO nowhere VALUES (3)";
    assert_eq!(sql(app.execute_script(text)).position, text.find("nowhere"));
    assert_eq!(value(&mut app, "SELECT count(*) FROM t"), "1");
}

#[test]
fn errors_are_values_with_places_in_bytes() {
    let (_scratch, mut app) = app();
    let text = "SELECT 'äöü€😀', missing";
    let error = sql(app.execute(text));
    assert_eq!(error.sqlstate, "42703");
    assert_eq!(error.position, text.find("missing"));
    assert_eq!(error.to_string(), "column \"missing\" does not exist (SQLSTATE 42703)");

    app.execute("CREATE TABLE t (a int PRIMARY KEY, b int REFERENCES t)").unwrap();
    let error = sql(app.execute("INSERT INTO t VALUES (1, 7)"));
    assert_eq!((error.sqlstate.as_str(), error.position), ("23503", None));
    assert_eq!(error.detail.as_deref(), Some("Key (b)=(7) is not present in table \"t\"."));

    let error = sql(app.execute("SELECT lower(1)"));
    assert!(error.hint.is_some_and(|hint| hint.contains("type casts")), "the hint is kept");

    let error = sql(app.execute("DO $$ BEGIN EXECUTE 'SELECT ''ä'', gone'; END $$"));
    let internal = error.internal.unwrap();
    assert_eq!((internal.text.as_str(), internal.position), ("SELECT 'ä', gone", "SELECT 'ä', ".len()));
    assert!(error.context.is_some_and(|context| context.contains("inline_code_block")));

    let error = sql(app.execute("SELECT 'a\0b'"));
    assert_eq!((error.sqlstate.as_str(), error.position), ("22021", Some(9)));
    assert_eq!(value(&mut app, "SELECT 1"), "1", "the connection is as good as before");
}

#[test]
fn transactions_keep_all_or_nothing() {
    let (_scratch, mut app) = app();
    app.execute("CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)").unwrap();
    let mut transaction = app.begin().unwrap();
    transaction.execute("INSERT INTO t VALUES (1)").unwrap();
    transaction.commit().unwrap();
    assert_eq!(value(&mut app, "SELECT count(*) FROM t"), "1");

    let mut transaction = app.begin().unwrap();
    transaction.execute("INSERT INTO t VALUES (2)").unwrap();
    drop(transaction);
    let mut transaction = app.begin().unwrap();
    transaction.execute("INSERT INTO t VALUES (3)").unwrap();
    transaction.rollback().unwrap();
    assert_eq!(value(&mut app, "SELECT count(*) FROM t"), "1");

    // The server would answer this COMMIT with a rollback, and call it a success.
    let mut transaction = app.begin().unwrap();
    transaction.execute("INSERT INTO t VALUES (4)").unwrap();
    let error = sql(transaction.execute("SELECT 1 / 0"));
    assert_eq!(sql(transaction.execute("SELECT 1")).sqlstate, "25P02");
    assert_eq!(sql(transaction.commit()), error);
    assert_eq!(value(&mut app, "SELECT count(*) FROM t"), "1");

    let mut transaction = app.begin().unwrap();
    for statement in ["INSERT INTO t VALUES (5)", "SAVEPOINT s"] {
        transaction.execute(statement).unwrap();
    }
    sql(transaction.execute("SELECT 1 / 0"));
    transaction.execute("ROLLBACK TO s").unwrap();
    transaction.commit().unwrap();
    assert_eq!(value(&mut app, "SELECT count(*) FROM t"), "2");

    let mut transaction = app.begin().unwrap();
    transaction.execute("INSERT INTO t VALUES (1)").unwrap();
    assert_eq!(sql(transaction.commit()).sqlstate, "23505", "what is deferred fails at the commit");
    assert_eq!(value(&mut app, "SELECT count(*) FROM t"), "2");
}

#[test]
fn copying_from_the_client_is_refused_before_it_begins() {
    let (_scratch, mut app) = app();
    app.execute("CREATE TABLE t (a int)").unwrap();
    let mut transaction = app.begin().unwrap();
    transaction.execute("INSERT INTO t VALUES (1)").unwrap();
    for statement in ["COPY t FROM STDIN", "COPY t TO STDOUT"] {
        assert_eq!(transaction.execute(statement), Err(DbError::CopyData));
    }
    transaction.commit().unwrap();
    assert_eq!(value(&mut app, "SELECT a FROM t"), "1");
}

#[test]
fn a_copy_that_nobody_saw_coming_hangs_nothing() {
    let (scratch, mut app) = app();
    app.execute("CREATE TABLE t (a int)").unwrap();
    // From here on the server ends strings elsewhere than the standard and we do.
    app.execute("SET standard_conforming_strings = off").unwrap();
    let mut transaction = app.begin().unwrap();
    assert_eq!(transaction.execute(r"SELECT 'a\'' ; COPY t FROM STDIN --'"), Err(DbError::CopyData));
    assert!(matches!(transaction.execute("SELECT 1"), Err(DbError::Lost { .. })));
    assert!(matches!(transaction.commit(), Err(DbError::Lost { .. })));
    drop(app);
    assert_eq!(value(&mut scratch.connect("app").unwrap(), "SELECT count(*) FROM t"), "0");
}
