//! `tenet check`.

use std::fs;
use std::path::Path;

use super::args::{CheckArgs, Common, FormatChoice, IsolationChoice, SettingsArgs};
use super::exit::Exit;
use super::output::{self, Failure};
use crate::finding::{Edit, FileId};
use crate::project::{self, Location, Overrides, Project, SettingsFile};
use crate::report::{self, CheckOutcome, Format};
use crate::settings::Isolation;
use crate::{check, fix};

/// Rounds of `--fix`: a fix may uncover another, and two must not chase each other for ever.
const ROUNDS: usize = 8;

/// Checks, reports, and says how it ended.
pub(super) fn run(common: &Common, args: &CheckArgs) -> Result<Exit, Failure> {
    let location = project::locate(common.project.as_deref())?;
    let overrides = overrides(&args.settings);
    is_anything_named(&location, args, &overrides)?;
    let load = || Project::load(&location, &overrides, &args.paths).map_err(Failure::from);
    let mut project = load()?;
    is_anything_there(&project, args)?;
    let mut outcome = check::run(&project, &project.selected);
    if args.fix {
        for _ in 0..ROUNDS {
            if write_fixes(&project, &outcome)? == 0 {
                break;
            }
            project = load()?;
            outcome = check::run(&project, &project.selected);
        }
    }
    report(common, args, &project, &outcome)?;
    Ok(if outcome.summary.errors > 0 { Exit::Findings } else { Exit::Clean })
}

/// Without settings, paths and folders there is nothing to check, and silence would look like praise.
fn is_anything_named(location: &Location, args: &CheckArgs, overrides: &Overrides) -> Result<(), Failure> {
    let named = !args.paths.is_empty() || overrides.migrations.is_some() || overrides.schema.is_some();
    if named || location.settings == SettingsFile::Present {
        return Ok(());
    }
    Err(Failure::Usage("no tenet.yaml here or in a folder above; name the files to check".to_owned()))
}

/// Settings that name no folder, beside none of the usual name, check nothing.
fn is_anything_there(project: &Project, args: &CheckArgs) -> Result<(), Failure> {
    if !args.paths.is_empty() || !project.files.is_empty() || !project.histories.is_empty() {
        return Ok(());
    }
    Err(Failure::Usage(
        "there is nothing to check: no folder `migrations` or `schema` beside tenet.yaml; name one there \
         (`migrations: db/migrations`), or name the files to check"
            .to_owned(),
    ))
}

fn overrides(args: &SettingsArgs) -> Overrides {
    Overrides {
        tenant_columns: args.tenant_column.clone(),
        root: args.root.clone(),
        isolation: args.isolation.map(|isolation| match isolation {
            IsolationChoice::Row => Isolation::Row,
            IsolationChoice::Schema => Isolation::Schema,
            IsolationChoice::Database => Isolation::Database,
            IsolationChoice::Hybrid => Isolation::Hybrid,
        }),
        globals: args.global.clone(),
        schema: args.schema.clone(),
        migrations: args.migrations.clone(),
        layout: args.layout.clone(),
    }
}

fn report(common: &Common, args: &CheckArgs, project: &Project, outcome: &CheckOutcome) -> Result<(), Failure> {
    let in_actions = || std::env::var("GITHUB_ACTIONS").is_ok_and(|value| value == "true");
    let folder = folder_in_checkout(project);
    let format = match args.format {
        Some(FormatChoice::Json) => Format::Json,
        Some(FormatChoice::Sarif) => Format::Sarif,
        Some(FormatChoice::Github) => Format::Github { folder: &folder },
        None if in_actions() => Format::Github { folder: &folder },
        Some(FormatChoice::Human) | None => Format::Human(output::style(common.color)),
    };
    output::data(|out| {
        report::write(format, &project.files, outcome, out)?;
        match format {
            Format::Human(_) | Format::Github { .. } if !common.quiet => writeln!(out, "{outcome}"),
            _ => Ok(()),
        }
    })
}

/// Returns where the project lies within what GitHub has checked out; empty when it is the same, or unknown.
fn folder_in_checkout(project: &Project) -> String {
    let real = |path: &Path| fs::canonicalize(path).ok();
    let checkout = std::env::var_os("GITHUB_WORKSPACE").and_then(|path| real(Path::new(&path)));
    let folder = real(&project.root).zip(checkout).and_then(|(root, checkout)| {
        root.strip_prefix(checkout).ok().map(|folder| folder.to_string_lossy().replace('\\', "/"))
    });
    folder.unwrap_or_default()
}

/// Writes the fixes of every file that has some, and returns how many were applied.
fn write_fixes(project: &Project, outcome: &CheckOutcome) -> Result<usize, Failure> {
    let mut applied = 0;
    for (file, id) in project.files.iter().zip((0..).map(FileId)) {
        let of_file = outcome.findings.iter().filter(|finding| finding.file == id && !finding.fix.is_empty());
        let fixes: Vec<&[Edit]> = of_file.map(|finding| finding.fix.as_slice()).collect();
        let path = &project.paths[id.index()];
        // A file that is not UTF-8 was not read as it stands, and must not be written back.
        if fixes.is_empty() || fs::read(path)? != file.text.as_bytes() {
            continue;
        }
        let (text, count) = fix::apply(&file.text, &fixes);
        fs::write(path, text)?;
        applied += count;
    }
    Ok(applied)
}
