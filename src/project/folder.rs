//! Walking folders.

use std::fs;
use std::path::{Path, PathBuf};

use super::ProjectError;

/// Returns every file below a folder, by path with forward slashes; dot files are left out.
///
/// A link that leads back to a folder above it is not followed: what it shows has been seen.
pub(super) fn files(root: &Path, shown: &str) -> Result<Vec<String>, ProjectError> {
    let mut found = Vec::new();
    let top = fs::canonicalize(root).map_err(|error| ProjectError::io(shown, &error))?;
    walk(root, "", &mut vec![top], &mut found).map_err(|(path, error)| {
        ProjectError::io(if path.is_empty() { shown.to_owned() } else { join(shown, &path) }, &error)
    })?;
    found.sort();
    Ok(found)
}

/// Joins two relative paths; a folder `.` or none leaves the second as it is.
pub(super) fn join(folder: &str, path: &str) -> String {
    match folder.trim_end_matches('/') {
        "" | "." => path.to_owned(),
        folder => format!("{}/{path}", folder.strip_prefix("./").unwrap_or(folder)),
    }
}

type Failure = (String, std::io::Error);

fn walk(folder: &Path, prefix: &str, above: &mut Vec<PathBuf>, found: &mut Vec<String>) -> Result<(), Failure> {
    let fail = |error| (prefix.to_owned(), error);
    for entry in fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let path = join(prefix, &name);
        let target = fs::metadata(entry.path()).map_err(|error| (path.clone(), error))?;
        if target.is_file() {
            found.push(path);
        } else if target.is_dir() {
            enter(&entry.path(), &path, above, found)?;
        }
    }
    Ok(())
}

fn enter(folder: &Path, path: &str, above: &mut Vec<PathBuf>, found: &mut Vec<String>) -> Result<(), Failure> {
    let real = fs::canonicalize(folder).map_err(|error| (path.to_owned(), error))?;
    if above.contains(&real) {
        return Ok(());
    }
    above.push(real);
    walk(folder, path, above, found)?;
    above.pop();
    Ok(())
}
