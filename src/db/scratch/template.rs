//! Fresh data directories, kept: `initdb` takes a second, a copy of what it made does not.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::programs::Programs;
use super::supervisor::unique;
use super::user::User;

/// What becomes part of the name of what is kept: any change of how `supervisor.sh` calls `initdb` makes another name.
const SCRIPT: &str = super::supervisor::SCRIPT;

/// Where a server's data directory came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Copied from the cache.
    Copied,
    /// Made, and kept in the cache.
    Kept,
    /// Made, and not kept, because the cache cannot be trusted or written.
    Made {
        /// What is wrong with the cache.
        why: String,
    },
}

/// The cached data directory for one server version and user.
#[derive(Debug)]
pub(super) struct Template {
    /// What is copied; `None` when it is not there yet.
    pub(super) source: Option<PathBuf>,
    /// Where a copy of a fresh one goes first, and then: two processes may make it at once, and only one is kept.
    copy: Option<(PathBuf, PathBuf)>,
    why_not: String,
}

impl Template {
    /// Looks into a cache folder, which is made when there is none.
    pub(super) fn find(cache: &Path, programs: &Programs, user: &User) -> Self {
        let mut template = Template { source: None, copy: None, why_not: String::new() };
        if let Err(why) = usable_or_made(cache, user) {
            template.why_not = why;
            return template;
        }
        let place = cache.join(name(programs));
        match is_private(&place, user) {
            Ok(()) => template.source = Some(place),
            Err(Distrust::Missing) => template.copy = Some((cache.join(unique("new")), place)),
            Err(Distrust::Because(why)) => template.why_not = why,
        }
        template
    }

    /// Returns where a copy of a fresh data directory is wanted.
    pub(super) fn copy(&self) -> Option<&Path> {
        self.copy.as_ref().map(|(copy, _)| copy.as_path())
    }

    /// Gives the copy its name, now that a server has started from its twin; says what came of all this.
    pub(super) fn keep(self) -> Origin {
        let Some((copy, place)) = self.copy else {
            return if self.source.is_some() { Origin::Copied } else { Origin::Made { why: self.why_not } };
        };
        match fs::rename(&copy, &place) {
            Ok(()) => Origin::Kept,
            // Somebody else was faster; the supervisor removes our copy.
            Err(_) if place.is_dir() => Origin::Kept,
            Err(error) => Origin::Made { why: format!("cannot make `{}`: {error}", place.display()) },
        }
    }
}

/// Returns where data directories are kept: the user's own cache, or a folder for whom root hands them to.
pub(super) fn folder(user: &User) -> PathBuf {
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let own = || variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    match Some(user).filter(|user| !user.is_other()).and_then(|_| own()) {
        Some(cache) => cache.join("tenet/postgres"),
        None => PathBuf::from(format!("/var/tmp/tenet-{}", user.uid)),
    }
}

/// The same programs called the same way make the same directory.
fn name(programs: &Programs) -> String {
    let mut hash = Sha256::new();
    for part in [programs.printed.as_str(), &programs.bin.display().to_string(), SCRIPT] {
        hash.update(part);
        hash.update([0]);
    }
    let digest: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{digest}", programs.version)
}

/// Why a folder is not used.
enum Distrust {
    Missing,
    Because(String),
}

fn usable_or_made(folder: &Path, user: &User) -> Result<(), String> {
    if let Err(Distrust::Missing) = is_private(folder, user) {
        // As the user that it is for. The last step fails, as it should, when somebody else makes the folder now.
        let script = r#"umask 077; mkdir -p "$(dirname "$1")" && mkdir "$1""#;
        let _ = user.shell(script).arg("sh").arg(folder).output();
    }
    match is_private(folder, user) {
        Ok(()) => Ok(()),
        Err(Distrust::Missing) => Err(format!("cannot make `{}`", folder.display())),
        Err(Distrust::Because(why)) => Err(why),
    }
}

/// Checks that a folder is one, no link to one, and that only the user can have written there.
fn is_private(folder: &Path, user: &User) -> Result<(), Distrust> {
    let because = |what: &str| Err(Distrust::Because(format!("`{}` {what}", folder.display())));
    match fs::symlink_metadata(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Distrust::Missing),
        Err(error) => because(&format!("cannot be read: {error}")),
        Ok(found) if !found.is_dir() => because("is not a folder"),
        Ok(found) if found.uid() != user.uid => because("belongs to somebody else"),
        Ok(found) if found.mode() & 0o077 != 0 => because("is open to others"),
        Ok(_) => Ok(()),
    }
}
