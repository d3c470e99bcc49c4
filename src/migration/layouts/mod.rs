//! How the folders of other tools are read, one file per tool.

mod atlas;
mod dbmate;
mod diesel;
mod entry;
mod flyway;
mod golang_migrate;
mod goose;
mod node_pg_migrate;
mod plain;
mod prisma;
mod refinery;
mod sql_migrate;
mod sqlx;

pub use entry::{Entry, Part, Refusal};
pub(super) use entry::{stem_id, whole};

pub use super::sections::Direction;

/// How the tool orders versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As numbers.
    Numeric,
    /// As text, character by character.
    Text,
}

/// What a tool's users see in a listing of their folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Files stand in the order in which they run, unless their versions differ in width.
    Ordered,
    /// The tool's own convention is to number without leading zeros.
    Unpadded,
}

/// A tool's way of laying out migrations.
#[derive(Debug)]
pub struct Layout {
    /// The name for `layout:`.
    pub name: &'static str,
    /// How the tool orders versions.
    pub order: Order,
    /// What a listing of the folder shows.
    pub listing: Listing,
    /// Says whether a folder is the tool's.
    pub(super) detect: fn(&[Entry<'_>]) -> bool,
    /// Reads one file.
    pub(super) parts: fn(&Entry<'_>) -> Result<Vec<Part>, Refusal>,
    /// Applies what other files of the folder say about parts.
    pub(super) adjust: fn(&[Entry<'_>], &mut [(&Entry<'_>, Part)]),
    /// Names the files of a new migration, with what stands in them.
    pub fresh: fn(version: &str, name: &str) -> Vec<(String, String)>,
}

/// Every layout, the most telling first: detection takes the first that recognises the folder.
pub static ALL: &[&Layout] = &[
    &prisma::LAYOUT,
    &diesel::LAYOUT,
    &sqlx::LAYOUT,
    &golang_migrate::LAYOUT,
    &goose::LAYOUT,
    &dbmate::LAYOUT,
    &sql_migrate::LAYOUT,
    &node_pg_migrate::LAYOUT,
    &refinery::LAYOUT,
    &flyway::LAYOUT,
    &atlas::LAYOUT,
    &plain::LAYOUT,
];

/// Returns the layout of a name.
pub fn find(name: &str) -> Option<&'static Layout> {
    ALL.iter().copied().find(|layout| layout.name == name)
}

/// Returns the layout that recognises the folder; the plain one when none does.
pub fn detect(entries: &[Entry<'_>]) -> &'static Layout {
    ALL.iter().copied().find(|layout| (layout.detect)(entries)).unwrap_or(&plain::LAYOUT)
}

/// Says whether layouts read what stands in a file, and not only its name.
pub fn is_read(path: &str) -> bool {
    path.ends_with(".sql") || path.ends_with(".sql.conf") || path.ends_with("/metadata.toml")
}

/// For tools whose files speak only about themselves.
fn no_adjustment(_: &[Entry<'_>], _: &mut [(&Entry<'_>, Part)]) {}
