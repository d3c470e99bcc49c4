//! `tenet build`: what it writes, and that psql runs it.
//!
//! A case is a project; `expected/` holds what its build folder must hold, checksums masked: they are proved apart.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tenet::emit::checksum;

use crate::fixture::{TempFolder, compare, entries, files_below, name, report};
use crate::server::Server;

/// A tenant that the cases' root knows.
const TENANT: &str = "11111111-1111-1111-1111-111111111111";

fn cases() -> Vec<PathBuf> {
    entries("fixtures/build")
}

/// Builds a copy of a case, and returns it with what the program printed.
fn build(case: &Path) -> (TempFolder, String) {
    let folder = TempFolder::new(&name(case));
    for part in ["tenet.yaml", "migrations"] {
        let from = case.join(part);
        match from.is_dir() {
            true => files_below(&from).iter().for_each(|file| {
                let to = folder.path().join(file.strip_prefix(case).unwrap());
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::copy(file, to).unwrap();
            }),
            false => drop(fs::copy(&from, folder.path().join(part)).unwrap()),
        }
    }
    let printed = run(folder.path());
    (folder, printed)
}

fn run(project: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_tenet")).arg("build").arg("--project").arg(project).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

/// Puts a word in the place of every checksum.
fn masked(text: &str) -> String {
    let mut parts = text.split("sha256:");
    let first = parts.next().unwrap_or("").to_owned();
    parts.fold(first, |all, part| format!("{all}sha256:…{}", &part[64..]))
}

fn golden(case: &Path) -> Result<(), String> {
    let (folder, printed) = build(case);
    let built = folder.path().join("build");
    let expected = case.join("expected");
    assert!(!printed.is_empty(), "{}: nothing was written", name(case));
    assert_eq!(run(folder.path()), "", "{}: a second build has nothing to write", name(case));
    let mut failures = Vec::new();
    for file in files_below(&built).iter().filter(|file| !file.starts_with(built.join("0000_ledger"))) {
        let text = fs::read_to_string(file).unwrap();
        let place = expected.join(file.strip_prefix(&built).unwrap());
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        failures.extend(compare(&place, &masked(&text)).err());
        if file.ends_with("plan.yaml") {
            failures.extend(unproved(folder.path(), file, &text));
        }
    }
    for file in files_below(&expected) {
        if !built.join(file.strip_prefix(&expected).unwrap()).is_file() {
            failures.push(format!("{}: not built", name(&file)));
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

/// Every `file:` of a plan is followed or preceded by its checksum.
fn unproved(project: &Path, plan: &Path, text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(|line| line.trim_start_matches(['-', ' '])).collect();
    let pairs = lines
        .windows(2)
        .filter_map(|pair| Some((pair[0].strip_prefix("file: ")?, pair[1].strip_prefix("checksum: ")?)));
    let wrong = pairs.filter(|(file, sum)| {
        let beside = plan.with_file_name(file);
        let place = if beside.is_file() { beside } else { project.join(file) };
        checksum(&fs::read_to_string(place).unwrap()) != *sum
    });
    wrong.map(|(file, _)| format!("{}: wrong checksum of {file}", plan.display())).collect()
}

/// The scripts of a build that go one way, in order of their migrations and phases.
fn scripts(project: &Path, way: &str) -> Vec<PathBuf> {
    let ledger = project.join("build/0000_ledger");
    let all = files_below(&project.join("build")).into_iter();
    all.filter(|file| file.to_string_lossy().ends_with(&format!(".{way}.sql")) && !file.starts_with(&ledger)).collect()
}

fn psql(server: &Server, script: &Path) -> Result<String, String> {
    let tenant = format!("tenant_id={TENANT}");
    let sql = fs::read_to_string(script).unwrap();
    server.psql("app", &sql, &[&tenant]).map_err(|error| format!("{}: {error}", script.display()))
}

/// Runs a build forwards, twice, then backwards, and returns the script at which the way back ends.
/// Drops what was recorded.
const FORGET: &str = "SELECT format('DROP TABLE %s', c.oid::regclass) FROM pg_class AS c
WHERE c.relnamespace = 'tenet_undo'::regnamespace AND c.relkind = 'r' \\gexec\n";

fn there_and_back(server: &Server, case: &Path) -> Result<Option<String>, String> {
    let (folder, _) = build(case);
    let ledger = folder.path().join("build/0000_ledger");
    server.create("app");
    if name(case).ends_with("schema_isolation") {
        server.psql("app", &format!("CREATE SCHEMA \"t_{TENANT}\""), &[])?;
    }
    psql(server, &ledger.join("forward.sql"))?;
    psql(server, &ledger.join("forward.sql"))?;
    let mut before: Vec<String> = Vec::new();
    for script in scripts(folder.path(), "forward") {
        before.push(server.dump_without_records("app"));
        psql(server, &script)?;
        let after = server.dump_without_records("app");
        psql(server, &script)?;
        assert_eq!(after, server.dump_without_records("app"), "{}: a second run does nothing", script.display());
        if script.ends_with("0001_orders/01.shared.forward.sql") {
            server.psql("app", &format!("INSERT INTO accounts VALUES ('{TENANT}', 'acme')"), &[])?;
            server.psql("app", &format!("INSERT INTO orders (tenant_id) VALUES ('{TENANT}')"), &[])?;
        }
    }
    for (script, before) in scripts(folder.path(), "rollback").iter().zip(&before).rev() {
        if let Err(error) = psql(server, script) {
            let place = script.strip_prefix(folder.path()).unwrap().display().to_string();
            server.drop("app");
            return if error.contains("the rollback stops at") { Ok(Some(place)) } else { Err(error) };
        }
        let now = server.dump_without_records("app");
        if now != *before {
            let diff = similar::TextDiff::from_lines(before, &now);
            return Err(format!("{}\n{}", script.display(), diff.unified_diff().header("before", "after")));
        }
    }
    // Rows that were recorded stay for a while, and the ledger with them.
    server.psql("app", FORGET, &[])?;
    psql(server, &ledger.join("rollback.sql"))?;
    server.drop("app");
    Ok(None)
}

#[test]
fn builds_hold_what_is_expected() {
    let cases = cases();
    report(cases.len(), cases.iter().filter_map(|case| golden(case).err()).collect());
}

#[test]
fn psql_runs_builds_there_and_back() {
    let server = Server::start();
    let cases = cases();
    let mut failures = Vec::new();
    for case in &cases {
        let ends = match there_and_back(&server, case) {
            Ok(ends) => ends,
            Err(error) => {
                failures.push(error);
                server.drop("app");
                continue;
            }
        };
        let expected = name(case).ends_with("stops").then(|| "build/0002_held/02.shared.rollback.sql".to_owned());
        if ends != expected {
            failures.push(format!("{}: the way back ends at {ends:?}, not at {expected:?}", name(case)));
        }
    }
    report(cases.len(), failures);
}
