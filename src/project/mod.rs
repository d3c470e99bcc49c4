//! The project on disk: `tenet.yaml`, the folders that it names, and files named on the command line.
#![expect(clippy::disallowed_methods, reason = "this is the module that reads files")]

mod error;
mod folder;
mod order;
mod overrides;
mod read;
mod search;
mod yaml;

use std::path::{Path, PathBuf};

pub use error::{Place, ProjectError};
pub use overrides::Overrides;
pub use search::{Candidate, migration_folders};

use crate::finding::{FileId, Finding};
use crate::migration::History;
use crate::settings::Settings;
use crate::source::SourceFile;

/// The name of the settings file.
pub const SETTINGS_FILE: &str = "tenet.yaml";

/// Whose migrations a history holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryRole {
    /// The only history.
    Only,
    /// What tenants share (hybrid isolation).
    Shared,
    /// What each tenant has (hybrid isolation).
    Tenant,
}

/// Everything that the core has to know: settings and texts.
#[derive(Debug)]
pub struct Project {
    /// The folder that paths are relative to.
    pub root: PathBuf,
    /// The settings, flags of the command line included.
    pub settings: Settings,
    /// Every file that was read; a [`FileId`] is an index.
    pub files: Vec<SourceFile>,
    /// Where each file really lies.
    pub paths: Vec<PathBuf>,
    /// The files of the declared schema, by path.
    pub schema: Vec<FileId>,
    /// The histories; none when there is no folder of migrations.
    pub histories: Vec<(HistoryRole, History)>,
    /// Files named on the command line that belong to neither, in that order.
    pub loose: Vec<FileId>,
    /// The files that the command is about: those named on the command line, or all.
    pub selected: Vec<FileId>,
    /// What reading found.
    pub findings: Vec<Finding>,
}

/// Where a project is, and whether it has settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The folder that paths are relative to.
    pub root: PathBuf,
    /// Whether `tenet.yaml` is there.
    pub settings: SettingsFile,
}

/// Whether `tenet.yaml` is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsFile {
    /// It is read.
    Present,
    /// Flags and defaults stand in for it.
    Absent,
}

/// Finds the project: the folder that is named, or the nearest one upward with `tenet.yaml`, or the current one.
///
/// # Errors
///
/// The named folder is not there, or the current folder cannot be told.
pub fn locate(named: Option<&Path>) -> Result<Location, ProjectError> {
    let here = std::env::current_dir().map_err(|error| ProjectError::io(".", &error))?;
    let at = |root: PathBuf| {
        let present = root.join(SETTINGS_FILE).is_file();
        Location { root, settings: if present { SettingsFile::Present } else { SettingsFile::Absent } }
    };
    match named {
        Some(folder) if here.join(folder).is_dir() => Ok(at(here.join(folder))),
        Some(folder) => Err(ProjectError::NoFolder { path: folder.display().to_string(), key: "--project" }),
        None => {
            let nearest = here.ancestors().find(|folder| folder.join(SETTINGS_FILE).is_file());
            Ok(at(nearest.unwrap_or(&here).to_owned()))
        }
    }
}

impl Project {
    /// Reads settings, histories and schema, and the files and folders of the command line.
    ///
    /// # Errors
    ///
    /// The settings are refused, a file or folder cannot be read, or a folder is no history.
    pub fn load(location: &Location, overrides: &Overrides, paths: &[PathBuf]) -> Result<Project, ProjectError> {
        let mut settings = match location.settings {
            SettingsFile::Present => yaml::settings(&read::settings_text(&location.root)?)?,
            SettingsFile::Absent => Settings::default(),
        };
        overrides.apply(&mut settings)?;
        let mut reader = read::Reader::new(&location.root);
        reader.histories(&settings, location.settings)?;
        reader.schema(&settings, location.settings)?;
        let selected = reader.select(paths, settings.layout)?;
        let read::Reader { files, real: paths, schema, histories, loose, findings, .. } = reader;
        Ok(Project {
            root: location.root.clone(),
            settings,
            files,
            paths,
            schema,
            histories,
            loose,
            selected,
            findings,
        })
    }

    /// Returns a file.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.index()]
    }
}
