//! Dumps of the example projects and of every kind of object, read back.

use std::fs;
use std::path::{Path, PathBuf};

use tenet::db::scratch::Content;
use tenet::db::{Scratch, ScratchOptions};

use crate::fixture::{entries, files_below, name, report, root};
use crate::read_back::{drop_subscriptions, read_back};

/// Roles that scripts speak of, and never make.
const ROLES: &[&str] =
    &["app", "app_user", "reader", "writer", "owner", "tenant", "alice", "bob", "lantern_app", "lantern_report"];

/// Scripts that one database runs one after another: what a project declares, or all that is said of a kind.
fn databases() -> Vec<(String, Vec<PathBuf>)> {
    let declared = entries("fixtures/projects").into_iter().map(|project| project.join("schema"));
    // A project may have a schema of each tenant beside that of all.
    let schemas = declared.filter(|schema| schema.is_dir()).flat_map(|schema| {
        let parts = entries(&name(&schema));
        if parts.iter().all(|part| part.is_dir()) { parts } else { vec![schema] }
    });
    let declared = schemas.map(|schema| (name(&schema), files_below(&schema)));
    let kinds = files_below(&root().join("fixtures/introspect"));
    declared.chain(kinds.into_iter().map(|file| (name(&file), vec![file]))).collect()
}

fn case(scratch: &Scratch, name: &str, files: &[PathBuf]) -> Result<(), String> {
    scratch.drop_database("walk").unwrap();
    scratch.create_database("walk", Content::Empty).unwrap();
    let text = |file: &PathBuf| fs::read_to_string(file).unwrap();
    let mut connection = scratch.connect("walk").unwrap();
    for file in files {
        connection.execute_script(&text(file)).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    drop(connection);
    let found = read_back(scratch, "walk", "postgres").map_err(|error| error.to_string());
    drop_subscriptions(&mut scratch.connect("walk").unwrap()).unwrap();
    let found = found?;
    assert!(found.statements > 5, "{name}: the dump is empty");
    let shown =
        |value: &Option<tenet::catalog::facts::Value>| value.as_ref().map_or("-".to_owned(), ToString::to_string);
    let differences = found.differences.iter().map(|found| {
        let property = found.property.as_deref().unwrap_or("all of it");
        let (left, right) = (shown(&found.left), shown(&found.right));
        format!("{} {property}: {:?}\n    replay {left}\n    server {right}", found.address, found.certainty)
    });
    let failures: Vec<String> = found.problems.iter().cloned().chain(differences).collect();
    if failures.is_empty() { Ok(()) } else { Err(format!("{name}:\n{}", failures.join("\n"))) }
}

#[test]
fn dumps_are_read_back() {
    let bin = std::env::var_os("TENET_POSTGRES_BIN").map(PathBuf::from);
    if bin.as_deref().is_some_and(|bin| !Path::new(bin).join("pg_dump").exists()) {
        eprintln!("there is no pg_dump among these programs");
        return;
    }
    let scratch = Scratch::start(ScratchOptions { bin, ..ScratchOptions::default() }).unwrap();
    ROLES.iter().for_each(|role| scratch.create_role_if_missing(role).unwrap());
    let databases = databases();
    let failures = databases.iter().filter_map(|(name, files)| case(&scratch, name, files).err()).collect();
    report(databases.len(), failures);
}
