//! `tenet build`.

use std::fs;
use std::path::Path;

use super::args::{BuildArgs, Common};
use super::exit::Exit;
use super::output::{self, Failure};
use crate::check;
use crate::emit::{self, Output};
use crate::finding::FileId;
use crate::migration::{Migration, Version};
use crate::plan::{Planner, Verdict};
use crate::project::{self, HistoryRole, Overrides, Project};
use crate::report::{self, CheckOutcome, Format};

/// Checks the whole project, and writes the scripts of its migrations when nothing stands against it.
pub(super) fn run(common: &Common, args: &BuildArgs) -> Result<Exit, Failure> {
    let location = project::locate(common.project.as_deref())?;
    let project = Project::load(&location, &Overrides::default(), &[])?;
    known(&project, &args.versions)?;
    let outcome = check::run(&project, &project.selected);
    if outcome.summary.errors > 0 {
        let style = output::style(common.color);
        output::data(|out| report::write(Format::Human(style), &project.files, &outcome, out))?;
        output::complain(&format!("nothing was built: {outcome}"));
        return Ok(Exit::Findings);
    }
    let build = project.root.join(&project.settings.build);
    let mut changed = vec![(emit::LEDGER.to_owned(), emit::ledger())];
    changed.extend(folders(&project, &outcome, &args.versions));
    changed.retain(|(name, outputs)| !is_written(&build.join(name), outputs));
    for (name, outputs) in &changed {
        replace(&build, name, outputs).map_err(|error| Failure::Usage(format!("`{name}`: {error}")))?;
    }
    let folder = project.settings.build.trim_end_matches('/');
    output::data(|out| changed.iter().try_for_each(|(name, _)| writeln!(out, "{folder}/{name}")))?;
    Ok(Exit::Clean)
}

fn is_wanted(migration: &Migration, versions: &[String]) -> bool {
    let is =
        |wanted: &String| Version::new(wanted.clone()) == migration.id.version || *wanted == migration.id.to_string();
    versions.is_empty() || versions.iter().any(is)
}

/// A version that no migration has is a mistake worth stopping for.
fn known(project: &Project, versions: &[String]) -> Result<(), Failure> {
    let migrations = || project.histories.iter().flat_map(|(_, history)| &history.migrations);
    let unknown = |wanted: &&String| !migrations().any(|found| is_wanted(found, std::slice::from_ref(*wanted)));
    match versions.iter().find(unknown) {
        Some(version) => Err(Failure::Usage(format!("no migration has version `{version}`"))),
        None => Ok(()),
    }
}

/// Plans every migration in order, and returns the folders of those that are wanted.
fn folders(project: &Project, outcome: &CheckOutcome, versions: &[String]) -> Vec<(String, Vec<Output>)> {
    let verdict = |file: FileId, index: usize| {
        let at = outcome.statements.binary_search_by_key(&(file, index), |entry| (entry.file, entry.index));
        let entry = &outcome.statements[at.expect("a check says something about every statement")];
        Verdict { audience: entry.audience, scope: entry.scope }
    };
    let mut planner = Planner::new(&project.settings, &project.files, &project.schema);
    let mut folders = Vec::new();
    for (role, history) in &project.histories {
        // The two histories of a hybrid project may use the same versions.
        let above = match role {
            HistoryRole::Only => "",
            HistoryRole::Shared => "shared/",
            HistoryRole::Tenant => "tenant/",
        };
        for migration in &history.migrations {
            let plan = planner.migration(migration, &verdict);
            if is_wanted(migration, versions) {
                folders.push((format!("{above}{}", emit::folder(&plan)), emit::migration(&plan, &project.settings)));
            }
        }
    }
    folders
}

/// Says whether a folder holds exactly these files.
fn is_written(folder: &Path, outputs: &[Output]) -> bool {
    let same = |output: &Output| fs::read(folder.join(&output.name)).is_ok_and(|found| found == output.text.as_bytes());
    let count = fs::read_dir(folder).map(Iterator::count);
    count.is_ok_and(|count| count == outputs.len()) && outputs.iter().all(same)
}

/// Writes a folder beside its place, and puts it there when it is complete.
fn replace(build: &Path, name: &str, outputs: &[Output]) -> std::io::Result<()> {
    let place = build.join(name);
    let beside = |suffix: &str| place.with_file_name(format!(".{}.{suffix}", name.rsplit('/').next().unwrap_or(name)));
    let (fresh, old) = (beside("new"), beside("old"));
    for leftover in [&fresh, &old] {
        if leftover.exists() {
            fs::remove_dir_all(leftover)?;
        }
    }
    fs::create_dir_all(&fresh)?;
    for output in outputs {
        fs::write(fresh.join(&output.name), &output.text)?;
    }
    if place.exists() {
        fs::rename(&place, &old)?;
    }
    fs::rename(&fresh, &place)?;
    if old.exists() { fs::remove_dir_all(&old) } else { Ok(()) }
}
