//! Scope verdicts: each folder of `fixtures/scope/` is a project of one migration, `expected.txt` what is said of it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use tenet::check;
use tenet::finding::Severity;
use tenet::project::{Location, Overrides, Project, SettingsFile};
use tenet::report::{CheckOutcome, StatementEntry};
use tenet::verdict::Scope;

use crate::fixture::{TempFolder, compare, entries, name, report};

/// A line for each statement: where it begins, what it is, the verdict, and the tenant that it is proved for.
fn shown(text: &str, outcome: &CheckOutcome) -> String {
    let mut lines = String::new();
    for entry in &outcome.statements {
        let line = text[..entry.span.start as usize].matches('\n').count() + 1;
        let scope = serde_json::to_value(entry.scope).unwrap();
        let tenant = entry.tenant.as_deref().map(|tenant| format!(" for {tenant}")).unwrap_or_default();
        writeln!(lines, "{line:3} {}: {}{tenant}", entry.kind, scope.as_str().unwrap()).unwrap();
    }
    lines
}

/// A statement that is refused without a finding would pass all the same.
fn is_silent(outcome: &CheckOutcome, entry: &StatementEntry) -> bool {
    let within =
        |finding: &tenet::finding::Finding| finding.severity == Severity::Error && entry.span.contains(finding.span);
    matches!(entry.scope, Scope::Unscoped | Scope::Unprovable) && !outcome.findings.iter().any(within)
}

/// Runs `check` on a case.
pub fn judged(case: &Path) -> (String, CheckOutcome) {
    let folder = TempFolder::new(&name(case));
    fs::create_dir(folder.path().join("migrations")).unwrap();
    fs::copy(case.join("tenet.yaml"), folder.path().join("tenet.yaml")).unwrap();
    fs::copy(case.join("input.sql"), folder.path().join("migrations/0001_input.sql")).unwrap();
    let location = Location { root: folder.path().to_owned(), settings: SettingsFile::Present };
    let project = Project::load(&location, &Overrides::default(), &[]).unwrap();
    (fs::read_to_string(case.join("input.sql")).unwrap(), check::run(&project, &project.selected))
}

/// A comment behind a statement may say the better verdict that it deserves; it goes when that is what is said.
fn is_as_good_as_it_ought_to_be(text: &str, entry: &StatementEntry) -> bool {
    let line = text[entry.span.range().end..].lines().next().unwrap_or("");
    let ought = line.split_once("-- ought to be ").map(|(_, verdict)| verdict);
    ought == serde_json::to_value(entry.scope).unwrap().as_str()
}

#[test]
fn verdicts_are_what_is_expected() {
    let cases = entries("fixtures/scope");
    let mut failures = Vec::new();
    for case in &cases {
        let files: Vec<String> =
            fs::read_dir(case).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        failures.extend(
            files
                .iter()
                .filter(|file| !["tenet.yaml", "input.sql", "expected.txt"].contains(&file.as_str()))
                .map(|file| format!("{}: `{file}` belongs to no case", name(case))),
        );
        let (text, outcome) = judged(case);
        failures.extend(compare(&case.join("expected.txt"), &shown(&text, &outcome)).err());
        failures.extend(
            outcome
                .statements
                .iter()
                .filter(|entry| is_silent(&outcome, entry))
                .map(|entry| format!("{}: {} is refused without a finding", name(case), &text[entry.span.range()])),
        );
        failures.extend(
            outcome
                .statements
                .iter()
                .filter(|entry| is_as_good_as_it_ought_to_be(&text, entry))
                .map(|entry| format!("{}: {} is what it ought to be", name(case), &text[entry.span.range()])),
        );
    }
    report(cases.len(), failures);
}
