//! `--format json`: one document, whose shape is a contract.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::{CheckOutcome, StatementEntry, Summary};
use crate::finding::{Edit, Finding};
use crate::source::SourceFile;
use crate::verdict::{Audience, InverseClass, Scope};

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    #[serde(serialize_with = "statements")]
    statements: (&'a [SourceFile], &'a [StatementEntry]),
    #[serde(serialize_with = "findings")]
    findings: (&'a [SourceFile], &'a [Finding]),
    summary: Summary,
}

#[derive(Serialize)]
struct Statement<'a> {
    file: &'a str,
    index: usize,
    line: u32,
    start: u32,
    end: u32,
    kind: &'a str,
    audience: Audience,
    scope: Scope,
    tenant: Option<&'a str>,
    inverse: InverseClass,
}

#[derive(Serialize)]
struct Reported<'a> {
    rule: &'a str,
    severity: &'static str,
    file: &'a str,
    line: u32,
    column: u32,
    start: u32,
    end: u32,
    message: &'a str,
    help: Option<&'a str>,
    fix: Vec<Replacement<'a>>,
}

#[derive(Serialize)]
struct Replacement<'a> {
    start: u32,
    end: u32,
    text: &'a str,
}

/// Writes the document and a line end.
pub(super) fn write(files: &[SourceFile], outcome: &CheckOutcome, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        version: 1,
        statements: (files, &outcome.statements),
        findings: (files, &outcome.findings),
        summary: outcome.summary,
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

// Entries are made while they are written: a result of a million statements is never held twice.
fn statements<S: Serializer>(
    (files, entries): &(&[SourceFile], &[StatementEntry]),
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(entries.iter().map(|entry| statement(&files[entry.file.index()], entry)))
}

fn findings<S: Serializer>((files, found): &(&[SourceFile], &[Finding]), serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(found.iter().map(|finding| reported(&files[finding.file.index()], finding)))
}

fn statement<'a>(file: &'a SourceFile, entry: &'a StatementEntry) -> Statement<'a> {
    Statement {
        file: &file.path,
        index: entry.index,
        line: file.position(entry.span.start).0,
        start: entry.span.start,
        end: entry.span.end,
        kind: &entry.kind,
        audience: entry.audience,
        scope: entry.scope,
        tenant: entry.tenant.as_deref(),
        inverse: entry.inverse,
    }
}

fn reported<'a>(file: &'a SourceFile, finding: &'a Finding) -> Reported<'a> {
    let (line, column) = file.position(finding.span.start);
    Reported {
        rule: finding.rule,
        severity: finding.severity.as_str(),
        file: &file.path,
        line,
        column,
        start: finding.span.start,
        end: finding.span.end,
        message: &finding.message,
        help: finding.help.as_deref(),
        fix: finding.fix.iter().map(replacement).collect(),
    }
}

fn replacement(edit: &Edit) -> Replacement<'_> {
    Replacement { start: edit.span.start, end: edit.span.end, text: &edit.text }
}
