//! `tenet new`.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::args::{Common, HistoryChoice, NewArgs};
use super::exit::Exit;
use super::output::{self, Failure};
use crate::migration::{History, Kind, Version, layouts};
use crate::plan::{Planners, Verdict};
use crate::project::{self, HistoryRole, Overrides, Project};
use crate::settings::Migrations;
use crate::verdict::{Audience, Scope};

/// Digits of a timestamp: `20240131120000`.
const TIMESTAMP_DIGITS: usize = 14;

/// Writes the files of the next migration and prints their paths.
pub(super) fn run(common: &Common, args: &NewArgs) -> Result<Exit, Failure> {
    let location = project::locate(common.project.as_deref())?;
    let project = Project::load(&location, &Overrides::default(), &[])?;
    let name = file_name(&args.name)?;
    let (role, folder) = folder(&project, args.history)?;
    let history = project.histories.iter().find(|(found, _)| *found == role).map(|(_, history)| history);
    let settings = project.settings.layout.and_then(layouts::find);
    let layout = history.map(|history| history.layout).or(settings).unwrap_or_else(|| layouts::detect(&[]));
    let version = next_version(history, SystemTime::now());
    let purge = match args.purge {
        true => purge(&project, role)?,
        false => String::new(),
    };
    let mut written = Vec::new();
    for (at, (path, text)) in (layout.fresh)(version.as_str(), &name).into_iter().enumerate() {
        // What goes forwards stands in the first file, above what goes backwards.
        let text = if at == 0 { forwards(&text, &purge) } else { text };
        let path = format!("{}/{path}", folder.trim_end_matches('/'));
        create(&project.root.join(&path), &text).map_err(|error| Failure::Usage(format!("`{path}`: {error}")))?;
        written.push(path);
    }
    output::data(|out| written.iter().try_for_each(|path| writeln!(out, "{path}")))?;
    Ok(Exit::Clean)
}

/// Returns the statements that drop for good what a history took out of sight.
fn purge(project: &Project, role: HistoryRole) -> Result<String, Failure> {
    let mut planners = Planners::new(&project.settings, &project.files, &project.schema);
    let verdict = |_, _| Verdict { audience: Audience::Shared, scope: Scope::NotApplicable };
    for (role, migration) in project.in_order() {
        planners.migration(role.history(), migration, &verdict);
    }
    match planners.purge(role.history()) {
        nothing if nothing.is_empty() => Err(Failure::Usage("nothing is out of sight".to_owned())),
        statements => Ok(statements),
    }
}

/// Puts statements into the text of a new file, above the line behind which it goes backwards.
fn forwards(text: &str, statements: &str) -> String {
    let goes_back = |line: &str| line.starts_with("--") && line.to_lowercase().ends_with("down");
    let mut head = String::new();
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next_if(|line| !goes_back(line.trim_end())) {
        head.push_str(line);
    }
    let end = if lines.peek().is_some() && !statements.is_empty() { "\n" } else { "" };
    format!("{head}{statements}{end}{}", lines.collect::<String>())
}

/// Makes words a file name: `Add plan` is `add_plan`.
fn file_name(words: &str) -> Result<String, Failure> {
    let name: String = words.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let parts: Vec<&str> = name.split('_').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return Err(Failure::Usage(format!("`{words}` names nothing: a migration's name is words, as in `add_plan`")));
    }
    Ok(parts.join("_"))
}

fn folder(project: &Project, choice: Option<HistoryChoice>) -> Result<(HistoryRole, String), Failure> {
    match (&project.settings.migrations, choice) {
        (None, None) => Ok((HistoryRole::Only, "migrations".to_owned())),
        (Some(Migrations::One(path)), None) => Ok((HistoryRole::Only, path.clone())),
        (Some(Migrations::Split { shared, .. }), Some(HistoryChoice::Shared)) => {
            Ok((HistoryRole::Shared, shared.clone()))
        }
        (Some(Migrations::Split { tenant, .. }), Some(HistoryChoice::Tenant)) => {
            Ok((HistoryRole::Tenant, tenant.clone()))
        }
        (Some(Migrations::Split { .. }), None) => Err(Failure::Usage(
            "the project has two histories: say `--history shared` or `--history tenant`".to_owned(),
        )),
        (_, Some(_)) => Err(Failure::Usage("`--history` is for projects with two histories".to_owned())),
    }
}

/// Goes on as the history does: a timestamp after a timestamp, else the next number.
fn next_version(history: Option<&History>, now: SystemTime) -> Version {
    let migrations = history.map_or(&[][..], |history| &history.migrations);
    let last = migrations.iter().rfind(|migration| migration.kind == Kind::Versioned);
    let Some(last) = last.map(|migration| &migration.id.version) else {
        return Version::new("0001");
    };
    let stamp = Version::new(timestamp(now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO)));
    // A clock that stands behind the history would give a migration that runs in the middle of it.
    if last.as_str().len() == TIMESTAMP_DIGITS && stamp > *last { stamp } else { last.next() }
}

/// Writes a time since 1970 as digits of year, month, day, hour, minute and second (UTC).
fn timestamp(since: Duration) -> String {
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = civil(days);
    format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}", second / 3600, second / 60 % 60, second % 60)
}

/// Turns days since 1970 into a date of the Gregorian calendar, in eras of 400 years that begin on 1 March.
fn civil(days: u64) -> (u64, u64, u64) {
    let day = days + 719_468;
    let (era, day_of_era) = (day / 146_097, day % 146_097);
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

/// Never overwrites: a file that is there is somebody's work.
pub(super) fn create(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_stand_above_what_goes_back() {
        assert_eq!(forwards("", "A;\n"), "A;\n");
        assert_eq!(forwards("-- migrate:up\n\n-- migrate:down\n", "A;\n"), "-- migrate:up\n\nA;\n\n-- migrate:down\n");
        assert_eq!(forwards("-- +goose Up\n\n-- +goose Down\n", ""), "-- +goose Up\n\n-- +goose Down\n");
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let stamp = |seconds| timestamp(Duration::from_secs(seconds));
        assert_eq!(stamp(0), "19700101000000");
        assert_eq!(stamp(951_782_400), "20000229000000");
        assert_eq!(stamp(1_706_702_399), "20240131115959");
        assert_eq!(stamp(4_102_444_800), "21000101000000");
    }
}
