//! `tenet verify`: the histories of the example projects, and a history that PostgreSQL does not take.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::fixture::{entries, name, report, root};

fn verify(project: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenet"));
    command.args(["verify", "--project"]).arg(project).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Projects whose replay does not say yet what the server says; the list may only shrink.
const KNOWN: &[&str] = &[];

#[test]
fn the_server_agrees_with_every_example() {
    let mut failures = Vec::new();
    let projects = entries("fixtures/projects");
    for project in &projects {
        let output = verify(project);
        let good = output.status.success();
        if good == KNOWN.contains(&name(project).as_str()) {
            failures.push(format!("{}: {}{}", name(project), text(&output.stdout), text(&output.stderr)));
        }
    }
    report(projects.len(), failures);
}

#[test]
fn what_the_server_refuses_is_named_with_its_place() {
    let folder = root().join("target/tmp/verify_refused");
    let migrations = folder.join("migrations");
    fs::create_dir_all(&migrations).unwrap();
    fs::write(folder.join("tenet.yaml"), "version: 1\ntenancy: { isolation: database }\n").unwrap();
    fs::write(migrations.join("0001_first.sql"), "CREATE TABLE a (id int PRIMARY KEY);\n").unwrap();
    let second = "-- ä\nALTER TABLE a ADD COLUMN b int;\nALTER TABLE a ADD CHECK (no_such_function(b));\n";
    fs::write(migrations.join("0002_second.sql"), second).unwrap();
    let output = verify(&folder);
    assert_eq!(output.status.code(), Some(1));
    let found = text(&output.stdout);
    assert!(found.starts_with("0001_first: the server agrees (1 statements)\n"), "{found}");
    assert!(found.contains("0002_second: the server refuses migrations/0002_second.sql:3:1"), "{found}");
    assert!(found.contains("42883"), "{found}");
}

#[test]
fn a_server_that_is_not_there_is_said() {
    let output = Command::new(env!("CARGO_BIN_EXE_tenet"))
        .args(["verify", "--url", "postgresql://nobody@127.0.0.1:1/none", "--project"])
        .arg(root().join("fixtures/projects/shop"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
}
