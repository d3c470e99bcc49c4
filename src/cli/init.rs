//! `tenet init`.

use std::fs;
use std::path::{Path, PathBuf};

use super::args::{Common, InitArgs};
use super::exit::Exit;
use super::new::create;
use super::output::{self, Failure};
use crate::project::{self, Location, Overrides, Project, SETTINGS_FILE, SettingsFile};
use crate::proposal::{Origin, Tables, propose, scan, settings_yaml};

/// Where tools keep migrations, the most telling first.
const MIGRATION_FOLDERS: &[&str] = &[
    "migrations",
    "db/migrations",
    "db/migration",
    "prisma/migrations",
    "supabase/migrations",
    "sql/migrations",
    "src/main/resources/db/migration",
    "database/migrations",
];

/// Where projects keep a declared or dumped schema.
const SCHEMAS: &[&str] = &["schema", "db/schema", "db/structure.sql", "db/schema.sql", "structure.sql", "schema.sql"];

const PRE_COMMIT: &str = "\
repos:
  - repo: local
    hooks:
      - id: tenet
        name: tenet check
        entry: tenet check
        language: system
        files: \\.sql$
";

const WORKFLOW: &str = "\
name: migrations
on: pull_request
jobs:
  tenet:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      # tenet must be on the runner's PATH; findings then appear beside the changed lines.
      - run: tenet check
";

/// Writes the files that are not there yet, and says which.
pub(super) fn run(common: &Common, args: &InitArgs) -> Result<Exit, Failure> {
    let location = location(common)?;
    let mut files: Vec<(&str, String)> = Vec::new();
    if location.settings == SettingsFile::Absent {
        files.push((SETTINGS_FILE, proposal(&location)?));
    } else if !args.pre_commit && !args.github {
        return Err(Failure::Usage(format!("{SETTINGS_FILE} is already there")));
    }
    if args.pre_commit {
        files.push((".pre-commit-config.yaml", PRE_COMMIT.to_owned()));
    }
    if args.github {
        files.push((".github/workflows/tenet.yaml", WORKFLOW.to_owned()));
    }
    if args.dry_run {
        output::data(|out| files.iter().try_for_each(|(path, text)| write!(out, "# {path}\n{text}")))?;
        return Ok(Exit::Clean);
    }
    for (path, text) in &files {
        create(&location.root.join(path), text).map_err(|error| Failure::Usage(format!("`{path}`: {error}")))?;
        output::data(|out| writeln!(out, "{path}"))?;
    }
    if !common.quiet {
        output::note("a proposal from names and foreign keys: read it, then run `tenet check`");
    }
    Ok(Exit::Clean)
}

/// Here, or in the folder that is named: a project further up is not the one to be made.
fn location(common: &Common) -> Result<Location, Failure> {
    let named = common.project.clone().unwrap_or_else(|| PathBuf::from("."));
    Ok(project::locate(Some(&named))?)
}

fn proposal(location: &Location) -> Result<String, Failure> {
    let origin = origin(&location.root);
    let overrides =
        Overrides { migrations: origin.migrations.clone(), schema: origin.schema.clone(), ..Overrides::default() };
    let project = Project::load(location, &overrides, &[])?;
    let mut tables = Tables::new();
    let migrations = project.histories.iter().flat_map(|(_, history)| &history.migrations);
    for section in migrations.flat_map(|migration| &migration.up) {
        scan(project.file(section.file).slice(section.span), &mut tables);
    }
    for file in &project.schema {
        scan(&project.file(*file).text, &mut tables);
    }
    Ok(settings_yaml(&origin, &propose(&tables)))
}

fn origin(root: &Path) -> Origin {
    let is_folder = |path: &&&str| fs::metadata(root.join(path)).is_ok_and(|found| found.is_dir());
    let is_there = |path: &&&str| fs::metadata(root.join(path)).is_ok();
    Origin {
        migrations: MIGRATION_FOLDERS.iter().find(is_folder).map(|path| (*path).to_owned()),
        schema: SCHEMAS.iter().find(is_there).map(|path| (*path).to_owned()),
    }
}
