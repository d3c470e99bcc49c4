//! Looking for a project's migrations where nobody said where they are.

use std::fs;
use std::path::Path;

use super::folder::join;

/// Folders of these names hold migrations in most projects.
const NAMES: &[&str] = &["migrations", "migration", "migrate"];

/// Folders whose SQL is no project's history: what others wrote, what was built, what tests need.
const PASSED_OVER: &[&str] =
    &["node_modules", "vendor", "target", "dist", "build", "test", "tests", "testdata", "__tests__", "fixtures"];

/// Folders of a project that speaks to several databases.
const POSTGRES: &[&str] = &["postgres", "postgresql", "pg", "pgsql"];

/// The same for other databases.
const OTHERS: &[&str] = &[
    "mysql",
    "mariadb",
    "sqlite",
    "sqlite3",
    "cockroach",
    "cockroachdb",
    "clickhouse",
    "mssql",
    "sqlserver",
    "oracle",
    "h2",
    "hsqldb",
    "duckdb",
];

/// How deep a monorepo hides its migrations, in folders.
const DEPTH: usize = 8;

/// A folder that seems to hold migrations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its path in the project, with forward slashes.
    pub path: String,
    /// How many files of SQL are in it and below.
    pub files: usize,
}

/// Finds folders that seem to hold migrations, the one with most SQL first; what cannot be read is passed over.
pub fn migration_folders(root: &Path) -> Vec<Candidate> {
    let mut found = Vec::new();
    search(root, "", DEPTH, &mut found);
    found.sort_by(|a, b| b.files.cmp(&a.files).then_with(|| a.path.cmp(&b.path)));
    found
}

fn search(root: &Path, folder: &str, depth: usize, found: &mut Vec<Candidate>) {
    if depth == 0 {
        return;
    }
    for name in folders(&root.join(folder)).filter(|name| !PASSED_OVER.contains(&name.as_str())) {
        let path = join(folder, &name);
        if OTHERS.contains(&name.as_str()) {
            continue;
        }
        let files = if NAMES.contains(&name.as_str()) { sql_below(&root.join(&path), DEPTH) } else { 0 };
        if files == 0 {
            search(root, &path, depth - 1, found);
        } else {
            found.push(for_postgres(root, path, files));
        }
    }
}

/// Takes the part of a folder that is meant for PostgreSQL, where there is one.
fn for_postgres(root: &Path, path: String, files: usize) -> Candidate {
    let own = folders(&root.join(&path)).filter(|name| POSTGRES.contains(&name.as_str()));
    let counted =
        own.map(|name| Candidate { files: sql_below(&root.join(&path).join(&name), DEPTH), path: join(&path, &name) });
    counted.max_by_key(|candidate| candidate.files).filter(|own| own.files > 0).unwrap_or(Candidate { path, files })
}

/// The folders in a folder, by name; hidden ones and links are left out.
fn folders(folder: &Path) -> impl Iterator<Item = String> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names.into_iter()
}

fn sql_below(folder: &Path, depth: usize) -> usize {
    if depth == 0 {
        return 0;
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let here = entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "sql")).count();
    let below = folders(folder).filter(|name| !OTHERS.contains(&name.as_str()));
    here + below.map(|name| sql_below(&folder.join(name), depth - 1)).sum::<usize>()
}
