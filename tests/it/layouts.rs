//! `fixtures/layouts/<tool>/`: a folder of migrations, and in `expected.txt` what is read from it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use tenet::migration::{Migration, Section, TransactionMode};
use tenet::project::{Location, Overrides, Project, SettingsFile};

use crate::fixture::{compare, entries, name, report};

fn listing(folder: &Path) -> Result<String, String> {
    let location = Location { root: folder.to_owned(), settings: SettingsFile::Absent };
    let overrides = Overrides { migrations: Some("migrations".to_owned()), ..Overrides::default() };
    let project = Project::load(&location, &overrides, &[]).map_err(|error| error.to_string())?;
    let (_, history) = &project.histories[0];
    let mut text = format!("layout {}\n", history.layout.name);
    for migration in &history.migrations {
        text.push_str(&entry(&project, migration));
    }
    for finding in &project.findings {
        writeln!(text, "\n{}: {}", finding.rule, finding.message).unwrap();
    }
    Ok(text)
}

fn entry(project: &Project, migration: &Migration) -> String {
    let mut text = format!("\nversion {} name {}\n", migration.id.version, migration.id.name);
    if migration.transaction == TransactionMode::None {
        text.push_str("  no transaction\n");
    }
    let sections = |word, sections: &[Section]| -> String {
        sections.iter().map(|section| format!("  {word} {}\n", place(project, section))).collect()
    };
    text + &sections("up", &migration.up) + &sections("down", &migration.down)
}

/// A whole file, or its lines.
fn place(project: &Project, section: &Section) -> String {
    let file = project.file(section.file);
    if section.span.range() == (0..file.text.len()) {
        return file.path.clone();
    }
    let (first, _) = file.position(section.span.start);
    let (last, column) = file.position(section.span.end);
    format!("{} lines {first} to {}", file.path, if column == 1 { last - 1 } else { last })
}

#[test]
fn layouts_are_recognised_and_read() {
    let folders = entries("fixtures/layouts");
    let mut failures = Vec::new();
    for folder in &folders {
        let result = listing(folder).and_then(|text| compare(&folder.join("expected.txt"), &text));
        failures.extend(result.err().map(|error| format!("{}: {error}", name(folder))));
    }
    report(folders.len(), failures);
}

#[test]
fn every_layout_has_a_fixture_of_its_own() {
    for layout in tenet::migration::layouts::ALL {
        let path = crate::fixture::root().join("fixtures/layouts").join(layout.name).join("expected.txt");
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert!(expected.starts_with(&format!("layout {}\n", layout.name)), "{} is not detected", layout.name);
    }
}
