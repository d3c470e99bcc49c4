//! Reading the files of a project.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::folder::{self, join};
use super::{HistoryRole, ProjectError, SETTINGS_FILE, SettingsFile};
use crate::finding::{FileId, Finding};
use crate::migration::layouts::{self, Entry};
use crate::migration::{self, History};
use crate::rules::parse::invalid_utf8;
use crate::rules::schema::history_order;
use crate::settings::{Migrations, Settings};
use crate::source::{SourceFile, Span};

/// Returns the text of `tenet.yaml`.
pub(super) fn settings_text(root: &Path) -> Result<String, ProjectError> {
    let bytes = fs::read(root.join(SETTINGS_FILE)).map_err(|error| ProjectError::io(SETTINGS_FILE, &error))?;
    String::from_utf8(bytes).map_err(|error| ProjectError::Settings {
        place: None,
        message: format!("byte {} is not UTF-8", error.utf8_error().valid_up_to()),
    })
}

/// What has been read so far.
pub(super) struct Reader<'a> {
    root: &'a Path,
    /// Where each file really lies.
    pub(super) real: Vec<PathBuf>,
    /// The same by place, to recognise a file that is named twice.
    known: HashMap<PathBuf, FileId>,
    pub(super) files: Vec<SourceFile>,
    pub(super) schema: Vec<FileId>,
    pub(super) histories: Vec<(HistoryRole, History)>,
    pub(super) loose: Vec<FileId>,
    pub(super) findings: Vec<Finding>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(root: &'a Path) -> Self {
        Reader {
            root,
            real: Vec::new(),
            known: HashMap::new(),
            files: Vec::new(),
            schema: Vec::new(),
            histories: Vec::new(),
            loose: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// Reads the folders of migrations; a folder that only a default names may be missing.
    pub(super) fn histories(&mut self, settings: &Settings, file: SettingsFile) -> Result<(), ProjectError> {
        match &settings.migrations {
            Some(Migrations::One(path)) => self.history(path, HistoryRole::Only, settings.layout),
            Some(Migrations::Split { shared, tenant }) => {
                self.history(shared, HistoryRole::Shared, settings.layout)?;
                self.history(tenant, HistoryRole::Tenant, settings.layout)
            }
            None if file == SettingsFile::Present && self.root.join("migrations").is_dir() => {
                self.history("migrations", HistoryRole::Only, settings.layout)
            }
            None => Ok(()),
        }
    }

    /// Reads the declared schema, a folder or one file; what a default names may be missing.
    pub(super) fn schema(&mut self, settings: &Settings, file: SettingsFile) -> Result<(), ProjectError> {
        let path = match &settings.schema {
            Some(path) => path,
            None if file == SettingsFile::Present && self.root.join("schema").is_dir() => "schema",
            None => return Ok(()),
        };
        let full = self.root.join(path);
        if full.is_file() {
            let id = self.file(&full, path.to_owned())?.0;
            self.schema.push(id);
            return Ok(());
        }
        if !full.is_dir() {
            return Err(ProjectError::NoFolder { path: path.to_owned(), key: "schema" });
        }
        for name in sql(folder::files(&full, path)?) {
            // A migration below the schema folder stays a migration.
            let (id, known) = self.file(&full.join(&name), join(path, &name))?;
            if known == Known::New {
                self.schema.push(id);
            }
        }
        Ok(())
    }

    /// Says which files the command is about, and reads those that are not yet read.
    pub(super) fn select(
        &mut self,
        paths: &[PathBuf],
        layout: Option<&'static str>,
    ) -> Result<Vec<FileId>, ProjectError> {
        if paths.is_empty() {
            return Ok((0..self.files.len() as u32).map(FileId).collect());
        }
        let mut selected = Vec::new();
        for path in paths {
            let shown = path.display().to_string();
            if path.is_dir() {
                self.select_folder(path, &shown, layout, &mut selected)?;
            } else if path.exists() {
                selected.push(self.named(path, &shown)?);
            } else {
                return Err(ProjectError::NoPath(shown));
            }
        }
        selected.sort();
        selected.dedup();
        Ok(selected)
    }

    fn select_folder(
        &mut self,
        path: &Path,
        shown: &str,
        layout: Option<&'static str>,
        selected: &mut Vec<FileId>,
    ) -> Result<(), ProjectError> {
        let shown = self.relative(path, shown);
        if self.histories.is_empty() && self.schema.is_empty() {
            // Nothing else says what the folder is, so a folder of migrations is recognised as one.
            let before = self.files.len() as u32;
            if self.history_of(path, &shown, HistoryRole::Only, layout).is_ok() {
                selected.extend((before..self.files.len() as u32).map(FileId));
                return Ok(());
            }
            self.forget(before as usize);
        }
        for name in sql(folder::files(path, &shown)?) {
            selected.push(self.named(&path.join(&name), &join(&shown, &name))?);
        }
        Ok(())
    }

    fn forget(&mut self, from: usize) {
        self.files.truncate(from);
        self.real.truncate(from);
        self.known.retain(|_, id| id.index() < from);
        self.findings.retain(|finding| finding.file.index() < from);
    }

    fn named(&mut self, path: &Path, shown: &str) -> Result<FileId, ProjectError> {
        let shown = self.relative(path, shown);
        let (id, known) = self.file(path, shown)?;
        if known == Known::New {
            self.loose.push(id);
        }
        Ok(id)
    }

    /// Returns a path of the command line relative to the project, or as typed when it lies elsewhere.
    fn relative(&self, path: &Path, shown: &str) -> String {
        let real = fs::canonicalize(path).ok().zip(fs::canonicalize(self.root).ok());
        let within = real.and_then(|(path, root)| path.strip_prefix(root).ok().map(Path::to_owned));
        within.map_or_else(|| shown.to_owned(), |path| path.to_string_lossy().replace('\\', "/"))
    }

    fn history(&mut self, path: &str, role: HistoryRole, layout: Option<&'static str>) -> Result<(), ProjectError> {
        let full = self.root.join(path);
        if !full.is_dir() {
            return Err(ProjectError::NoFolder { path: path.to_owned(), key: "migrations" });
        }
        self.history_of(&full, path, role, layout)
    }

    fn history_of(
        &mut self,
        full: &Path,
        shown: &str,
        role: HistoryRole,
        layout: Option<&'static str>,
    ) -> Result<(), ProjectError> {
        let mut seen = Vec::new();
        for path in folder::files(full, shown)? {
            seen.push(self.seen(full, path, shown)?);
        }
        let entries: Vec<Entry<'_>> = seen.iter().map(|seen| seen.entry(&self.files)).collect();
        let history = migration::read(&entries, layout.and_then(layouts::find)).map_err(ProjectError::History)?;
        self.findings.extend(history_order::check(&history, &self.files));
        self.histories.push((role, history));
        Ok(())
    }

    fn seen(&mut self, folder: &Path, path: String, shown: &str) -> Result<Seen, ProjectError> {
        let (full, shown) = (folder.join(&path), join(shown, &path));
        let mut seen = Seen { file: None, path, shown, side: String::new() };
        if seen.path.ends_with(".sql") {
            seen.file = Some(self.file(&full, seen.shown.clone())?.0);
        } else if layouts::is_read(&seen.path) {
            let text = fs::read_to_string(&full);
            seen.side = text.map_err(|error| ProjectError::io(seen.shown.clone(), &error))?;
        }
        Ok(seen)
    }

    /// Reads a file once, however often it is named.
    fn file(&mut self, path: &Path, shown: String) -> Result<(FileId, Known), ProjectError> {
        let failed = |error: std::io::Error| ProjectError::io(shown.clone(), &error);
        let real = fs::canonicalize(path).map_err(failed)?;
        if let Some(id) = self.known.get(&real) {
            return Ok((*id, Known::Already));
        }
        let bytes = fs::read(path).map_err(failed)?;
        if u32::try_from(bytes.len()).is_err() {
            return Err(ProjectError::TooLarge(shown));
        }
        let id = FileId(self.files.len() as u32);
        let (text, finding) = decode(bytes, id);
        self.findings.extend(finding);
        self.files.push(SourceFile::new(shown, text));
        self.known.insert(real.clone(), id);
        self.real.push(real);
        Ok((id, Known::New))
    }
}

/// A file in a folder of migrations: SQL, or what layouts read beside it.
struct Seen {
    file: Option<FileId>,
    path: String,
    shown: String,
    side: String,
}

impl Seen {
    fn entry<'a>(&'a self, files: &'a [SourceFile]) -> Entry<'a> {
        let text = self.file.map_or(&self.side, |file| &files[file.index()].text);
        Entry { file: self.file.unwrap_or_default(), path: &self.path, shown: &self.shown, text }
    }
}

/// Whether a file had been read before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Already,
    New,
}

fn sql(paths: Vec<String>) -> impl Iterator<Item = String> {
    paths.into_iter().filter(|path| path.ends_with(".sql"))
}

/// Makes text of bytes, with offsets kept: every byte that is not UTF-8 becomes a question mark.
///
/// The rest of the file can then be judged, and places are those of the original.
fn decode(bytes: Vec<u8>, file: FileId) -> (String, Option<Finding>) {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return (text, None),
        Err(error) => error.into_bytes(),
    };
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        // Half of the bytes are NUL: nothing in it is a statement to us.
        let finding = invalid_utf8::utf16(file);
        return (" ".repeat(bytes.len()), Some(finding));
    }
    let mut text = String::with_capacity(bytes.len());
    let mut first = None;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        let invalid = chunk.invalid().len();
        if invalid > 0 {
            first.get_or_insert(Span::new(text.len() as u32, (text.len() + invalid) as u32));
        }
        text.extend(std::iter::repeat_n('?', invalid));
    }
    let finding = first.map(|span| invalid_utf8::found(file, span, bytes[span.range().start]));
    (text, finding)
}
