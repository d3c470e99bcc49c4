//! `tenet build`.

use std::fs;
use std::path::Path;

use super::args::{BuildArgs, Common};
use super::exit::Exit;
use super::output::{self, Failure};
use crate::check;
use crate::emit::{self, Output};
use crate::migration::{MigrationId, Version};
use crate::project::{self, Overrides, Project};
use crate::report::{self, Format};
use crate::run::{self, Compiled};

/// Checks the whole project, and writes the scripts of its migrations when nothing stands against it.
pub(super) fn run(common: &Common, args: &BuildArgs) -> Result<Exit, Failure> {
    let location = project::locate(common.project.as_deref())?;
    let project = Project::load(&location, &Overrides::default(), &[])?;
    known(&project, &args.versions)?;
    let Some(compiled) = compiled(common, &project, "nothing was built")? else { return Ok(Exit::Findings) };
    let build = project.root.join(&project.settings.build);
    let mut changed = vec![(emit::LEDGER.to_owned(), emit::ledger())];
    let wanted = compiled.into_iter().filter(|found| is_wanted(&found.id, &args.versions));
    changed.extend(wanted.map(|found| (found.folder, found.outputs)));
    changed.retain(|(name, outputs)| !is_written(&build.join(name), outputs));
    for (name, outputs) in &changed {
        replace(&build, name, outputs).map_err(|error| Failure::Usage(format!("`{name}`: {error}")))?;
    }
    let folder = project.settings.build.trim_end_matches('/');
    output::data(|out| changed.iter().try_for_each(|(name, _)| writeln!(out, "{folder}/{name}")))?;
    Ok(Exit::Clean)
}

/// Checks the whole project and compiles it; reports what stands against that, and then returns `None`.
pub(super) fn compiled(
    common: &Common,
    project: &Project,
    consequence: &str,
) -> Result<Option<Vec<Compiled>>, Failure> {
    let outcome = check::run(project, &project.selected);
    if outcome.summary.errors > 0 {
        let style = output::style(common.color);
        output::data(|out| report::write(Format::Human(style), &project.files, &outcome, out))?;
        output::complain(&format!("{consequence}: {outcome}"));
        return Ok(None);
    }
    Ok(Some(run::compile(project, &outcome)))
}

/// Refuses a build folder that is there and holds something else than what runs: somebody may have reviewed it.
pub(super) fn is_current(project: &Project, compiled: &[Compiled]) -> Result<(), Failure> {
    let build = project.root.join(&project.settings.build);
    if !build.is_dir() {
        return Ok(());
    }
    let ledger = (emit::LEDGER, emit::ledger());
    let folders = compiled.iter().map(|found| (found.folder.as_str(), &found.outputs[..]));
    let mut all = folders.chain(std::iter::once((ledger.0, &ledger.1[..])));
    match all.find(|(name, outputs)| !is_written(&build.join(name), outputs)) {
        Some((name, _)) => Err(Failure::Usage(format!(
            "`{}/{name}` is not what the migrations compile to: run `tenet build`, and review what it writes",
            project.settings.build.trim_end_matches('/')
        ))),
        None => Ok(()),
    }
}

fn is_wanted(id: &MigrationId, versions: &[String]) -> bool {
    let is = |wanted: &String| Version::new(wanted.clone()) == id.version || *wanted == id.to_string();
    versions.is_empty() || versions.iter().any(is)
}

/// A version that no migration has is a mistake worth stopping for.
fn known(project: &Project, versions: &[String]) -> Result<(), Failure> {
    let migrations = || project.histories.iter().flat_map(|(_, history)| &history.migrations);
    let unknown = |wanted: &&String| !migrations().any(|found| is_wanted(&found.id, std::slice::from_ref(*wanted)));
    match versions.iter().find(unknown) {
        Some(version) => Err(Failure::Usage(format!("no migration has version `{version}`"))),
        None => Ok(()),
    }
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
