//! The histories within a folder: whatever lies side by side, in the order of its tool or, where no tool is known, of names.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tenet::finding::FileId;
use tenet::migration::layouts::Entry;
use tenet::migration::{self, Section, TransactionMode};
use tenet::source::Span;

/// Files that run one after another in one database.
pub struct History {
    /// The folder that they lie in.
    pub name: String,
    /// Their paths and texts.
    pub files: Vec<(String, String)>,
    /// What runs.
    pub scripts: Vec<Script>,
}

/// What one session runs.
pub struct Script {
    pub parts: Vec<Section>,
    pub transaction: TransactionMode,
}

/// Finds the histories within a folder; a file is a history of its own.
pub fn histories(folder: &Path) -> Vec<History> {
    if folder.is_file() {
        let text = text(folder);
        let name = folder.display().to_string();
        return vec![plain(name.clone(), vec![(name, text)])];
    }
    let mut groups: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for file in below(folder) {
        groups.entry(home(&file)).or_default().push(file);
    }
    groups.into_iter().map(|(home, files)| history(&home, files)).collect()
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let within = |path: PathBuf| if path.is_dir() { below(&path) } else { vec![path] };
    paths.into_iter().flat_map(within).filter(|path| path.extension().is_some_and(|found| found == "sql")).collect()
}

/// Folders that are a migration, or a version, belong to the history of the folder above.
fn home(file: &Path) -> PathBuf {
    let parent = file.parent().unwrap_or(file);
    let base = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let is_version = |name: &str| {
        let digits = name.trim_start_matches('v');
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    let is_one = ["up.sql", "down.sql", "migration.sql"].contains(&base(file).as_str()) || is_version(&base(parent));
    if is_one { parent.parent().unwrap_or(parent).to_owned() } else { parent.to_owned() }
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).replace('\u{feff}', "")
}

fn history(home: &Path, files: Vec<PathBuf>) -> History {
    let within = |path: &Path| path.strip_prefix(home).unwrap_or(path).to_string_lossy().into_owned();
    let files: Vec<(String, String)> = files.iter().map(|path| (within(path), text(path))).collect();
    let entry = |(at, (path, text)): (usize, &'_ (String, String))| -> (FileId, String, String) {
        (FileId(at as u32), path.clone(), text.clone())
    };
    let owned: Vec<_> = files.iter().enumerate().map(entry).collect();
    let entries: Vec<Entry<'_>> =
        owned.iter().map(|(file, path, text)| Entry { file: *file, path, shown: path, text }).collect();
    let name = home.display().to_string();
    match migration::read(&entries, None) {
        Ok(found) => {
            let script =
                |migration: migration::Migration| Script { parts: migration.up, transaction: migration.transaction };
            History { name, files: files.clone(), scripts: found.migrations.into_iter().map(script).collect() }
        }
        Err(_) => plain(name, files),
    }
}

/// In the order of names, numbers within them by their value; what goes backwards is left out.
fn plain(name: String, files: Vec<(String, String)>) -> History {
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.retain(|at| !files[*at].0.ends_with("down.sql"));
    order.sort_by_key(|at| natural(&files[*at].0));
    let whole = |at: usize| {
        let span = Span::new(0, files[at].1.len() as u32);
        Script {
            parts: [Section { file: FileId(at as u32), span }].into_iter().collect(),
            transaction: TransactionMode::PerMigration,
        }
    };
    let scripts = order.into_iter().map(whole).collect();
    History { name, scripts, files }
}

fn natural(path: &str) -> Vec<(u128, String)> {
    let mut parts: Vec<(u128, String)> = vec![(0, String::new())];
    for c in path.chars() {
        if let Some(digit) = c.to_digit(10) {
            match parts.last_mut() {
                Some((number, text)) if text.is_empty() => *number = number.wrapping_mul(10) + u128::from(digit),
                _ => parts.push((u128::from(digit), String::new())),
            }
        } else if let Some((_, text)) = parts.last_mut() {
            text.push(c);
        }
    }
    parts
}
