//! `--format sarif`: SARIF 2.1.0, for code scanning.
//!
//! Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.

use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::CheckOutcome;
use crate::finding::{Edit, Finding, Label};
use crate::rules::{self, Rule};
use crate::source::{SourceFile, Span};

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Value,
    column_kind: &'static str,
    #[serde(serialize_with = "results")]
    results: (&'a [SourceFile], &'a [Finding]),
}

/// Writes a log of one run and a line end.
pub(super) fn write(files: &[SourceFile], outcome: &CheckOutcome, out: &mut dyn Write) -> io::Result<()> {
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: tool(),
            // Columns here count characters; byteOffset and byteLength give the bytes.
            column_kind: "unicodeCodePoints",
            results: (files, &outcome.findings),
        }],
    };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

// Results are made while they are written: each is many times as large as its finding.
fn results<S: Serializer>((files, found): &(&[SourceFile], &[Finding]), serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(found.iter().map(|finding| result(files, finding)))
}

fn tool() -> Value {
    json!({ "driver": {
        "name": "tenet",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules::ALL.iter().map(descriptor).collect::<Vec<_>>(),
    }})
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.when },
        "fullDescription": { "text": format!("{}: {}", rule.when, rule.effect) },
        "help": { "text": rule.remedy },
        "defaultConfiguration": { "level": rule.severity.as_str() },
        "properties": { "tags": [rule.family()] },
    })
}

fn result(files: &[SourceFile], finding: &Finding) -> Value {
    let file = &files[finding.file.index()];
    let help = finding.help.as_ref().map(|help| format!("\n{help}")).unwrap_or_default();
    let mut result = json!({
        "ruleId": finding.rule,
        "level": finding.severity.as_str(),
        "message": { "text": format!("{}{help}", finding.message) },
        "locations": [{ "physicalLocation": place(file, finding.span) }],
    });
    if let Some(index) = rules::ALL.iter().position(|rule| rule.id == finding.rule) {
        result["ruleIndex"] = json!(index);
    }
    if !finding.labels.is_empty() {
        let related = finding.labels.iter().zip(1..).map(|(label, id)| evidence(files, label, id));
        result["relatedLocations"] = related.collect();
    }
    if !finding.fix.is_empty() {
        let replacements: Vec<Value> = finding.fix.iter().map(|edit| replacement(file, edit)).collect();
        let change = json!({ "artifactLocation": artifact(file), "replacements": replacements });
        result["fixes"] = json!([{ "artifactChanges": [change] }]);
    }
    result
}

fn evidence(files: &[SourceFile], label: &Label, id: usize) -> Value {
    let place = place(&files[label.file.index()], label.span);
    json!({ "id": id, "physicalLocation": place, "message": { "text": label.text } })
}

fn replacement(file: &SourceFile, edit: &Edit) -> Value {
    json!({ "deletedRegion": region(file, edit.span), "insertedContent": { "text": edit.text } })
}

fn place(file: &SourceFile, span: Span) -> Value {
    json!({ "artifactLocation": artifact(file), "region": region(file, span) })
}

/// `%SRCROOT%` is what viewers replace by the folder that was checked out.
fn artifact(file: &SourceFile) -> Value {
    json!({ "uri": uri(&file.path), "uriBaseId": "%SRCROOT%" })
}

fn region(file: &SourceFile, span: Span) -> Value {
    let (start_line, start_column) = character_position(file, span.start);
    let (end_line, end_column) = character_position(file, span.end);
    json!({
        "startLine": start_line,
        "startColumn": start_column,
        "endLine": end_line,
        "endColumn": end_column,
        "byteOffset": span.start,
        "byteLength": span.end - span.start,
    })
}

fn character_position(file: &SourceFile, offset: u32) -> (u32, usize) {
    let (line, _) = file.position(offset);
    let before = file.slice(Span::new(file.line_start(line), offset));
    (line, before.chars().count() + 1)
}

/// Escapes everything but unreserved characters and slashes (RFC 3986).
fn uri(path: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_offsets_count_bytes() {
        let file = SourceFile::new("ä b.sql", "-- ä\n'ä' x");
        let expected = json!({
            "startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 6, "byteOffset": 11, "byteLength": 1,
        });
        assert_eq!(region(&file, Span::new(11, 12)), expected);
        assert_eq!(uri(&file.path), "%C3%A4%20b.sql");
    }
}
