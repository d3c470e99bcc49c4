//! Changes: each case walks before, forward, rollback in memory and in PostgreSQL.
//!
//! `forward.sql` spells out what `change.sql` does, every chosen name included; PostgreSQL must come to the same schema
//! by either. `rollback.sql` must bring back the schema of `before.sql`; `naive.sql`, where there is one, must not.

use std::fs;
use std::path::{Path, PathBuf};

use tenet::catalog::facts::Facts;
use tenet::catalog::{Catalog, Origin};
use tenet::changes::{Change, Inverse};
use tenet::pg::{Ident, PgVersion};
use tenet::replay::retire::{Retirement, Shelf};
use tenet::replay::{Replay, Runs};
use tenet::syntax::read;

use crate::fixture::{compare, entries, name, report};
use crate::server::Server;

/// Every case: a folder of a change's folder.
fn cases() -> Vec<PathBuf> {
    let changes = entries("fixtures/changes");
    changes.iter().flat_map(|change| entries(&name(change))).collect()
}

fn text(case: &Path, file: &str) -> String {
    fs::read_to_string(case.join(file)).unwrap_or_else(|error| panic!("{}/{file}: {error}", name(case)))
}

/// What a script does, change by change.
struct Walk {
    changes: Vec<Change>,
    inverse: Inverse,
    errors: Vec<String>,
}

fn walk(replay: &mut Replay, sql: &str) -> Walk {
    let mut walk = Walk { changes: Vec::new(), inverse: Inverse::Nothing, errors: Vec::new() };
    for statement in read::script(sql).statements {
        let statement = statement.outcome.unwrap_or_else(|error| panic!("{error:?} in {sql}"));
        let step = replay.step(&statement, Origin::default());
        walk.changes.extend(step.changes);
        walk.inverse = walk.inverse.followed_by(step.inverse);
        walk.errors.extend(step.error.map(|error| format!("{} {error}", error.sqlstate())));
    }
    walk
}

fn printed(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "-- changes nothing\n".to_owned();
    }
    changes.iter().map(|change| format!("{change};\n")).collect()
}

fn printed_inverse(inverse: &Inverse) -> String {
    let changes = printed(inverse.changes());
    match inverse {
        Inverse::Nothing => "-- nothing to undo\n".to_owned(),
        Inverse::Exact(_) => changes,
        Inverse::Captured { data, .. } => {
            let kept = data.iter().map(|record| format!("-- keeps {}: {}\n", record.name, record.value));
            format!("{}{changes}", kept.collect::<String>())
        }
        Inverse::Structural { loses, .. } => format!("-- loses {}\n{changes}", loses.join(", ")),
        Inverse::Declared(sql) => sql.clone(),
        Inverse::Underivable { reason } => format!("-- underivable: {reason}\n"),
    }
}

/// The version whose ways the cases show: the oldest that the tests run on.
fn replay() -> Replay {
    let version = PgVersion::new(15).unwrap();
    Replay::new(vec![Ident::exact("public")]).on(version).reading(tenet::syntax::program::READER).proving()
}

fn in_memory(case: &Path) -> Result<(), String> {
    let mut replay = replay();
    let errors = walk(&mut replay, &text(case, "before.sql")).errors;
    assert!(errors.is_empty(), "{}/before.sql: {errors:?}", name(case));
    let before = lawful(replay.catalog());
    if retires(case) {
        replay.retire(Some(Retirement::new("0002", Shelf::Schema)));
    }
    let forward = walk(&mut replay, &text(case, "change.sql"));
    if !forward.errors.is_empty() {
        return Err(format!("{}: {:?}", name(case), forward.errors));
    }
    compare(&case.join("forward.sql"), &printed(&forward.changes))?;
    compare(&case.join("rollback.sql"), &printed_inverse(&forward.inverse))?;
    if matches!(forward.inverse, Inverse::Underivable { .. }) {
        return Ok(());
    }
    // A rollback is a script of its own.
    replay.end_session();
    let mut catalog: Catalog = replay.catalog().clone();
    for change in forward.inverse.changes() {
        change.apply(&mut catalog).map_err(|error| format!("{}: `{change}`: {error}", name(case)))?;
    }
    same(case, "the catalog after the rollback", &before, &lawful(&catalog))
}

/// The facts that an inverse brings back.
fn lawful(catalog: &Catalog) -> String {
    Facts::of(catalog).lawful().to_string()
}

fn same(case: &Path, what: &str, expected: &str, actual: &str) -> Result<(), String> {
    if expected == actual {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(expected, actual);
    Err(format!("{}: {what}\n{}", name(case), diff.unified_diff().header("expected", "actual")))
}

/// Returns the schema of a database, each run of GRANTs in order: the order of a list says nothing.
fn dump(server: &Server, database: &str) -> String {
    let text = server.dump(database);
    let mut lines: Vec<&str> = text.lines().collect();
    let about = |line: &&str| line.starts_with("GRANT ") || line.starts_with("ALTER DEFAULT PRIVILEGES ");
    lines.chunk_by_mut(|a, b| about(a) && about(b)).for_each(<[&str]>::sort_unstable);
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Returns what is run for `change.sql`, with what the scripts of a build record before each statement, and says whether
/// they record anything.
fn recording(case: &Path) -> (String, bool) {
    let mut replay = replay();
    walk(&mut replay, &text(case, "before.sql"));
    if retires(case) {
        replay.retire(Some(Retirement::new("0002", Shelf::Schema)));
    }
    let source = text(case, "change.sql");
    let (mut script, mut records) = (String::new(), false);
    for statement in read::script(&source).statements {
        let step = replay.step(&statement.outcome.unwrap(), Origin::default());
        for record in step.inverse.records() {
            records = true;
            script.push_str(&format!("SELECT tenet.keep('{}', {});\n", record.name, record.value));
        }
        match step.runs {
            Runs::Statement => script.push_str(&format!("{};\n", &source[statement.span.range()])),
            Runs::Changes => step.changes.iter().for_each(|change| script.push_str(&format!("{change};\n"))),
        }
    }
    (script, records)
}

/// Says whether what a case drops goes out of sight instead.
fn retires(case: &Path) -> bool {
    name(case).contains("/retire_")
}

fn in_postgres(server: &Server, case: &Path) -> Result<(), String> {
    server.create("a");
    server.create("b");
    let run = |database: &str, file: &str| {
        let failed = |error| format!("{}/{file}: {error}", name(case));
        server.psql(database, &text(case, file), &[]).map_err(failed)
    };
    let (change, records) = recording(case);
    let forward = |database: &str| {
        let failed = |error| format!("{}/change.sql: {error}", name(case));
        server.psql(database, &change, &[]).map_err(failed)
    };
    let result = (|| {
        if records {
            let ledger = tenet::emit::ledger().into_iter().find(|output| output.name == "forward.sql").unwrap();
            for database in ["a", "b"] {
                server.psql(database, &ledger.text, &[])?;
                let setting = format!("ALTER DATABASE {database} SET tenet.phase = '[null, \"0002\", 1]'");
                server.psql(database, &setting, &[])?;
            }
        }
        run("a", "before.sql")?;
        let before = dump(server, "a");
        run("b", "before.sql")?;
        forward("a")?;
        run("b", "forward.sql")?;
        let after = dump(server, "a");
        same(case, "what PostgreSQL made, and what forward.sql says it makes", &after, &dump(server, "b"))?;
        let rollback = run("a", "rollback.sql");
        rollback?;
        if text(case, "rollback.sql").starts_with("-- underivable") {
            return Ok(());
        }
        same(case, "the schema after the rollback", &before, &dump(server, "a"))?;
        forward("a")?;
        same(case, "the schema after the second forward", &after, &dump(server, "a"))?;
        naive(server, case, &before)
    })();
    server.drop("a");
    server.drop("b");
    result
}

/// What one would write first, without a look at what was there, must not bring it back: that is why the case is here.
fn naive(server: &Server, case: &Path, before: &str) -> Result<(), String> {
    if !case.join("naive.sql").exists() {
        return Ok(());
    }
    match server.psql("a", &text(case, "naive.sql"), &[]) {
        Ok(_) if dump(server, "a") == before => Err(format!("{}/naive.sql: it brings everything back", name(case))),
        _ => Ok(()),
    }
}

#[test]
fn changes_are_undone_in_memory() {
    let cases = cases();
    report(cases.len(), cases.iter().filter_map(|case| in_memory(case).err()).collect());
}

#[test]
fn changes_are_undone_in_postgres() {
    let server = Server::start();
    // Roles belong to the whole server, so no case can make its own.
    server.psql("postgres", "CREATE ROLE app; CREATE ROLE reader; CREATE ROLE writer;", &[]).unwrap();
    let cases = cases();
    report(cases.len(), cases.iter().filter_map(|case| in_postgres(&server, case).err()).collect());
}

/// Before version 17 no statement ties operators to each other that are there.
#[test]
fn an_operator_that_lost_its_negator_does_not_get_it_back() {
    let operator = |name: &str, function: &str, negator: &str| {
        format!("CREATE OPERATOR {name} (LEFTARG = int, RIGHTARG = int, FUNCTION = {function}, NEGATOR = {negator});")
    };
    let mut replay = replay();
    walk(&mut replay, &(operator("===", "int4eq", "!==") + &operator("!==", "int4ne", "===")));
    let inverse = walk(&mut replay, "DROP OPERATOR !== (int, int);").inverse;
    assert!(matches!(inverse, Inverse::Underivable { .. }), "{inverse:?}");
}
