//! Rows that migrations change, recorded and brought back, on PostgreSQL with psql.
//!
//! A case is a schema, rows of three tenants, and a change; it runs for the second of them. With `between.sql`, what the
//! application did before the rollback, `conflicts.txt` says what each policy makes of it; with `drift.sql`, what the server has
//! and the project does not know, `refused.txt` says why nothing is changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fixture::{TempFolder, compare, entries, files_below, name, report};
use crate::server::Server;

const TENANT: &str = "tenant_id=2";

/// Every row of every table that is not tenet's own.
const ROWS: &str = "SELECT format('SELECT %L, r::text FROM %s AS r ORDER BY 2', c.oid::regclass, c.oid::regclass)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'tenet%' AND n.nspname NOT LIKE 'pg_t%'
ORDER BY 1 \\gexec\n";

/// Undoes what was undone.
const REDO: &str = "SELECT tenet.undo(tenant, version, phase, step, 'rollback') FROM tenet.capture
WHERE way = 'rollback' AND undone_at IS NULL ORDER BY id\n";

const UNDO: &str = "SELECT tenet.undo(tenant, version, phase, step) FROM tenet.capture
WHERE way = 'forward' AND undone_at IS NULL ORDER BY id DESC\n";

/// What recording leaves behind.
const LEFT: &str = "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'zzz_tenet%'
UNION ALL SELECT relname FROM pg_class WHERE relnamespace = 'tenet_undo'::regnamespace AND relkind = 'r'
UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'tenet_undo'::regnamespace";

pub fn build(case: &Path) -> Result<TempFolder, String> {
    let folder = TempFolder::new(&name(case));
    fs::create_dir_all(folder.path().join("migrations")).unwrap();
    for (from, to) in [
        ("tenet.yaml", "tenet.yaml"),
        ("schema.sql", "migrations/0001_schema.sql"),
        ("change.sql", "migrations/0002_change.sql"),
    ] {
        fs::copy(case.join(from), folder.path().join(to)).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenet"));
    let output = command.arg("build").arg("--project").arg(folder.path()).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { Ok(folder) } else { Err(format!("{}: {printed}", name(case))) }
}

pub fn scripts(project: &Path, migration: &str, way: &str) -> Vec<PathBuf> {
    let all = files_below(&project.join("build").join(migration)).into_iter();
    let mut found: Vec<PathBuf> = all.filter(|file| file.to_string_lossy().ends_with(&format!(".{way}.sql"))).collect();
    if way == "rollback" {
        found.reverse();
    }
    found
}

pub fn file(server: &Server, path: &Path) -> Result<String, String> {
    let sql = fs::read_to_string(path).unwrap();
    server.psql("app", &sql, &[TENANT]).map_err(|error| format!("{}: {error}", path.display()))
}

pub fn all(server: &Server, scripts: &[PathBuf]) -> Result<(), String> {
    scripts.iter().try_for_each(|script| file(server, script).map(drop))
}

pub fn rows(server: &Server) -> String {
    server.psql("app", ROWS, &[]).unwrap()
}

pub fn same(what: &str, expected: &str, actual: &str) -> Result<(), String> {
    if expected == actual {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(expected, actual);
    Err(format!("{what}\n{}", diff.unified_diff().header("expected", "found")))
}

/// Makes the database as it is before the change, and returns its rows.
pub fn start(server: &Server, case: &Path, project: &Path) -> Result<String, String> {
    server.create("app");
    file(server, &project.join("build/0000_ledger/forward.sql"))?;
    all(server, &scripts(project, "0001_schema", "forward"))?;
    file(server, &case.join("rows.sql"))?;
    Ok(rows(server))
}

/// Forward, back, forward again from the record, back again: the rows are the same each time.
pub fn there_and_back(server: &Server, case: &Path, project: &Path) -> Result<(), String> {
    let before = start(server, case, project)?;
    all(server, &scripts(project, "0002_change", "forward"))?;
    let after = rows(server);
    if before == after {
        return Err("the change changes nothing".into());
    }
    let back = scripts(project, "0002_change", "rollback");
    let (shared, own): (Vec<PathBuf>, Vec<PathBuf>) =
        back.into_iter().partition(|script| script.to_string_lossy().contains(".shared."));
    if own.is_empty() {
        all(server, &shared)?;
        return same("after the rollback", &before, &rows(server));
    }
    all(server, &own)?;
    same("after the rollback", &before, &rows(server))?;
    server.psql("app", REDO, &[])?;
    same("after undoing the rollback", &after, &rows(server))?;
    server.psql("app", UNDO, &[])?;
    same("after undoing that", &before, &rows(server))?;
    if !shared.is_empty() {
        all(server, &shared)?;
        same("left behind", "", &server.psql("app", LEFT, &[])?)?;
    }
    Ok(())
}

/// Says what a rollback makes of rows that were changed since, by policy.
fn conflicts(server: &Server, case: &Path, project: &Path) -> Result<(), String> {
    let mut text = String::new();
    for policy in ["fail", "skip", "force"] {
        let before = start(server, case, project)?;
        all(server, &scripts(project, "0002_change", "forward"))?;
        file(server, &case.join("between.sql"))?;
        let between = rows(server);
        let script = scripts(project, "0002_change", "rollback");
        let own = script.iter().find(|script| script.to_string_lossy().contains(".tenant.")).unwrap();
        let sql = format!("SET tenet.conflicts = '{policy}';\n{}", fs::read_to_string(own).unwrap());
        text.push_str(&format!("{policy}\n"));
        let now = match server.psql("app", &sql, &[TENANT]) {
            Ok(_) => {
                let listed = "SELECT relation || ' (' || key || ') ' || reason FROM tenet.capture_conflict ORDER BY id";
                text.push_str(&server.psql("app", listed, &[]).unwrap());
                rows(server)
            }
            Err(error) => {
                let told =
                    error.lines().skip_while(|line| !line.contains("DETAIL:")).take_while(|l| !l.contains("HINT:"));
                text.extend(told.map(|line| format!("{}\n", line.trim_start_matches("DETAIL:").trim())));
                same("a refused rollback changes nothing", &between, &rows(server))?;
                between
            }
        };
        let diff = similar::TextDiff::from_lines(&before, &now);
        for change in diff.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal) {
            text.push_str(&format!("  {}{change}", change.tag()));
        }
        server.drop("app");
    }
    compare(&case.join("conflicts.txt"), &text)
}

/// A change that meets what the project does not know of is refused, and changes nothing.
fn refused(server: &Server, case: &Path, project: &Path) -> Result<(), String> {
    start(server, case, project)?;
    file(server, &case.join("drift.sql"))?;
    let before = rows(server);
    let Err(error) = all(server, &scripts(project, "0002_change", "forward")) else {
        return Err("it is not refused".into());
    };
    same("a refused change changes nothing", &before, &rows(server))?;
    let told = error.lines().find_map(|line| line.split("ERROR:  ").nth(1)).unwrap_or(&error);
    compare(&case.join("refused.txt"), &format!("{told}\n"))
}

fn run(server: &Server, case: &Path) -> Result<(), String> {
    let folder = build(case)?;
    let has = |file: &str| case.join(file).exists();
    let outcome = match (has("between.sql"), has("drift.sql")) {
        (true, _) => conflicts(server, case, folder.path()),
        (_, true) => refused(server, case, folder.path()),
        _ => there_and_back(server, case, folder.path()),
    };
    let _ = server.psql("postgres", "DROP DATABASE IF EXISTS app WITH (FORCE)", &[]);
    outcome.map_err(|error| format!("{}: {error}", name(case)))
}

#[test]
fn rows_come_back_from_the_record() {
    let server = Server::start();
    let wanted = std::env::var("CASE").unwrap_or_default();
    let cases: Vec<PathBuf> =
        entries("fixtures/capture").into_iter().filter(|case| name(case).contains(&wanted)).collect();
    report(cases.len(), cases.iter().filter_map(|case| run(&server, case).err()).collect());
}
