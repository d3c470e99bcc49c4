//! Settings from the command line.

use super::ProjectError;
use super::yaml::parse_name;
use crate::migration::layouts::{self, Layout};
use crate::settings::{Isolation, Migrations, Root, Settings, TableClass};

/// What flags say; it outweighs `tenet.yaml`.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--tenant-column`.
    pub tenant_columns: Vec<String>,
    /// `--root TABLE.COLUMN`.
    pub root: Option<String>,
    /// `--isolation`.
    pub isolation: Option<Isolation>,
    /// `--global TABLE`.
    pub globals: Vec<String>,
    /// `--schema`.
    pub schema: Option<String>,
    /// `--migrations`.
    pub migrations: Option<String>,
    /// `--layout`.
    pub layout: Option<String>,
}

impl Overrides {
    /// Writes what was said over the settings.
    ///
    /// # Errors
    ///
    /// A value is no name, no `TABLE.COLUMN`, or no layout.
    pub fn apply(&self, settings: &mut Settings) -> Result<(), ProjectError> {
        if !self.tenant_columns.is_empty() {
            let columns = self.tenant_columns.iter().map(|column| single(column));
            settings.tenancy.tenant_columns = columns.collect::<Result<_, _>>()?;
        }
        if let Some(root) = &self.root {
            settings.tenancy.root = Some(root_of(root)?);
        }
        for table in &self.globals {
            let name = parse_name(table).ok_or_else(|| refused("--global", table, "the name of a table"))?;
            settings.tenancy.tables.insert(name, TableClass::Global);
        }
        settings.tenancy.isolation = self.isolation.unwrap_or(settings.tenancy.isolation);
        settings.schema = self.schema.clone().or(settings.schema.take());
        settings.migrations = self.migrations.clone().map(Migrations::One).or(settings.migrations.take());
        if let Some(layout) = &self.layout {
            settings.layout = Some(layout_of(layout)?.name);
        }
        Ok(())
    }
}

fn refused(flag: &'static str, value: &str, expected: &'static str) -> ProjectError {
    ProjectError::Flag { flag, value: value.to_owned(), expected }
}

fn single(column: &str) -> Result<crate::pg::Ident, ProjectError> {
    let name = parse_name(column).filter(|name| name.parts.len() == 1);
    name.map(|name| name.last().clone()).ok_or_else(|| refused("--tenant-column", column, "the name of a column"))
}

fn root_of(text: &str) -> Result<Root, ProjectError> {
    let expected = || refused("--root", text, "TABLE.COLUMN, as in `accounts.id`");
    let mut table = parse_name(text).filter(|name| name.parts.len() > 1).ok_or_else(expected)?;
    let column = table.parts.pop().ok_or_else(expected)?;
    Ok(Root { table, column })
}

fn layout_of(name: &str) -> Result<&'static Layout, ProjectError> {
    layouts::find(name).ok_or_else(|| refused("--layout", name, "the name of a layout, as in `flyway`"))
}
