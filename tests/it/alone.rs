//! What is said of a file does not depend on which others are asked about: of those, less is read.

use std::fs;
use std::path::{Path, PathBuf};

use tenet::check;
use tenet::finding::{FileId, Finding};
use tenet::project::{Location, Overrides, Project, SettingsFile};
use tenet::report::{CheckOutcome, StatementEntry};

use crate::fixture::{TempFolder, entries};

type Said = (Vec<StatementEntry>, Vec<Finding>);

/// What a check says of one file.
fn said(outcome: &CheckOutcome, file: FileId) -> Said {
    let statements = outcome.statements.iter().filter(|entry| entry.file == file).cloned().collect();
    (statements, outcome.findings.iter().filter(|finding| finding.file == file).cloned().collect())
}

fn project(root: &Path) -> Project {
    let location = Location { root: root.to_owned(), settings: SettingsFile::Present };
    Project::load(&location, &Overrides::default(), &[]).unwrap_or_else(|error| panic!("{}: {error}", root.display()))
}

fn compare(root: &Path) -> usize {
    let project = project(root);
    let all = check::run(&project, &project.selected);
    for file in &project.selected {
        let path = &project.file(*file).path;
        let alone = check::run(&project, &[*file]);
        assert_eq!(said(&alone, *file), said(&all, *file), "{path} of {} by itself", root.display());
    }
    project.selected.len()
}

#[test]
fn a_file_is_judged_alike_by_itself_and_among_others() {
    let projects: Vec<PathBuf> = entries("fixtures/projects");
    let files: usize = projects.iter().map(|root| compare(root)).sum();
    assert!(files > 20, "{files} files");
}

#[test]
fn inserts_that_nobody_asks_about_still_do_what_they_call() {
    let settings = "version: 1\ntenancy:\n  root: { table: accounts, column: id }\n  tables: { jobs: global }\n";
    let first = "CREATE TABLE accounts (id uuid PRIMARY KEY, name text);\nCREATE TABLE jobs (id int, what text, n int);\n\
        CREATE FUNCTION run(what text) RETURNS text LANGUAGE plpgsql AS $$\nBEGIN\n  EXECUTE what;\n  RETURN what;\nEND $$;\n";
    let inserts = [
        "INSERT INTO jobs VALUES (1, 'it''s; CREATE TABLE x (id int)', 2), (-2, E'a\\';b', 3)",
        "INSERT INTO jobs VALUES (1, run('ALTER TABLE accounts DROP COLUMN name'), 2)",
        "INSERT INTO jobs (id, what) VALUES (1, $$;$$), (2, (SELECT run('x'))), (NULL, DEFAULT)",
        "/* INSERT /* nested */ */ INSERT INTO jobs SELECT 1, run('x'), v.n FROM (VALUES (1, 'a'), (2, 'b')) v (n, t)",
        "WITH w AS (INSERT INTO jobs VALUES (1, run('x'), 3) RETURNING id) INSERT INTO jobs VALUES (1, 'x', 2)",
        "INSERT INTO jobs VALUES (1, set_config('search_path', 'other', false), 2)",
        "INSERT INTO jobs VALUES (1, text 'x', DEFAULT) RETURNING run('x')",
        "INSERT INTO jobs VALUES (1, 'a' 'b', 2)",
        "SET standard_conforming_strings = off;\nINSERT INTO jobs VALUES (1, 'a\\'; CREATE TABLE y (id int); --', 2)",
        "COPY jobs FROM STDIN;\n1\tINSERT INTO jobs VALUES (1);\t2\n\\.\nINSERT INTO jobs VALUES (1, 'x', 2)",
    ];
    for (number, insert) in inserts.iter().enumerate() {
        let folder = TempFolder::new(&format!("alone-{number}"));
        fs::create_dir_all(folder.path().join("migrations")).unwrap();
        let write = |path: &str, text: &str| fs::write(folder.path().join(path), text).unwrap();
        write("tenet.yaml", settings);
        write("migrations/0001_first.sql", first);
        write("migrations/0002_insert.sql", &format!("{insert};\n"));
        write(
            "migrations/0003_last.sql",
            "UPDATE accounts SET name = 'x' WHERE id = :'tenant_id';\nSELECT name FROM accounts WHERE id = :'tenant_id';\n",
        );
        assert_eq!(compare(folder.path()), 3, "{insert}");
    }
}
