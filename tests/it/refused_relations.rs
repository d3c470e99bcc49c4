//! Refusals: what PostgreSQL refuses is refused by the replay with the same SQLSTATE.
//!
//! Each statement of `refused.sql` meets what `before.sql` made; `codes.txt` has a line for each, as the server says it.

use std::fs;
use std::path::{Path, PathBuf};

use tenet::catalog::Origin;
use tenet::pg::Ident;
use tenet::replay::Replay;
use tenet::syntax::read;

use crate::fixture::{compare, entries, name, report};
use crate::server::Server;

fn text(case: &Path, file: &str) -> String {
    fs::read_to_string(case.join(file)).unwrap_or_else(|error| panic!("{}/{file}: {error}", name(case)))
}

/// The statements of a case, each as its own script.
fn statements(case: &Path) -> Vec<String> {
    let text = text(case, "refused.sql");
    text.split_inclusive(";\n").map(str::to_owned).filter(|sql| !sql.trim().is_empty()).collect()
}

fn in_memory(case: &Path) -> Result<(), String> {
    let mut replay = Replay::new(vec![Ident::exact("public")]);
    for statement in read::script(&text(case, "before.sql")).statements {
        let statement = statement.outcome.unwrap_or_else(|error| panic!("{error:?} in {}", name(case)));
        let step = replay.step(&statement, Origin::default());
        assert!(step.error.is_none(), "{}/before.sql: {:?}", name(case), step.error);
    }
    let mut codes = String::new();
    for sql in statements(case) {
        let mut after = replay.clone();
        let read = read::script(&sql).statements.into_iter().map(|statement| statement.outcome.unwrap());
        let errors: Vec<_> = read.filter_map(|found| after.step(&found, Origin::default()).error).collect();
        codes.push_str(errors.first().map_or("none", |error| error.sqlstate()));
        codes.push('\n');
    }
    let expected = text(case, "codes.txt");
    if codes == expected {
        return Ok(());
    }
    let found = statements(case).into_iter().zip(expected.lines().zip(codes.lines()));
    let wrong = found.filter(|(_, (expected, actual))| expected != actual);
    let lines: Vec<String> = wrong.map(|(sql, codes)| format!("{codes:?} {sql}")).collect();
    Err(format!("{}: expected, actual\n{}", name(case), lines.concat()))
}

fn in_postgres(server: &Server, case: &Path) -> Result<(), String> {
    server.create("refused");
    let made =
        server.psql("refused", &text(case, "before.sql"), &[]).map_err(|error| format!("{}: {error}", name(case)));
    let code = |sql: String| match server.psql("refused", &sql, &["VERBOSITY=sqlstate"]) {
        Ok(_) => "none\n".to_owned(),
        Err(error) => format!("{}\n", error.trim().rsplit(' ').next().unwrap_or_default()),
    };
    let codes: String = statements(case).into_iter().map(code).collect();
    server.drop("refused");
    made.map(|_| ())?;
    compare(&case.join("codes.txt"), &codes)
}

fn cases() -> Vec<PathBuf> {
    entries("fixtures/refused_relations")
}

#[test]
fn the_server_refuses_with_these_codes() {
    let server = Server::start();
    report(cases().len(), cases().iter().filter_map(|case| in_postgres(&server, case).err()).collect());
}

#[test]
fn the_replay_refuses_with_the_codes_of_the_server() {
    report(cases().len(), cases().iter().filter_map(|case| in_memory(case).err()).collect());
}
