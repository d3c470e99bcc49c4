//! Refusals: the last statement of each case is refused, by replay and by PostgreSQL alike; its first line names the code.

use std::fs;
use std::path::PathBuf;

use tenet::catalog::Origin;
use tenet::pg::Ident;
use tenet::replay::Replay;
use tenet::syntax::{program, read};

use crate::fixture::{entries, name, report};
use crate::server::Server;

/// Cases that replay lets pass still, with what is missing; a case that is refused must leave this list.
const NOT_YET: &[(&str, &str)] = &[];

struct Case {
    path: PathBuf,
    sqlstate: String,
    before: String,
    last: String,
}

fn cases() -> Vec<Case> {
    let cases = entries("fixtures/refused").into_iter().map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        let sqlstate = text.lines().next().unwrap().trim_start_matches("-- ").to_owned();
        let last = read::script(&text).statements.last().unwrap().span;
        let (before, rest) = text.split_at(last.start as usize);
        Case { path, sqlstate, before: before.to_owned(), last: rest.to_owned() }
    });
    cases.collect()
}

/// Returns the code of the last statement's refusal.
fn replayed(case: &Case) -> Result<Option<String>, String> {
    let mut replay = Replay::new(vec![Ident::exact("public")]).reading(program::READER);
    for statement in read::script(&case.before).statements {
        let step = replay.step(&statement.outcome.unwrap(), Origin::default());
        if let Some(error) = step.error {
            return Err(format!("{}: {error}", name(&case.path)));
        }
    }
    let before = replay.catalog().clone();
    let last = read::script(&case.last).statements.remove(0).outcome.unwrap();
    let refusal = replay.step(&last, Origin::default()).refusal;
    let code = refusal.map(|refusal| refusal.error.sqlstate().to_owned());
    match code.is_some() && *replay.catalog() != before {
        true => Err(format!("{}: what is refused changed the catalog", name(&case.path))),
        false => Ok(code),
    }
}

#[test]
fn replay_refuses_what_the_case_says() {
    let mut failures = Vec::new();
    let cases = cases();
    for case in &cases {
        let stem = case.path.file_stem().unwrap().to_str().unwrap();
        let excused = NOT_YET.iter().any(|(name, _)| *name == stem);
        match replayed(case) {
            Err(error) if !excused => failures.push(error),
            Ok(code) if (code.as_ref() == Some(&case.sqlstate)) == excused => {
                let said = code.as_deref().unwrap_or("nothing");
                failures.push(format!("{}: {said}, not {}", name(&case.path), case.sqlstate));
            }
            _ => {}
        }
    }
    report(cases.len(), failures);
}

#[test]
fn the_server_refuses_what_the_case_says() {
    let server = Server::start();
    let mut failures = Vec::new();
    let cases = cases();
    for (at, case) in cases.iter().enumerate() {
        let database = format!("refused{at}");
        server.create(&database);
        server.psql(&database, &case.before, &[]).unwrap_or_else(|error| panic!("{}: {error}", name(&case.path)));
        let verbose = format!("\\set VERBOSITY sqlstate\n{}", case.last);
        match server.psql(&database, &verbose, &[]) {
            Ok(_) => failures.push(format!("{}: the server takes it", name(&case.path))),
            Err(error) if error.contains(&format!("ERROR:  {}", case.sqlstate)) => {}
            Err(error) => failures.push(format!("{}: {error}", name(&case.path))),
        }
    }
    report(cases.len(), failures);
}
