//! What harnesses share: where fixtures lie, and how expectations are compared or rewritten.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Returns the repository's own folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the entries of a folder of the repository, by name; none when it is not there.
pub fn entries(folder: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(root().join(folder)) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Returns every file below a folder, by path.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Returns a path as the test's name: relative to the repository.
pub fn name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// Compares a text with the file that holds what is expected; `BLESS=1` rewrites it, but never where CI runs.
pub fn compare(path: &Path, actual: &str) -> Result<(), String> {
    let bless = std::env::var("BLESS").is_ok_and(|value| value == "1");
    let expected = fs::read_to_string(path).unwrap_or_default();
    if expected == actual {
        return Ok(());
    }
    if bless {
        assert!(std::env::var_os("CI").is_none(), "BLESS=1 is refused where CI is set");
        fs::write(path, actual).unwrap();
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(&expected, actual);
    Err(format!("{}\n{}", name(path), diff.unified_diff().header("expected", "actual")))
}

/// Fails with everything that went wrong, and when there was nothing to do.
pub fn report(cases: usize, failures: Vec<String>) {
    assert!(cases > 0, "no case was found");
    assert!(failures.is_empty(), "{} of {cases} cases failed:\n\n{}", failures.len(), failures.join("\n\n"));
}

/// A folder of its own, removed at the end.
pub struct TempFolder(PathBuf);

impl TempFolder {
    /// Makes one for a test of this name.
    pub fn new(name: &str) -> Self {
        let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        // Tests of one process run side by side, and two may work on the same case.
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let unique = MADE.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("tenet-test-{}-{unique}-{plain}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        TempFolder(path)
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Copies a folder into it.
    pub fn copy(&self, from: &Path) {
        for file in files_below(from) {
            let to = self.0.join(file.strip_prefix(from).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(&file, &to).unwrap();
        }
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
