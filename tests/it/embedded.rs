//! The languages within SQL files: directives in comments and PL/pgSQL in bodies, case by case.

use std::fs;

use tenet::procedure::{Opaque, Part, Places, Procedure, SqlBody, SqlKind};
use tenet::source::{SourceFile, Span};
use tenet::statement::Statement;
use tenet::statement::object::Statement as Object;
use tenet::statement::object::function::{Attribute, Source};
use tenet::statement::session::Statement as Session;
use tenet::statement::session::source_text::SourceText;
use tenet::syntax::directive::{self, Directive, History, Inverse, Place};
use tenet::syntax::script::Script;
use tenet::syntax::{parse, plpgsql};

use crate::fixture::{compare, entries, name, report};

#[test]
fn directives() {
    every_case("fixtures/syntax/directives", dump_directives);
}

#[test]
fn bodies() {
    every_case("fixtures/syntax/plpgsql", dump_bodies);
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

fn dump_bodies(file: &SourceFile) -> String {
    let script = Script::split(&file.text);
    let mut out = String::new();
    for piece in &script.pieces {
        let statement = match parse::statement(&file.text, script.tokens_of(piece)) {
            Ok(statement) => statement,
            Err(error) => panic!("{} {}: {}", file.path, place(file, error.span), error.message),
        };
        let (language, body) = body_of(&statement).expect("a statement with a body");
        out += &format!("{} {language}\n", place(file, body.span));
        out += &match language.as_str() {
            "plpgsql" => match plpgsql::procedure(&file.text, body) {
                Ok(procedure) => dump_procedure(file, body, &procedure),
                Err(error) => format!("    {} problem: {}\n", place(file, error.span), error.message),
            },
            "sql" => dump_sql(file, &plpgsql::sql(&file.text, body)),
            _ => String::new(),
        };
    }
    out
}

fn body_of(statement: &Statement) -> Option<(String, &SourceText)> {
    match statement {
        Statement::Session(session) => match &**session {
            Session::Do(block) => Some((block.language.clone().unwrap_or("plpgsql".into()), &block.body)),
            _ => None,
        },
        Statement::Object(object) => match &**object {
            Object::CreateFunction(function) => {
                let language = function.attributes.iter().find_map(|attribute| match attribute {
                    Attribute::Language(language) => Some(language.to_ascii_lowercase()),
                    _ => None,
                });
                let body = function.attributes.iter().find_map(|attribute| match attribute {
                    Attribute::As(Source::Text(text)) => Some(text),
                    _ => None,
                });
                language.zip(body)
            }
            _ => None,
        },
        _ => None,
    }
}

fn dump_procedure(file: &SourceFile, body: &SourceText, procedure: &Procedure) -> String {
    let mut out = String::new();
    for line in procedure.to_string().lines() {
        out += &format!("    {line}\n");
    }
    let text = if procedure.places == Places::File { &file.text } else { &body.text };
    for part in procedure.parts() {
        let (kind, span) = match part {
            Part::Expression(expression) => ("expression", expression.span),
            Part::Perform(expression) => ("perform", expression.span),
            Part::Command(expression) => ("command", expression.span),
            Part::Sql(sql) => ("sql", sql.span),
            Part::Target(target) => ("target", target.span),
            Part::Opaque(opaque) => {
                out += &dump_opaque(file, procedure.places, opaque);
                continue;
            }
            Part::Block(_) | Part::Declaration(_) | Part::Statement(_) => continue,
        };
        let written = text[span.range()].replace('\n', "\\n");
        out += &format!("  {} {kind} {written}\n", place(file, procedure.places.in_file(span)));
    }
    out
}

fn dump_opaque(file: &SourceFile, places: Places, opaque: &Opaque) -> String {
    format!("  {} opaque: {}\n", place(file, places.in_file(opaque.span)), opaque.message)
}

fn dump_sql(file: &SourceFile, body: &SqlBody) -> String {
    let mut out = String::new();
    for sql in &body.statements {
        out += &format!("  {} {sql}\n", place(file, body.places.in_file(sql.span)));
        if let SqlKind::Opaque(opaque) = &sql.kind {
            out += &dump_opaque(file, body.places, opaque);
        }
    }
    out
}
