//! Random changes of one tenant's rows, undone: every tenant's rows are what they were, byte by byte.
//!
//! `TENET_UNDO_SEED` chooses the changes, `TENET_UNDO_SECONDS` how long they go on, and `TENET_UNDO_ONE` one of them.

mod statements;
mod writers;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::capture::{all, build, rows, same, scripts, start, there_and_back};
use crate::fixture::{TempFolder, root};
use crate::server::Server;
use statements::{Random, change};

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Writes a case as those of `fixtures/capture` are.
fn case(name: &str, change: &str) -> TempFolder {
    let folder = TempFolder::new(name);
    for file in ["tenet.yaml", "schema.sql", "rows.sql"] {
        fs::copy(root().join("fixtures/undo").join(file), folder.path().join(file)).unwrap();
    }
    fs::write(folder.path().join("change.sql"), change).unwrap();
    folder
}

/// What came of a change.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Undone,
    /// The server refuses it, and nothing is changed.
    Refused,
    Nothing,
}

fn walk(server: &Server, case: &Path) -> Result<End, String> {
    let folder = build(case)?;
    let before = start(server, case, folder.path())?;
    let end = match all(server, &scripts(folder.path(), "0002_change", "forward")) {
        Err(_) => same("a refused change changes nothing", &before, &rows(server)).map(|()| End::Refused),
        Ok(()) if rows(server) == before => Ok(End::Nothing),
        Ok(()) => others(&before, &rows(server)).map(|()| End::Undone),
    };
    server.drop("app");
    if end? != End::Undone {
        return Ok(End::Refused);
    }
    there_and_back(server, case, folder.path())?;
    Ok(End::Undone)
}

/// A change forward leaves the rows of others alone; those of `boxes` and `tags` begin with their own keys.
fn others(before: &str, after: &str) -> Result<(), String> {
    let own = |line: &&str| line.contains("|(1,") || line.contains("|(3,");
    let of = |text: &str| {
        text.lines()
            .filter(own)
            .filter(|line| !line.starts_with("boxes") && !line.starts_with("tags"))
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    same("rows of other tenants behind the change", &of(before), &of(after))
}

#[test]
fn random_changes_are_undone_to_the_byte() {
    let (seed, seconds) = (number("TENET_UNDO_SEED", 1), number("TENET_UNDO_SECONDS", 40));
    let server = Server::start();
    let begin = Instant::now();
    let only = std::env::var("TENET_UNDO_ONE").ok().and_then(|text| text.parse::<u64>().ok());
    let (mut undone, mut refused, mut failures) = (0, 0, Vec::new());
    for at in 0.. {
        if begin.elapsed() > Duration::from_secs(seconds) || only.is_some_and(|only| at > only) {
            break;
        }
        if only.is_some_and(|only| at < only) {
            continue;
        }
        let text = change(&mut Random::new(seed * 1_000_000 + at));
        let case = case("undo", &text);
        match walk(&server, case.path()) {
            Ok(End::Undone) => undone += 1,
            Ok(_) => refused += 1,
            Err(error) => failures.push(format!("seed {seed}, change {at}:\n{text}\n{error}")),
        }
        let _ = server.psql("postgres", "DROP DATABASE IF EXISTS app WITH (FORCE)", &[]);
    }
    println!("{undone} undone, {refused} refused or without effect, {} wrong", failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(undone > 0 || only.is_some(), "nothing was tried");
}
