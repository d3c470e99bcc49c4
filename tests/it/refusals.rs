//! Scripts with refusals: each statement that a script marks `-- refused: <SQLSTATE>` is refused so in memory and by PostgreSQL; no
//! other one is.

use std::fs;
use std::path::Path;

use tenet::catalog::Origin;
use tenet::pg::Ident;
use tenet::replay::Replay;
use tenet::syntax::read;

use crate::fixture::{entries, name, report};
use crate::server::Server;

/// The codes that a script expects, in the order of its statements.
fn expected(sql: &str) -> Vec<&str> {
    sql.lines().filter_map(|line| line.strip_prefix("-- refused: ")).collect()
}

/// What the replay says of the statements in order: each with its code, or none.
fn replayed(sql: &str) -> Vec<String> {
    let mut replay = Replay::new(vec![Ident::exact("public")]);
    let statements = read::script(sql).statements.into_iter();
    let errors = statements.filter_map(|statement| {
        let statement = statement.outcome.unwrap_or_else(|error| panic!("{error:?} in {sql}"));
        replay.step(&statement, Origin::default()).error
    });
    errors.map(|error| error.sqlstate().to_owned()).collect()
}

fn differs(case: &Path, what: &str, actual: &[String]) -> Option<String> {
    let sql = fs::read_to_string(case).unwrap();
    let expected = expected(&sql);
    (expected != actual).then(|| format!("{}: {what}\n  expected {expected:?}\n  found    {actual:?}", name(case)))
}

#[test]
fn every_marked_statement_is_refused_in_memory() {
    let cases = entries("fixtures/refusals");
    let failures = cases.iter().filter_map(|case| {
        let sql = fs::read_to_string(case).unwrap();
        differs(case, "in memory", &replayed(&sql))
    });
    report(cases.len(), failures.collect());
}

#[test]
fn every_marked_statement_is_refused_by_postgres() {
    let server = Server::start();
    server.psql("postgres", "CREATE ROLE app;", &[]).unwrap();
    let cases = entries("fixtures/refusals");
    let failures = cases.iter().filter_map(|case| {
        server.create("a");
        let codes = server.sqlstates("a", &fs::read_to_string(case).unwrap());
        server.drop("a");
        differs(case, "by PostgreSQL", &codes)
    });
    report(cases.len(), failures.collect());
}
