//! A made-up project: thousands of migrations as software for many tenants has them, the same for the same seed.
//!
//! Every statement is one that PostgreSQL parses and that stays within its tenant.

mod ddl;
mod dml;
mod random;
mod table;
mod value;

use std::fs;
use std::io;
use std::path::Path;

use self::random::Random;
use self::table::Table;

const SETTINGS: &str = "\
version: 1
tenancy:
  tenant_column: tenant_id
  type: uuid
  root: { table: tenants, column: id }
  session: \"current_setting('app.tenant_id')::uuid\"
";

const ROOT: &str = "CREATE TABLE tenants (id uuid PRIMARY KEY, name text NOT NULL);\n";

/// How large a project is made.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    /// How many migrations.
    pub(crate) files: usize,
    /// How many bytes each of them has, about.
    pub(crate) bytes: usize,
    /// What they consist of.
    pub(crate) mix: Mix,
}

/// What migrations consist of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mix {
    /// Definitions, and changes of data.
    All,
    /// Definitions only.
    Definitions,
}

/// The size that the goals speak of: 60 MB in 5,000 files.
pub(crate) const FULL: Size = Size { files: 5_000, bytes: 11_000, mix: Mix::All };

/// A project that has been worked on for some years; public ones have 1,200 bytes a file.
pub(crate) const USUAL: Size = Size { files: 500, bytes: 1_600, mix: Mix::All };

/// Definitions only, of 1,300 tables.
pub(crate) const DEFINITIONS: Size = Size { files: 4_000, bytes: 4_000, mix: Mix::Definitions };

/// Writes a project and returns how many bytes of SQL it has.
pub(crate) fn write(folder: &Path, size: Size) -> io::Result<u64> {
    let migrations = folder.join("migrations");
    fs::create_dir_all(&migrations)?;
    fs::write(folder.join("tenet.yaml"), SETTINGS)?;
    fs::write(migrations.join("00000_tenants.sql"), ROOT)?;
    let mut random = Random::new(0x7e4e7);
    let mut tables = Vec::new();
    let mut bytes = ROOT.len() as u64;
    for file in 1..=size.files {
        let text = migration(file, size, &mut tables, &mut random);
        let name = &tables[tables.len() - 1].name;
        fs::write(migrations.join(format!("{file:05}_{name}.sql")), &text)?;
        bytes += text.len() as u64;
    }
    Ok(bytes)
}

/// Returns the migrations in order.
pub(crate) fn texts(size: Size) -> impl Iterator<Item = String> {
    let mut random = Random::new(0x7e4e7);
    let mut tables = Vec::new();
    let made = (1..=size.files).map(move |file| migration(file, size, &mut tables, &mut random));
    std::iter::once(ROOT.to_owned()).chain(made)
}

/// Every third migration makes a table.
fn migration(file: usize, size: Size, tables: &mut Vec<Table>, random: &mut Random) -> String {
    let mut text = String::with_capacity(size.bytes + 4_000);
    if file % 3 == 1 && tables.len() < Table::MOST {
        let table = Table::new(tables.len(), random);
        text = ddl::create_table(&table, tables.last(), random);
        tables.push(table);
    }
    while text.len() < size.bytes {
        let (table, other) = (&tables[random.below(tables.len())], &tables[random.below(tables.len())]);
        text.push('\n');
        text.push_str(&match size.mix {
            Mix::All => statement(table, other, random),
            Mix::Definitions => definition(table, other, random),
        });
    }
    text
}

fn definition(table: &Table, other: &Table, random: &mut Random) -> String {
    match random.below(16) {
        0..=7 => ddl::alter_table(table, random),
        8..=10 => ddl::index(table, random),
        11..=12 => ddl::view(table, other, random),
        13..=14 => ddl::function(table, random),
        _ => ddl::policy(table, random),
    }
}

fn statement(table: &Table, other: &Table, random: &mut Random) -> String {
    match random.below(20) {
        0..=1 => ddl::alter_table(table, random),
        2..=3 => ddl::index(table, random),
        4..=5 => ddl::view(table, other, random),
        6..=7 => ddl::function(table, random),
        8 => ddl::policy(table, random),
        9..=11 => dml::insert(table, random),
        12 => dml::insert_select(table, other, random),
        13 => dml::setting(table, random),
        14..=16 => dml::update(table, other, random),
        _ => dml::delete(table, other, random),
    }
}
