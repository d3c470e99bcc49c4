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
    let projects = [entries("fixtures/projects"), entries("fixtures/build")].concat();
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

/// Verifies a project of these files, and returns what is printed and the exit code.
fn verified(name: &str, files: &[(&str, &str)]) -> (String, Option<i32>) {
    let folder = crate::fixture::TempFolder::new(name);
    fs::create_dir_all(folder.path().join("migrations")).unwrap();
    fs::write(folder.path().join("tenet.yaml"), "version: 1\ntenancy: { isolation: database }\n").unwrap();
    for (path, text) in files {
        fs::write(folder.path().join("migrations").join(path), text).unwrap();
    }
    let output = verify(folder.path());
    (text(&output.stdout), output.status.code())
}

#[test]
fn a_rollback_that_leaves_something_is_found() {
    let wrong = "-- tenet: rollback\n-- ALTER TABLE a DROP COLUMN b;\n-- tenet: end\n\
                 ALTER TABLE a ADD COLUMN b int, ADD COLUMN \"größe\" int;\n";
    let files = [
        ("0001_first.sql", "CREATE TABLE a (id int PRIMARY KEY, c text);\n"),
        ("0002_right.sql", "ALTER TABLE a DROP COLUMN c;\nCREATE INDEX CONCURRENTLY by_id ON a (id);\n"),
        ("0003_wrong.sql", wrong),
    ];
    let (found, code) = verified("verify_rollback", &files);
    assert_eq!(code, Some(1), "{found}");
    let agrees = "0002_right: the server agrees (2 statements)\n0003_wrong: the server agrees (1 statements)\n";
    assert!(found.contains(agrees), "{found}");
    assert!(found.contains("    rollback: not everything comes back\n    COLUMN public.a.\"größe\""), "{found}");
}

#[test]
fn migrations_are_tried_with_rows() {
    let first = "CREATE TYPE mood AS ENUM ('low', 'high');\n\
                 CREATE TABLE a (id serial PRIMARY KEY, m mood, kind text CHECK (kind IN ('x', 'y')), n numeric(6, 2), t varchar(4));\n\
                 CREATE TABLE b (id uuid PRIMARY KEY, a_id integer NOT NULL REFERENCES a, above uuid REFERENCES b, at date[]);\n\
                 CREATE TABLE shaped (code text PRIMARY KEY CHECK (code ~ '^[A-Z]{2}-\\d+$'), slug text NOT NULL CHECK (slug ~ '^[a-z-]+$' AND char_length(slug) BETWEEN 3 AND 5),
                   sku varchar(9) NOT NULL CHECK (sku LIKE 'S-%'), pin text NOT NULL CHECK (length(pin) = 4), age int NOT NULL CHECK (age >= 18 AND age < 130));\n\
                 CREATE TABLE odd (v integer NOT NULL CHECK (v * v = 961 AND v < 0));\n";
    let captured = "UPDATE a SET n = n * 2, t = NULL;\nDELETE FROM b WHERE above IS NULL;\n\
                    ALTER TABLE a ALTER n TYPE integer;\nALTER TABLE a DROP COLUMN m;\n\
                    SELECT setval('a_id_seq', 900);\nALTER TABLE odd ADD COLUMN w integer;\n";
    let declared = "-- tenet: rollback\n-- UPDATE b SET at = NULL;\n-- tenet: end\nUPDATE b SET at = '{2001-01-01}';\n";
    let tight = "ALTER TABLE b ADD COLUMN needed integer NOT NULL;\n";
    let files = [
        ("0001_first.sql", first),
        ("0002_captured.sql", captured),
        ("0003_declared.sql", declared),
        ("0004_tight.sql", tight),
    ];
    let (found, code) = verified("verify_rows", &files);
    assert_eq!(code, Some(0), "{found}");
    let expected = "0002_captured: the server agrees (6 statements)\n    no sample rows in public.odd: new row for relation \
                    \"odd\" violates check constraint \"odd_v_check\"\n0003_declared: the server agrees (1 statements)\n    \
                    rollback: loses table public.b: the same number of rows, but others\n";
    assert!(found.contains(expected), "{found}");
    assert!(found.contains("0004_tight: the server agrees (1 statements)\n    not tried with rows"), "{found}");
}

#[test]
fn a_way_back_written_by_hand_is_judged() {
    let files = [
        ("1_first.up.sql", "CREATE TABLE a (id int PRIMARY KEY, c text DEFAULT 'x');\nCREATE INDEX by_c ON a (c);\n"),
        ("1_first.down.sql", "DROP TABLE a;\n"),
        ("2_less.up.sql", "ALTER TABLE a DROP COLUMN c;\n"),
        ("2_less.down.sql", "ALTER TABLE a ADD COLUMN c text;\n"),
    ];
    let (found, code) = verified("verify_down", &files);
    assert_eq!(code, Some(0), "{found}");
    assert!(found.starts_with("1_first: the server agrees (2 statements)\n2_less: the server agrees"), "{found}");
    for lost in ["loses the values of `c` in `a`", "INDEX by_c ON public.a", "default: "] {
        assert!(found.contains(lost), "{lost}: {found}");
    }
}
