//! `fixtures/syntax/scripts/<case>.sql`: whole files for the splitter.
//!
//! `<case>.statements` says which statements a sound file has; it does not come from tenet, and is never blessed.
//! `<case>.damage` says what is found in a broken file, finding by finding.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use tenet::syntax::read::{self, Unread};
use tenet::syntax::script::{PieceKind, Script};

use crate::fixture::{compare, entries, name, report};

/// Checks what every split promises: pieces in order, and nothing but white space, semicolons and comments between.
fn gaps(text: &str, script: &Script) -> Result<(), String> {
    let mut covered = vec![false; text.len()];
    let spans = script.pieces.iter().map(|piece| piece.span).chain(script.comments.iter().copied());
    for span in spans {
        let Some(bytes) = covered.get_mut(span.range()) else { return Err(format!("{span:?} lies outside")) };
        bytes.fill(true);
    }
    for pair in script.pieces.windows(2) {
        let within = pair[1].kind == PieceKind::MetaCommand || pair[0].kind == PieceKind::MetaCommand;
        if pair[0].span.end > pair[1].span.start && !within {
            return Err(format!("{:?} and {:?} overlap or are out of order", pair[0].span, pair[1].span));
        }
    }
    let text = text.strip_prefix('\u{feff}').map_or(text.to_owned(), |rest| format!("   {rest}"));
    match (0..text.len())
        .find(|&at| !covered[at] && !matches!(text.as_bytes()[at], b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c | b';'))
    {
        Some(at) => Err(format!("byte {at} belongs to nothing")),
        None => Ok(()),
    }
}

/// Compares the statements of a sound file with those that must be found.
fn sound(text: &str, expected: &str) -> Result<(), String> {
    let expected: Vec<(String, String)> = expected.lines().map(expected_statement).collect();
    let script = Script::split(text);
    let statements = script.pieces.iter().filter(|piece| !piece.tokens.is_empty());
    let found: Vec<(String, String)> = statements
        .map(|piece| {
            let range = piece.span.range();
            let kind = if piece.kind == PieceKind::Statement { "" } else { " never closed" };
            (format!("{}..{}{kind}", range.start, range.end), text[range].to_owned())
        })
        .collect();
    if found == expected {
        return gaps(text, &script);
    }
    let lines = |statements: &[(String, String)]| -> String {
        statements.iter().map(|(place, text)| format!("{place} {text:?}\n")).collect()
    };
    let (expected, found) = (lines(&expected), lines(&found));
    Err(similar::TextDiff::from_lines(&expected, &found).unified_diff().header("expected", "found").to_string())
}

/// A line: the place, then the text as a JSON string.
fn expected_statement(line: &str) -> (String, String) {
    let (place, text) = line.split_once(' ').expect("a place and a text");
    (place.to_owned(), serde_json::from_str(text).expect("a JSON string"))
}

/// Lists what is read of a broken file and what is not; psql commands and placeholders within read statements come last.
fn damage(text: &str) -> Result<String, String> {
    let read = read::script(text);
    gaps(text, &read.script)?;
    let mut lines = String::new();
    for statement in &read.statements {
        let range = statement.span.range();
        let text = serde_json::to_string(&text[range.clone()]).unwrap();
        writeln!(lines, "{}..{} {text}", range.start, range.end).unwrap();
        if let Err(why) = &statement.outcome {
            lines.push_str(&refusal(why));
        }
    }
    lines.extend(read.commands.iter().map(refusal));
    if lines.contains("\n  ") { Ok(lines) } else { Err(format!("nothing is found wrong:\n{lines}")) }
}

fn refusal(why: &Unread) -> String {
    let (span, message) = match why {
        Unread::Opaque(error) => (error.span, error.message.as_ref()),
        Unread::Template(span) => (*span, "a template placeholder"),
    };
    format!("  {}..{}: {message}\n", span.start, span.end)
}

fn case(path: &Path) -> Result<(), String> {
    let named = |failure: String| format!("{}\n{failure}", name(path));
    let bytes = fs::read(path).unwrap();
    let Ok(text) = String::from_utf8(bytes) else {
        // Such a file is refused before it is split; `fixtures/cli/not_utf8.console` shows how.
        return if path.ends_with("invalid_utf8.sql") { Ok(()) } else { Err(named("not UTF-8".to_owned())) };
    };
    match fs::read_to_string(path.with_extension("statements")) {
        Ok(expected) => sound(&text, &expected).map_err(named),
        Err(_) => compare(&path.with_extension("damage"), &damage(&text).map_err(named)?),
    }
}

#[test]
fn scripts_are_split_as_psql_splits_them() {
    let files = entries("fixtures/syntax/scripts");
    let is = |path: &Path, extension: &str| path.extension().is_some_and(|own| own == extension);
    let cases: Vec<_> = files.iter().filter(|path| is(path, "sql")).collect();
    let mut failures: Vec<String> = cases.iter().filter_map(|path| case(path).err()).collect();
    for path in files.iter().filter(|path| !is(path, "sql")) {
        let known = is(path, "statements") || is(path, "damage");
        if !known || !path.with_extension("sql").exists() {
            failures.push(format!("{}: belongs to no case", name(path)));
        }
    }
    report(cases.len(), failures);
}
