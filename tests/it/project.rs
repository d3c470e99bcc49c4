//! What the file system can do to a project: links, folders, places.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tenet::project::{Location, Overrides, Project, ProjectError, SettingsFile};

use crate::fixture::TempFolder;

fn folder(name: &str, files: &[(&str, &str)]) -> TempFolder {
    let folder = TempFolder::new(name);
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn load(root: &Path, paths: &[&str]) -> Result<Project, ProjectError> {
    let location = Location { root: root.to_owned(), settings: SettingsFile::Present };
    let paths: Vec<PathBuf> = paths.iter().map(|path| root.join(path)).collect();
    Project::load(&location, &Overrides::default(), &paths)
}

fn shown(project: &Project) -> Vec<&str> {
    project.selected.iter().map(|id| project.file(*id).path.as_str()).collect()
}

const PROJECT: &[(&str, &str)] = &[
    ("tenet.yaml", "version: 1\ntenancy: { root: { table: accounts, column: id } }\n"),
    ("schema/accounts.sql", "CREATE TABLE accounts (id uuid PRIMARY KEY, plan text);\n"),
    ("migrations/0001_accounts.sql", "CREATE TABLE accounts (id uuid PRIMARY KEY);\n"),
    ("migrations/0002_plan.sql", "ALTER TABLE accounts ADD COLUMN plan text;\n"),
    ("scripts/once.sql", "SELECT 1;\n"),
];

#[test]
fn a_link_back_to_a_folder_above_is_not_followed() {
    let folder = folder("loop", PROJECT);
    symlink(folder.path(), folder.path().join("schema/all")).unwrap();
    symlink("../schema", folder.path().join("schema/self")).unwrap();
    let project = load(folder.path(), &[]).unwrap();
    let schema: Vec<&str> = project.schema.iter().map(|id| project.file(*id).path.as_str()).collect();
    // Through the first link the whole project is seen once more; what it shows of migrations stays migrations.
    assert_eq!(schema, ["schema/accounts.sql", "schema/all/scripts/once.sql"]);
    assert_eq!(project.files.len(), 4, "no file is read twice");
}

#[test]
fn a_link_to_nothing_is_an_error() {
    let folder = folder("dangling", PROJECT);
    symlink("missing.sql", folder.path().join("migrations/0003_x.sql")).unwrap();
    match load(folder.path(), &[]) {
        Err(ProjectError::Io { path, .. }) => assert_eq!(path, "migrations/0003_x.sql"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn named_files_are_selected_once_and_judged_against_the_rest() {
    let folder = folder("selected", PROJECT);
    let project =
        load(folder.path(), &["migrations/0002_plan.sql", "scripts", "migrations/../scripts/once.sql"]).unwrap();
    assert_eq!(shown(&project), ["migrations/0002_plan.sql", "scripts/once.sql"]);
    assert_eq!(project.loose.len(), 1);
    assert_eq!(project.histories[0].1.migrations.len(), 2, "the whole history is there");
    assert_eq!(shown(&load(folder.path(), &[]).unwrap()).len(), 3, "scripts are no part of the project");
}

#[test]
fn the_project_is_found_from_a_folder_below_it() {
    let folder = folder("below", PROJECT);
    let run = |below: &str, arguments: &[&str], checkout: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenet"));
        command.args(arguments).current_dir(folder.path().join(below)).env_remove("GITHUB_ACTIONS");
        command.env("GITHUB_WORKSPACE", folder.path().join(checkout));
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert_eq!(run("scripts", &["check"], ""), "2 migrations, 0 findings\n");
    assert_eq!(run("scripts", &["check", "once.sql"], ""), "1 file, 0 findings\n");
    // GitHub knows only paths from the top of the checkout.
    fs::write(folder.path().join("scripts/latin1.sql"), b"-- \xe9\n").unwrap();
    fs::write(folder.path().join("scripts/tenet.yaml"), "version: 1\n").unwrap();
    let annotated = run("scripts", &["check", "latin1.sql", "--format", "github"], "");
    assert!(annotated.starts_with("::error file=scripts/latin1.sql,line=1,"), "{annotated}");
    let elsewhere = run("scripts", &["check", "latin1.sql", "--format", "github"], "migrations");
    assert!(elsewhere.starts_with("::error file=latin1.sql,line=1,"), "{elsewhere}");
}
