//! Facts: each case holds two scripts; `report.txt` says in what their catalogs differ.
//!
//! `deparsed/right.sql` is what pg_dump of PostgreSQL 15 writes for `left.sql`.

use std::fs;
use std::path::{Path, PathBuf};

use tenet::catalog::facts::{Facts, Report};
use tenet::catalog::{Catalog, Origin};
use tenet::pg::Ident;
use tenet::replay::Replay;
use tenet::syntax::read;

use crate::fixture::{compare, entries, name, report};
use crate::server::Server;

fn replayed(sql: &str) -> Catalog {
    let mut replay = Replay::new(vec![Ident::exact("public")]).reading(tenet::syntax::program::READER);
    for statement in read::script(sql).statements {
        let statement = statement.outcome.unwrap_or_else(|error| panic!("{error:?} in {sql}"));
        let error = replay.step(&statement, Origin::default()).error;
        assert!(error.is_none(), "{error:?} in {statement}");
    }
    replay.catalog().clone()
}

fn differences(left: &str, right: &str) -> String {
    let [left, right] = [left, right].map(|sql| Facts::of(&replayed(sql)).lawful());
    let differences = tenet::catalog::facts::compare(&left, &right);
    Report { differences: &differences, left: "left", right: "right" }.to_string()
}

fn text(case: &Path, file: &str) -> String {
    fs::read_to_string(case.join(file)).unwrap_or_else(|error| panic!("{}/{file}: {error}", name(case)))
}

fn case(case: &Path) -> Result<(), String> {
    compare(&case.join("report.txt"), &differences(&text(case, "left.sql"), &text(case, "right.sql")))
}

#[test]
fn catalogs_differ_in_what_is_reported() {
    let cases: Vec<PathBuf> = entries("fixtures/facts");
    report(cases.len(), cases.iter().filter_map(|found| case(found).err()).collect());
}

/// What the server writes for a schema comes to the same catalog as what its author wrote.
#[test]
fn what_the_server_writes_is_the_same() {
    let server = Server::start();
    let cases = entries("fixtures/facts");
    let mut failures = Vec::new();
    for (at, found) in cases.iter().enumerate() {
        let database = format!("facts{at}");
        let sql = text(found, "left.sql");
        server.create(&database);
        server.psql(&database, &sql, &[]).unwrap_or_else(|error| panic!("{}: {error}", name(found)));
        let found = differences(&sql, &declarations(&server.dump(&database)));
        if !found.is_empty() {
            failures.push(format!("{database}\n{found}"));
        }
    }
    report(cases.len(), failures);
}

/// Leaves out what a dump says of its session and of owners.
fn declarations(dump: &str) -> String {
    let of_session = |line: &&str| {
        let session = line.starts_with("SET ") || line.starts_with("SELECT pg_catalog.set_config");
        !session && !line.contains(" OWNER TO ")
    };
    dump.lines().filter(of_session).map(|line| format!("{line}\n")).collect()
}
