//! What scripts find: a case changes a database behind tenet's back between two migrations, and the rollback of the second
//! brings back what was there, whatever the first had made.
//!
//! Where nothing could bring it back, `refused.txt` holds what the forward script says before it changes anything.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fixture::{TempFolder, entries, name, report};
use crate::server::Server;

/// Builds the two migrations of a case, and returns the folder of their scripts.
fn build(case: &Path) -> TempFolder {
    let folder = TempFolder::new(&name(case));
    fs::create_dir_all(folder.path().join("migrations")).unwrap();
    fs::write(folder.path().join("tenet.yaml"), "version: 1\ntenancy: { isolation: database }\nrules: { lock: off }\n")
        .unwrap();
    for (file, migration) in [("before.sql", "0001_before.sql"), ("change.sql", "0002_change.sql")] {
        fs::copy(case.join(file), folder.path().join("migrations").join(migration)).unwrap();
    }
    let output =
        Command::new(env!("CARGO_BIN_EXE_tenet")).arg("build").arg("--project").arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}: {}", name(case), String::from_utf8_lossy(&output.stderr));
    folder
}

/// Returns the schema that is not tenet's, its rows, where sequences stand, and what roles and databases attach to their sessions.
fn state(server: &Server) -> String {
    let positions =
        "SELECT schemaname, sequencename, last_value FROM pg_sequences WHERE schemaname <> 'tenet' ORDER BY 1, 2";
    let settings = "SELECT setdatabase, setrole, setconfig FROM pg_db_role_setting ORDER BY 1, 2";
    let beside = [positions, settings].map(|query| server.psql("found", query, &[]).unwrap());
    server.own_dump("found") + &beside.concat() + &rows(server)
}

/// Returns the rows of every table that is not tenet's.
fn rows(server: &Server) -> String {
    let tables = "SELECT c.oid::regclass FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace \
                  WHERE relkind = 'r' AND nspname !~ '^(pg_|information_schema|tenet)' ORDER BY 1::text";
    let found = server.psql("found", tables, &[]).unwrap();
    let rows = found.lines().map(|table| {
        let query = format!("SELECT '{table}', x::text FROM ONLY {table} AS x ORDER BY 2");
        server.psql("found", &query, &[]).unwrap()
    });
    rows.collect()
}

/// Walks a case and says what went wrong.
fn walk(server: &Server, case: &Path) -> Result<(), String> {
    let folder = build(case);
    let run = |script: &str| {
        let path = folder.path().join("build").join(script);
        let sql = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        server.psql("found", &sql, &["tenant_id=acme"]).map_err(|error| format!("{}: {script}: {error}", name(case)))
    };
    run("0000_ledger/forward.sql")?;
    run("0001_before/01.tenant.forward.sql")?;
    let meanwhile = fs::read_to_string(case.join("meanwhile.sql")).unwrap();
    server.psql("found", &meanwhile, &[]).map_err(|error| format!("{}: meanwhile.sql: {error}", name(case)))?;
    let before = state(server);
    let forward = run("0002_change/01.tenant.forward.sql");
    let refused = case.join("refused.txt");
    if refused.exists() {
        let wanted = fs::read_to_string(&refused).unwrap();
        return match forward {
            Err(error) if error.contains(wanted.trim()) => Ok(()),
            other => Err(format!("{}: not refused: {other:?}", name(case))),
        };
    }
    forward?;
    run("0002_change/01.tenant.rollback.sql")?;
    let after = state(server);
    if before == after {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(&before, &after);
    Err(format!("{}\n{}", name(case), diff.unified_diff().header("found", "brought back")))
}

#[test]
fn what_scripts_find_comes_back() {
    let server = Server::start();
    server.psql("postgres", "CREATE ROLE reader; CREATE ROLE writer", &[]).unwrap();
    let cases: Vec<PathBuf> = entries("fixtures/found");
    let outcome = |case: &PathBuf| {
        server.create("found");
        let outcome = walk(&server, case);
        server.drop("found");
        outcome.err()
    };
    report(cases.len(), cases.iter().filter_map(outcome).collect());
}
