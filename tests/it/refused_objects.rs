//! Refused statements: the codes that the catalog gives are those of PostgreSQL.
//!
//! `statements.sql` runs statement by statement, in memory and in PostgreSQL; `expected.txt` has a line for each that is
//! refused.

use std::fs;
use std::path::Path;

use tenet::catalog::Origin;
use tenet::pg::Ident;
use tenet::replay::Replay;
use tenet::syntax::read;

use crate::fixture::{compare, entries, name, report};
use crate::server::Server;

/// The statements of a case as written.
fn statements(case: &Path) -> Vec<String> {
    let text = fs::read_to_string(case.join("statements.sql")).unwrap();
    let found = read::script(&text).statements;
    found.iter().map(|statement| text[statement.span.range()].to_owned()).collect()
}

fn in_memory(case: &Path) -> String {
    let mut replay = Replay::new(vec![Ident::exact("public")]);
    let text = fs::read_to_string(case.join("statements.sql")).unwrap();
    let mut refused = String::new();
    for statement in read::script(&text).statements {
        let written = &text[statement.span.range()];
        let parsed = statement.outcome.unwrap_or_else(|error| panic!("{error:?} in {written}"));
        if let Some(error) = replay.step(&parsed, Origin::default()).error {
            refused.push_str(&format!("{} {written}\n", error.sqlstate()));
        }
    }
    refused
}

fn in_postgres(server: &Server, case: &Path) -> String {
    server.create("refused");
    let mut refused = String::new();
    for statement in statements(case) {
        if let Err(error) = server.psql("refused", &format!("{statement};"), &["VERBOSITY=sqlstate"]) {
            let line = error.lines().find(|line| line.contains("ERROR:")).unwrap_or(&error);
            let code = line.rsplit(' ').next().unwrap_or(line);
            refused.push_str(&format!("{code} {statement}\n"));
        }
    }
    server.drop("refused");
    refused
}

#[test]
fn refused_statements_have_the_codes_of_postgres() {
    let server = Server::start();
    let cases = entries("fixtures/refused_objects");
    let failed = cases.iter().filter_map(|case| {
        let expected = case.join("expected.txt");
        let by_server = compare(&expected, &in_postgres(&server, case)).err();
        let own = fs::read_to_string(&expected).unwrap_or_default();
        let diff = similar::TextDiff::from_lines(own.as_str(), in_memory(case).as_str()).unified_diff().to_string();
        let differs = (!diff.is_empty()).then(|| format!("{}: PostgreSQL, and the catalog\n{diff}", name(case)));
        by_server.or(differs)
    });
    report(cases.len(), failed.collect());
}
