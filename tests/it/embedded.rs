//! The languages within SQL files: directives in comments and PL/pgSQL in bodies, case by case.

use std::fs;

use tenet::source::{SourceFile, Span};
use tenet::syntax::directive::{self, Directive, History, Inverse, Place};
use tenet::syntax::script::Script;

use crate::fixture::{compare, entries, name, report};

#[test]
fn directives() {
    every_case("fixtures/syntax/directives", dump_directives);
}

/// Compares what `dump` says of each SQL file of a folder with the file beside it.
fn every_case(folder: &str, dump: impl Fn(&SourceFile) -> String) {
    let mut cases = 0;
    let mut failures = Vec::new();
    for path in entries(folder) {
        let name = name(&path);
        if let Some(case) = name.strip_suffix(".expected.txt") {
            if !path.with_file_name(format!("{}.sql", case.rsplit('/').next().unwrap_or(case))).exists() {
                failures.push(format!("{name} belongs to no case"));
            }
            continue;
        }
        assert!(name.ends_with(".sql"), "{name} is no case");
        cases += 1;
        let found = dump(&SourceFile::new(name, fs::read_to_string(&path).unwrap()));
        failures.extend(compare(&path.with_extension("expected.txt"), &found).err());
    }
    report(cases, failures);
}

/// The two ends of a span as line and column.
fn place(file: &SourceFile, span: Span) -> String {
    let ((line, column), (end_line, end_column)) = (file.position(span.start), file.position(span.end));
    match line == end_line {
        true => format!("{line}:{column}-{end_column}"),
        false => format!("{line}:{column}-{end_line}:{end_column}"),
    }
}

fn dump_directives(file: &SourceFile) -> String {
    let script = Script::split(&file.text);
    let found = directive::read(&file.text, &script);
    let mut out = String::new();
    for placed in &found.placed {
        let statement = file.slice(script.pieces[placed.piece].span).lines().next().unwrap_or("");
        let relation = if placed.place == Place::Above { "above" } else { "within" };
        out += &format!("{} {relation} `{statement}`\n", place(file, placed.span));
        out += &format!("    {}\n", dump_directive(file, &placed.directive));
    }
    for problem in &found.problems {
        out += &format!("{} problem: {}\n", place(file, problem.span), problem.message);
        out += &format!("    at `{}`\n", file.slice(problem.span).replace('\n', "\\n"));
        if let Some(nearest) = problem.nearest {
            out += &format!("    nearest `{nearest}`\n");
        }
    }
    out
}

fn dump_directive(file: &SourceFile, directive: &Directive) -> String {
    match directive {
        Directive::Allow { rule, reason } => {
            assert_eq!(file.slice(rule.span), rule.text);
            format!("allow {} because {}", rule.text, reason.text)
        }
        Directive::Rollback(inverse) => dump_inverse(file, inverse),
        Directive::Irreversible(reason) => format!("irreversible because {}", reason.text),
        Directive::Fill { column, value } => {
            format!("fill {column} with {value}, read at {}", place(file, value.span))
        }
        Directive::AllTenants(reason) => format!("all tenants because {}", reason.text),
        Directive::Batch(rows) => format!("batch {rows}"),
        Directive::After(History::Shared, version) => format!("after shared {}", version.text),
        Directive::After(History::Tenant, version) => format!("after tenant {}", version.text),
        Directive::RenamedFrom(old) => format!("renamed from {old}"),
    }
}

fn dump_inverse(file: &SourceFile, inverse: &Inverse) -> String {
    let mut out = "rollback".to_string();
    let mut at = 0;
    for (line, span) in inverse.text.lines().zip(&inverse.lines) {
        assert_eq!(file.slice(*span), line);
        assert_eq!(inverse.place(at), span.start);
        at += line.len() as u32 + 1;
        out += &format!("\n    {}| {line}", place(file, *span));
    }
    out
}
