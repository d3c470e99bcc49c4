//! What a check found, before it has a format.

use std::fmt;

use serde::Serialize;

use crate::finding::{FileId, Finding, Severity};
use crate::source::Span;
use crate::verdict::{Audience, InverseClass, Scope};

/// What is said about one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementEntry {
    /// The file.
    pub file: FileId,
    /// The place among the file's statements, from 0.
    pub index: usize,
    /// From the first to the last token, the semicolon not included.
    pub span: Span,
    /// PostgreSQL's command tag in lower case with underscores, or `opaque`.
    pub kind: String,
    /// Whom it runs for.
    pub audience: Audience,
    /// Whether it stays within one tenant.
    pub scope: Scope,
    /// The proved designator as text.
    pub tenant: Option<String>,
    /// What comes back when it is undone.
    pub inverse: InverseClass,
}

/// The `kind` of a statement that could not be read.
const OPAQUE: &str = "opaque";

impl StatementEntry {
    /// Returns the `kind` of a command tag: `ALTER TABLE` is `alter_table`.
    pub fn kind_of(tag: &str) -> String {
        tag.to_ascii_lowercase().replace(' ', "_")
    }

    /// Makes the entry of a statement that could not be read.
    pub fn opaque(file: FileId, index: usize, span: Span) -> Self {
        StatementEntry {
            file,
            index,
            span,
            kind: OPAQUE.to_owned(),
            audience: Audience::Shared,
            scope: Scope::Unprovable,
            tenant: None,
            inverse: InverseClass::None,
        }
    }
}

/// What the closing line counts first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Migrations of the project's histories.
    Migrations(usize),
    /// Files that belong to no history.
    Files,
}

/// The numbers of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Files that were checked.
    pub files: usize,
    /// Statements in them.
    pub statements: usize,
    /// Findings that refuse the project.
    pub errors: usize,
    /// Findings that do not.
    pub warnings: usize,
    /// Statements that could not be read.
    pub opaque: usize,
}

/// What a check found, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOutcome {
    /// An entry for every statement of every checked file.
    pub statements: Vec<StatementEntry>,
    /// What rules report.
    pub findings: Vec<Finding>,
    /// What was checked.
    pub subject: Subject,
    /// The numbers.
    pub summary: Summary,
}

impl CheckOutcome {
    /// Counts what was found in `files` files.
    pub fn new(subject: Subject, files: usize, statements: Vec<StatementEntry>, findings: Vec<Finding>) -> Self {
        let weighing = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        let summary = Summary {
            files,
            statements: statements.len(),
            errors: weighing(Severity::Error),
            warnings: weighing(Severity::Warning),
            opaque: statements.iter().filter(|statement| statement.kind == OPAQUE).count(),
        };
        CheckOutcome { statements, findings, subject, summary }
    }
}

impl fmt::Display for CheckOutcome {
    /// Writes the closing line: `7 migrations, 1 error, 2 warnings, 1 statement opaque`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { files, errors, warnings, opaque, .. } = self.summary;
        match self.subject {
            Subject::Migrations(migrations) => f.write_str(&count(migrations, "migration"))?,
            Subject::Files => f.write_str(&count(files, "file"))?,
        }
        if errors + warnings == 0 {
            f.write_str(", 0 findings")?;
        }
        for (number, noun) in [(errors, "error"), (warnings, "warning")] {
            if number > 0 {
                write!(f, ", {}", count(number, noun))?;
            }
        }
        if opaque > 0 { write!(f, ", {} opaque", count(opaque, "statement")) } else { Ok(()) }
    }
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_counts() {
        let finding = |make: fn(&'static str, FileId, Span, &'static str) -> Finding| {
            make("parse/opaque", FileId(0), Span::new(0, 1), "x")
        };
        let findings = vec![finding(Finding::error), finding(Finding::warning), finding(Finding::warning)];
        let opaque = vec![StatementEntry::opaque(FileId(0), 0, Span::new(0, 1))];
        let outcome = CheckOutcome::new(Subject::Migrations(7), 7, opaque, findings);
        assert_eq!(outcome.to_string(), "7 migrations, 1 error, 2 warnings, 1 statement opaque");
        let clean = CheckOutcome::new(Subject::Files, 1, Vec::new(), Vec::new());
        assert_eq!(clean.to_string(), "1 file, 0 findings");
    }
}
