//! `fixtures/syntax/<family>/<topic>.sql`: every statement is read, and `<topic>.printed.sql` beside it is what was understood.
//!
//! A statement that is not read yet stands below a comment `-- not read: <reason>`. The print is SQL, so it is read and
//! printed again: a print that PostgreSQL would read differently seldom survives that.

use std::fs;
use std::path::Path;

use tenet::syntax::script::{Piece, PieceKind, Script};
use tenet::syntax::{parse, read as reading};

use crate::fixture::{compare, entries, files_below, name, report, root};

/// The folders of `fixtures/syntax` that have harnesses of their own.
const OTHERS: &[&str] = &["directives", "plpgsql", "scripts"];

/// Opens a comment that excuses the statement below it.
const NOT_READ: &str = "-- not read: ";

/// Opens the comment that stands for such a statement in the print.
const REFUSED: &str = "-- refused: ";

/// Reads a file's statements and prints each, the unread ones as comments.
fn printed(text: &str) -> Result<String, String> {
    let script = Script::split(text);
    let mut print = String::new();
    let mut failures = Vec::new();
    for (at, piece) in script.pieces.iter().enumerate() {
        let behind = at.checked_sub(1).map_or(0, |before| script.pieces[before].span.end);
        let excused = is_excused(text, &script, behind, piece);
        let line = text[..piece.span.start as usize].matches('\n').count() + 1;
        if piece.kind == PieceKind::CopyData {
            // The end of no data, without which what follows would be data.
            print.push_str("\\.\n");
            continue;
        }
        match read(text, &script, piece) {
            Ok(_) if excused => failures.push(format!("line {line}: is read; take the excuse away")),
            Ok(statement) => print.push_str(&format!("{statement};\n")),
            Err(message) if excused => print.push_str(&format!("{REFUSED}{message}\n")),
            Err(message) => failures.push(format!("line {line}: {message}\n{}", &text[piece.span.range()])),
        }
    }
    if failures.is_empty() { Ok(print) } else { Err(failures.join("\n")) }
}

fn read(text: &str, script: &Script, piece: &Piece) -> Result<String, String> {
    match piece.kind {
        PieceKind::Statement => {
            let statement =
                parse::statement(text, script.tokens_of(piece)).map_err(|error| error.message.to_string())?;
            Ok(statement.to_string())
        }
        PieceKind::CopyData | PieceKind::Unclosed | PieceKind::MetaCommand => {
            Err(format!("{:?} is no statement; whole scripts belong to fixtures/syntax/scripts", piece.kind))
        }
    }
}

/// Says whether the last comment between byte `behind` and the piece is an excuse.
fn is_excused(text: &str, script: &Script, behind: u32, piece: &Piece) -> bool {
    let mut above = script.comments.iter().filter(|comment| comment.start >= behind && comment.end <= piece.span.start);
    above.next_back().is_some_and(|comment| text[comment.range()].starts_with(NOT_READ))
}

fn case(path: &Path) -> Result<(), String> {
    let named = |failure: String| format!("{}\n{failure}", name(path));
    let text = fs::read_to_string(path).unwrap();
    let print = printed(&text).map_err(named)?;
    let again = printed(&print).map_err(|failure| named(format!("the print is not read: {failure}")))?;
    let statements: String = print.split_inclusive('\n').filter(|line| !line.starts_with(REFUSED)).collect();
    if statements != again {
        let diff = similar::TextDiff::from_lines(&statements, &again);
        return Err(named(diff.unified_diff().header("print", "its print").to_string()));
    }
    compare(&path.with_extension("printed.sql"), &print)
}

/// Runs a test on a stack as large as `check` has.
fn on_large_stack(test: fn()) {
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(test).unwrap();
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}

#[test]
fn statements_are_read_and_printed() {
    on_large_stack(|| {
        let families = entries("fixtures/syntax");
        let families =
            families.iter().filter(|path| path.is_dir() && OTHERS.iter().all(|other| !path.ends_with(other)));
        let files: Vec<_> = families.flat_map(|family| entries(&name(family))).collect();
        let (prints, topics): (Vec<_>, Vec<_>) = files.iter().partition(|path| name(path).ends_with(".printed.sql"));
        let mut failures: Vec<String> = topics.iter().filter_map(|path| case(path).err()).collect();
        let strays = topics.iter().filter(|path| path.extension().is_none_or(|extension| extension != "sql"));
        failures.extend(strays.map(|path| format!("{}: an unknown file", name(path))));
        let topic_of = |print: &Path| print.with_extension("").with_extension("sql");
        let orphans = prints.iter().filter(|print| !topic_of(print).exists());
        failures.extend(orphans.map(|print| format!("{}: the print of nothing", name(print))));
        report(topics.len(), failures);
    });
}

/// Where nobody asks what rows are given, the same statements are read, and those that define things are the same.
#[test]
fn outlines_say_the_same_of_definitions() {
    on_large_stack(|| {
        let mut shorter = 0;
        for path in files_below(&root().join("fixtures"))
            .into_iter()
            .filter(|path| path.extension().is_some_and(|found| found == "sql"))
        {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let (whole, outline) = (reading::script(&text), reading::outline(&text));
            assert_eq!(whole.statements.len(), outline.statements.len(), "{}", path.display());
            for (one, other) in whole.statements.iter().zip(&outline.statements) {
                let place = format!("{}: {}", path.display(), &text[one.span.range()]);
                match (&one.outcome, &other.outcome) {
                    (Ok(one), Ok(other)) if one.tag() == "INSERT" => shorter += usize::from(one != other),
                    (one, other) => assert_eq!(one, other, "{place}"),
                }
            }
        }
        assert!(shorter > 100, "only {shorter} statements were read in outline");
    });
}
