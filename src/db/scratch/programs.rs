//! Where the server's programs are.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::ScratchError;

/// What must lie in one folder.
const PROGRAMS: [&str; 2] = ["postgres", "initdb"];

/// Where packages put a folder for each version: the folder, what stands before the version, and what follows it.
const INSTALLED: [(&str, &str, &str); 4] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
];

/// The programs of one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Programs {
    /// Their folder.
    pub(super) bin: PathBuf,
    /// The server's version, such as `15.4` or `19beta1`.
    pub(super) version: String,
    /// Its first number.
    pub(super) major: u32,
    /// What `postgres --version` prints.
    pub(super) printed: String,
}

impl Programs {
    /// Finds a server: in the folder that is named and nowhere else, or on PATH, by pg_config, or where packages put it.
    pub(super) fn find(named: Option<&Path>, wanted: Option<u32>, path: Option<&OsStr>) -> Result<Self, ScratchError> {
        let mut looked_at = Vec::new();
        let places = match named {
            Some(folder) => vec![Place { shown: folder.display().to_string(), folders: vec![folder.to_owned()] }],
            None => places(path),
        };
        for place in places {
            if place.folders.is_empty() {
                looked_at.push(format!("{}: nothing", place.shown));
            }
            for folder in place.folders {
                match Programs::of(&folder) {
                    Ok(found) if wanted.is_none_or(|major| major == found.major) => return Ok(found),
                    Ok(found) => looked_at.push(format!("{}: version {}", folder.display(), found.version)),
                    Err(why) => looked_at.push(format!("{}: {why}", folder.display())),
                }
            }
        }
        Err(ScratchError::NoPrograms { wanted, looked_at })
    }

    fn of(folder: &Path) -> Result<Self, String> {
        // A link to one program says where all of them are.
        let real = fs::canonicalize(folder.join(PROGRAMS[0])).map_err(|_| format!("no `{}`", PROGRAMS[0]))?;
        let bin = real.parent().unwrap_or(folder).to_owned();
        if let Some(missing) = PROGRAMS.iter().find(|program| !bin.join(program).is_file()) {
            return Err(format!("no `{missing}`"));
        }
        let printed = output(&bin.join(PROGRAMS[0]), "--version")?;
        let version = version(&printed).ok_or_else(|| format!("`{}` says `{printed}`", PROGRAMS[0]))?;
        let major = major(version).ok_or_else(|| format!("version `{version}`"))?;
        Ok(Programs { bin, version: version.to_owned(), major, printed })
    }
}

/// One way to look for a server.
struct Place {
    shown: String,
    folders: Vec<PathBuf>,
}

fn places(path: Option<&OsStr>) -> Vec<Place> {
    let has_server = |folder: &PathBuf| folder.join(PROGRAMS[0]).is_file();
    let on_path = path.map(std::env::split_paths).into_iter().flatten().filter(has_server).collect();
    let configured = output(Path::new("pg_config"), "--bindir").ok().map(PathBuf::from);
    let mut places = vec![
        Place { shown: "PATH".to_owned(), folders: on_path },
        Place { shown: "pg_config --bindir".to_owned(), folders: configured.into_iter().collect() },
    ];
    places.extend(INSTALLED.iter().map(|(folder, before, after)| Place {
        shown: format!("{folder}/{before}*/{after}"),
        folders: installed(Path::new(folder), before, after),
    }));
    places
}

/// Returns a folder's subfolders named by version, the highest first.
fn installed(folder: &Path, before: &str, after: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let major = name.to_str().and_then(|name| name.strip_prefix(before)).and_then(major);
        found.extend(major.map(|major| (major, entry.path().join(after))));
    }
    found.sort();
    found.into_iter().rev().map(|(_, folder)| folder).collect()
}

fn output(program: &Path, argument: &str) -> Result<String, String> {
    let failed = |why: String| format!("cannot run `{}`: {why}", program.display());
    let output = Command::new(program).arg(argument).output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Returns the version from `postgres (PostgreSQL) 15.4 (Debian …)`.
fn version(printed: &str) -> Option<&str> {
    printed.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
}

/// Returns the number that a version starts with.
fn major(version: &str) -> Option<u32> {
    let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_servers_print_them() {
        for (printed, expected, number) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15.18", 15),
            ("postgres (PostgreSQL) 18beta1", "18beta1", 18),
            ("postgres (PostgreSQL) 17.2 - Percona Server for PostgreSQL 17.2.1", "17.2", 17),
        ] {
            assert_eq!(version(printed), Some(expected));
            assert_eq!(major(expected), Some(number));
        }
    }

    #[test]
    fn what_was_looked_at_is_said() {
        let empty = Path::new("/nonexistent/bin");
        let error = Programs::find(Some(empty), Some(99), None).unwrap_err().to_string();
        assert_eq!(
            error,
            "no PostgreSQL 99 server is installed here; looked at\n  /nonexistent/bin: no `postgres`\n\
             help: install one: apt-get install --yes --no-install-recommends postgresql"
        );
    }
}
