//! `tenet init`.

use std::fs;
use std::path::{Path, PathBuf};

use super::args::{Common, InitArgs};
use super::exit::Exit;
use super::new::create;
use super::output::{self, Failure};
use crate::check;
use crate::project::{self, Location, Overrides, Project, ProjectError, SETTINGS_FILE, SettingsFile};
use crate::proposal::{Origin, propose, settings_yaml, tables};

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

/// How many further folders are worth a line in the proposal.
const OTHERS: usize = 4;

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
    let project = match load(location, &origin) {
        // The tables can be told all the same; what is wrong with the folder `tenet check` says again.
        Err(ProjectError::History(errors)) => {
            let more = if errors.len() > 1 { format!(" (and {} more)", errors.len() - 1) } else { String::new() };
            if let Some(first) = errors.first() {
                output::note(&format!("tenet cannot read the migrations as a history yet: {first}{more}"));
            }
            load(location, &Origin { migrations: None, schema: origin.migrations.clone(), others: Vec::new() })?
        }
        loaded => loaded?,
    };
    Ok(settings_yaml(&origin, &propose(&tables(&check::replayed(&project)))))
}

fn load(location: &Location, origin: &Origin) -> Result<Project, ProjectError> {
    let (migrations, schema) = (origin.migrations.clone(), origin.schema.clone());
    Project::load(location, &Overrides { migrations, schema, ..Overrides::default() }, &[])
}

fn origin(root: &Path) -> Origin {
    let is_there = |path: &&&str| fs::metadata(root.join(path)).is_ok();
    let mut folders: Vec<String> = project::migration_folders(root).into_iter().map(|found| found.path).collect();
    if let Some(usual) = MIGRATION_FOLDERS.iter().find_map(|usual| folders.iter().position(|path| path == usual)) {
        folders[..=usual].rotate_right(1);
    }
    let mut folders = folders.into_iter();
    Origin {
        migrations: folders.next(),
        others: folders.take(OTHERS).collect(),
        schema: SCHEMAS.iter().find(is_there).map(|path| (*path).to_owned()),
    }
}
