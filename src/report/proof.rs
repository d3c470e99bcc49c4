//! What `explain FILE:LINE` prints: the proof of a statement, or what keeps it from being one.

use std::fmt::Write;

use super::StatementEntry;
use crate::finding::Finding;
use crate::scope::{Explanation, ProofRow, Reason, Source, Step};
use crate::source::{SourceFile, Span};
use crate::verdict::Scope;

/// A statement with what is said of it.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The statement.
    pub entry: StatementEntry,
    /// Why it stays within a tenant, or does not.
    pub explanation: Explanation,
    /// What is found of it.
    pub findings: Vec<Finding>,
}

/// Returns the page of a statement.
pub fn proof(files: &[SourceFile], explained: &Explained) -> String {
    let entry = &explained.entry;
    let file = &files[entry.file.index()];
    let page = Page { files, file };
    let kind = entry.kind.to_ascii_uppercase().replace('_', " ");
    let mut text = format!("{}  {kind}\n\n  {}\n", page.line(entry.span), verdict(entry));
    for row in &explained.explanation.rows {
        page.row(row, &mut text);
    }
    for witness in &explained.explanation.witnesses {
        let _ = write!(text, "\n  {witness}\n");
    }
    for finding in &explained.findings {
        page.finding(finding, &mut text);
    }
    text
}

fn verdict(entry: &StatementEntry) -> String {
    match (entry.scope, &entry.tenant) {
        (Scope::Scoped, Some(tenant)) => format!("scoped: proved for one tenant, `{tenant}`"),
        (Scope::Scoped, None) => "scoped: it meets no tenant's rows".to_owned(),
        (Scope::Aligned, _) => "aligned: it touches every tenant, and mixes none".to_owned(),
        (Scope::Unscoped, _) => "unscoped: it can touch another tenant's rows".to_owned(),
        (Scope::Unprovable, _) => "unprovable: it depends on what is not given".to_owned(),
        (Scope::NotApplicable, _) => "not applicable: it reads and writes no rows".to_owned(),
    }
}

struct Page<'a> {
    files: &'a [SourceFile],
    file: &'a SourceFile,
}

impl Page<'_> {
    fn line(&self, span: Span) -> String {
        format!("{}:{}", self.file.path, self.file.position(span.start).0)
    }

    fn at(&self, span: Span) -> String {
        let (line, column) = self.file.position(span.start);
        format!("{}:{line}:{column}", self.file.path)
    }

    fn row(&self, row: &ProofRow, text: &mut String) {
        let _ = write!(text, "\n  `{}` {}  {}\n", row.relation, row.role, self.at(row.span));
        for step in &row.steps {
            let _ = writeln!(text, "    {}", self.step(step));
        }
        let _ = match (&row.tenant, row.steps.is_empty()) {
            (Some(tenant), _) => writeln!(text, "    so its tenant is {tenant}"),
            (None, true) => writeln!(text, "    nothing ties its tenant to a fixed value"),
            (None, false) => Ok(()),
        };
    }

    fn step(&self, step: &Step) -> String {
        let words = match (&step.reason, step.place) {
            (Reason::Words(words), _) => words.clone(),
            (Reason::Condition, Some(Source::Here(span))) => {
                self.file.slice(span.closed(&self.file.text)).split_whitespace().collect::<Vec<_>>().join(" ")
            }
            (Reason::Condition, _) => "a condition".to_owned(),
        };
        match step.place {
            Some(Source::Here(span)) => format!("{words}  {}", self.at(span)),
            Some(Source::Declared(origin)) => {
                let file = &self.files[origin.file.index()];
                let (line, column) = file.position(origin.span.start);
                format!("{words}  {}:{line}:{column}", file.path)
            }
            None => words,
        }
    }

    fn finding(&self, finding: &Finding, text: &mut String) {
        let _ = write!(text, "\n  {}: {}\n", finding.rule, finding.message);
        for help in finding.help.iter().flat_map(|help| help.lines()) {
            let _ = writeln!(text, "    {help}");
        }
    }
}
