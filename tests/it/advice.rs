//! What is said of statements that are refused, and the fixes that are offered.
//!
//! A folder of `fixtures/advice/` is a project of one migration. `expected.txt` has every finding with its evidence and its
//! help; `fixed.sql` is the migration once all fixes are applied. A fix proves its statement, or it is none.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use tenet::finding::{Edit, Finding};
use tenet::project::{Location, Overrides, Project, SettingsFile};
use tenet::report::CheckOutcome;
use tenet::source::SourceFile;
use tenet::verdict::Scope;
use tenet::{check, fix};

use crate::fixture::{TempFolder, compare, entries, name, report};

/// Judges a migration as a project with the case's settings.
fn judged(case: &Path, text: &str) -> CheckOutcome {
    let folder = TempFolder::new(&name(case));
    fs::create_dir(folder.path().join("migrations")).unwrap();
    fs::copy(case.join("tenet.yaml"), folder.path().join("tenet.yaml")).unwrap();
    fs::write(folder.path().join("migrations/0001_input.sql"), text).unwrap();
    let location = Location { root: folder.path().to_owned(), settings: SettingsFile::Present };
    let project = Project::load(&location, &Overrides::default(), &[]).unwrap();
    check::run(&project, &project.selected)
}

fn shown(text: &str, findings: &[Finding]) -> String {
    let file = SourceFile::new("input.sql", text);
    let mut lines = String::new();
    for finding in findings {
        let (line, column) = file.position(finding.span.start);
        writeln!(lines, "{line}:{column} {} ({}): {}", finding.rule, finding.severity.as_str(), finding.message)
            .unwrap();
        for label in &finding.labels {
            let (line, column) = file.position(label.span.start);
            writeln!(
                lines,
                "    {line}:{column} {}: {}",
                file.slice(label.span).lines().next().unwrap_or(""),
                label.text
            )
            .unwrap();
        }
        for help in finding.help.iter().flat_map(|help| help.lines()) {
            writeln!(lines, "    = {help}").unwrap();
        }
    }
    lines
}

/// Applies every fix in one round, and says which statements it does not prove.
fn fixed(case: &Path, text: &str, outcome: &CheckOutcome) -> (String, Vec<String>) {
    let fixes: Vec<&[Edit]> =
        outcome.findings.iter().map(|finding| finding.fix.as_slice()).filter(|fix| !fix.is_empty()).collect();
    let (after, applied) = fix::apply(text, &fixes);
    assert_eq!(applied, fixes.len(), "{}: fixes collide", name(case));
    let then = judged(case, &after);
    let with_fix = |at: &usize| {
        let span = outcome.statements[*at].span;
        outcome.findings.iter().any(|finding| span.contains(finding.span) && !finding.fix.is_empty())
    };
    let open = (0..outcome.statements.len()).filter(with_fix).filter(|at| then.statements[*at].scope != Scope::Scoped);
    let open = open
        .map(|at| format!("{}: not proved once fixed: {}", name(case), after[then.statements[at].span.range()].trim()));
    (after.clone(), open.collect())
}

#[test]
fn fixes_prove_their_statements() {
    let cases = entries("fixtures/advice");
    let mut failures = Vec::new();
    for case in &cases {
        for file in fs::read_dir(case).unwrap() {
            let file = file.unwrap().file_name().into_string().unwrap();
            if !["tenet.yaml", "input.sql", "expected.txt", "fixed.sql"].contains(&file.as_str()) {
                failures.push(format!("{}: unknown file {file}", name(case)));
            }
        }
        let text = fs::read_to_string(case.join("input.sql")).unwrap();
        let outcome = judged(case, &text);
        failures.extend(compare(&case.join("expected.txt"), &shown(&text, &outcome.findings)).err());
        let (after, open) = fixed(case, &text, &outcome);
        failures.extend(compare(&case.join("fixed.sql"), &after).err());
        failures.extend(open);
    }
    report(cases.len(), failures);
}
