//! Names: each case resolves every name of its statements, and PostgreSQL agrees on the columns or on the refusal.
//!
//! `expected.txt` says for each statement of `query.sql` what its names mean and which columns it returns, against the
//! catalog that `schema.sql` makes.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use tenet::catalog::{Address, Catalog, Origin};
use tenet::pg::Ident;
use tenet::query::visit::{self, Node};
use tenet::query::{DataStatement, ExprKind};
use tenet::replay::Replay;
use tenet::resolve::{Completeness, EntryId, Meaning, Output, Resolution, Source, Surroundings};
use tenet::statement::Statement;
use tenet::syntax::read;

use crate::fixture::{compare, entries, name, report};
use crate::server::Server;

fn text(case: &Path, file: &str) -> String {
    fs::read_to_string(case.join(file)).unwrap_or_else(|error| panic!("{}/{file}: {error}", name(case)))
}

fn replayed(case: &Path) -> Replay {
    let mut replay = Replay::new(vec![Ident::exact("public")]);
    for statement in read::script(&text(case, "schema.sql")).statements {
        let statement = statement.outcome.unwrap_or_else(|error| panic!("{error:?} in {}", name(case)));
        let step = replay.step(&statement, Origin::default());
        assert!(step.error.is_none(), "{}: {:?}", name(case), step.error);
    }
    replay
}

/// The statements of a case, each with its text.
fn statements(case: &Path) -> Vec<(String, DataStatement)> {
    let sql = text(case, "query.sql");
    let read = read::script(&sql);
    let data = read.statements.into_iter().map(|found| match found.outcome {
        Ok(Statement::Data(data)) => (sql[found.span.start as usize..found.span.end as usize].to_owned(), *data),
        other => panic!("{}: {other:?}", name(case)),
    });
    data.collect()
}

fn described(resolution: &Resolution, meaning: &Meaning) -> String {
    let entry = |id: &EntryId| {
        let found = resolution.entry(*id);
        let shown = found.name.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string);
        match &found.source {
            Source::Relation(name, _) => format!("{shown} ({name})"),
            Source::Outside(name, _) => format!("{shown} (outside: {name})"),
            Source::CommonTable(_) => format!("{shown} (with)"),
            Source::Subquery => format!("{shown} (subquery)"),
            Source::Function => format!("{shown} (function)"),
            Source::Join(_) => format!("{shown} (join)"),
        }
    };
    match meaning {
        Meaning::Column(id, at) => format!("column {} of {}", resolution.entry(*id).columns[*at].name, entry(id)),
        Meaning::System(id, name) => format!("system column {name} of {}", entry(id)),
        Meaning::WholeRow(id) => format!("row of {}", entry(id)),
        Meaning::Output(at) => format!("output {}", at + 1),
        Meaning::Parameter => "parameter".to_owned(),
        Meaning::Call(id) => format!("function of {}", entry(id)),
        Meaning::Unresolved(reason) => format!("{reason:?} {}", reason.sqlstate().unwrap_or("?")),
    }
}

fn columns(output: &Output) -> String {
    let shown = output.columns.iter().map(|column| {
        let of = column.type_name.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string);
        format!("{} {of}", column.name)
    });
    let mut list: Vec<String> = shown.collect();
    if output.completeness == Completeness::Partial {
        list.push("…".to_owned());
    }
    list.join(", ")
}

fn explained(statement: &DataStatement, resolution: &Resolution) -> String {
    let mut lines = String::new();
    visit::statement(statement, &mut |node| {
        let Node::Expr(expr) = node else { return };
        if let (ExprKind::Star(_), Some(star)) = (&expr.kind, resolution.star(expr)) {
            let list: Vec<String> = star.iter().map(|meaning| described(resolution, meaning)).collect();
            writeln!(lines, "    {expr}: {}", list.join(", ")).unwrap();
        } else if let Some(meaning) = resolution.meaning(expr) {
            writeln!(lines, "    {expr}: {}", described(resolution, meaning)).unwrap();
        }
    });
    match resolution.refusal() {
        Some(state) => writeln!(lines, "    -> refused: {state}").unwrap(),
        None => writeln!(lines, "    -> {}", columns(&resolution.output)).unwrap(),
    }
    lines
}

fn in_memory(case: &Path) -> Result<(), String> {
    let replay = replayed(case);
    let mut all = String::new();
    for (sql, statement) in statements(case) {
        let resolution = Resolution::of_statement(replay.catalog(), &statement, &Surroundings::default());
        write!(all, "{sql}\n{}\n", explained(&statement, &resolution)).unwrap();
    }
    compare(&case.join("expected.txt"), &all)
}

/// PostgreSQL describes the same columns, or refuses with the SQLSTATE that a name has.
fn in_postgres(server: &Server, case: &Path) -> Result<(), String> {
    server.create("a");
    let result = (|| {
        server.psql("a", &text(case, "schema.sql"), &[])?;
        let replay = replayed(case);
        for (sql, statement) in statements(case) {
            let resolution = Resolution::of_statement(replay.catalog(), &statement, &Surroundings::default());
            agrees(server, &sql, &resolution).map_err(|error| format!("{}: {sql}\n{error}", name(case)))?;
        }
        Ok(())
    })();
    server.drop("a");
    result
}

fn agrees(server: &Server, sql: &str, resolution: &Resolution) -> Result<(), String> {
    let refused = resolution.refusal();
    let described = server.psql("a", &format!("\\set VERBOSITY sqlstate\n{sql}\n\\gdesc"), &[]);
    let described = match (refused, described) {
        (Some(state), Err(error)) if error.contains(state) => return Ok(()),
        (Some(state), other) => return Err(format!("expected {state}, but PostgreSQL says {other:?}")),
        (None, Ok(described)) => described,
        (None, Err(error)) => return Err(error),
    };
    let server_columns: Vec<(&str, &str)> = described.lines().filter_map(|line| line.rsplit_once('|')).collect();
    let ours = &resolution.output;
    if ours.completeness == Completeness::Whole && ours.columns.len() != server_columns.len() {
        return Err(format!("PostgreSQL returns {server_columns:?}, we say {}", columns(ours)));
    }
    for (column, (name, of)) in ours.columns.iter().zip(&server_columns) {
        if ours.completeness == Completeness::Whole && column.name.as_str() != *name {
            return Err(format!("PostgreSQL names a column {name}, we say {}", column.name));
        }
        if let Some(found) = &column.type_name {
            let plain = tenet::pg::TypeName { modifiers: Vec::new(), ..found.clone() }.to_string().replace('\'', "''");
            let shown = server.psql("a", &format!("SELECT '{plain}'::regtype"), &[])?;
            if shown.trim() != of.split('(').next().unwrap() {
                return Err(format!("PostgreSQL says that {name} is {of}, we say {found}"));
            }
        }
    }
    Ok(())
}

fn cases() -> Vec<PathBuf> {
    entries("fixtures/resolve")
}

#[test]
fn names_mean_what_is_expected() {
    let cases = cases();
    report(cases.len(), cases.iter().filter_map(|case| in_memory(case).err()).collect());
}

#[test]
fn names_mean_what_postgres_says() {
    let server = Server::start();
    let cases = cases();
    report(cases.len(), cases.iter().filter_map(|case| in_postgres(&server, case).err()).collect());
}

/// What PostgreSQL says that the views of a case use: relations and columns, by name.
const USES: &str = "
    SELECT DISTINCT v.relname || ' ' || n.nspname || '.' || r.relname || coalesce('.' || a.attname, '')
    FROM pg_depend d
    JOIN pg_rewrite w ON w.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_class v ON v.oid = w.ev_class
    JOIN pg_class r ON r.oid = d.refobjid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_namespace n ON n.oid = r.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.refobjsubid AND a.attnum > 0
    WHERE r.oid <> v.oid AND v.oid >= 16384";

/// Views and what they use, one line for each, as [`USES`] writes them.
fn used(catalog: &Catalog) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for view in catalog.relations().filter(|relation| relation.view.is_some()) {
        let found = catalog.uses(&Address::Relation(view.name.clone()));
        let uses: BTreeSet<&Address> = found.iter().flat_map(|(_, uses)| uses).collect();
        for address in &uses {
            // PostgreSQL keeps a relation as such only where no column of it is used.
            let part =
                |other: &&Address| matches!(other, Address::Column(..)) && other.relation() == address.relation();
            let line = match address {
                Address::Column(table, column) => Some(format!("{table}.{}", column.as_str())),
                Address::Relation(table) if !uses.iter().any(part) => Some(table.to_string()),
                _ => None,
            };
            lines.extend(line.map(|line| format!("{} {line}", view.name.last())));
        }
    }
    lines
}

/// Every script of a change that makes views: PostgreSQL says that they use the same.
fn uses_agree(server: &Server, case: &Path) -> Result<(), String> {
    let mut replay = Replay::new(vec![Ident::exact("public")]);
    let script = ["before.sql", "change.sql"].map(|file| text(case, file)).join("\n");
    for statement in read::script(&script).statements {
        replay.step(&statement.outcome.unwrap(), Origin::default());
    }
    server.create("a");
    let listed = server.psql("a", &script, &[]).and_then(|_| server.psql("a", USES, &[]));
    server.drop("a");
    let theirs: BTreeSet<String> = listed?.lines().map(str::to_owned).collect();
    let ours = used(replay.catalog());
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).cloned().collect::<Vec<_>>();
    if ours == theirs {
        return Ok(());
    }
    Err(format!("{}: only PostgreSQL: {:?}; only we: {:?}", name(case), only(&theirs, &ours), only(&ours, &theirs)))
}

#[test]
fn views_use_what_postgres_records() {
    let server = Server::start();
    server.psql("postgres", "CREATE ROLE reader; CREATE ROLE writer; CREATE ROLE app; CREATE ROLE owner", &[]).unwrap();
    let all = ["create_view", "replace_view", "rename_column", "drop_view"];
    let all = all.iter().flat_map(|change| entries(&format!("fixtures/changes/{change}")));
    let cases: Vec<PathBuf> = all.collect();
    report(cases.len(), cases.iter().filter_map(|case| uses_agree(&server, case).err()).collect());
}
