//! Mutated fixtures: whatever the bytes are, the readers end soon, and the splitter loses nothing.

use std::fs;
use std::time::{Duration, Instant};

use tenet::source::Span;
use tenet::syntax::lexer::{Lexeme, Lexer};
use tenet::syntax::script::Script;
use tenet::syntax::{directive, plpgsql};

use crate::fixture::{files_below, root};
use crate::random::Random;

/// How often each fixture is mutated.
const ROUNDS: usize = 100;

/// How long one mutated text may take; a healthy one takes milliseconds, the machine may be busy.
const LIMIT: Duration = Duration::from_secs(5);

/// Less than the stack of any thread of the program.
const STACK: usize = 8 << 20;

/// What breaks readers: quotes, comments, blocks and their ends, directives, odd characters.
const PIECES: &[&str] = &[
    "'",
    "\"",
    "$$",
    "$a$",
    "--",
    "/*",
    "*/",
    "(",
    ")",
    "[",
    "]",
    ";",
    "\n",
    "\\",
    ":",
    ":=",
    "..",
    "<<",
    ">>",
    "{{",
    "ä",
    "\u{feff}",
    "\0",
    "BEGIN ",
    "END ",
    "IF ",
    " THEN ",
    "LOOP ",
    "CASE ",
    " INTO ",
    "DECLARE ",
    "EXCEPTION WHEN ",
    "-- tenet: ",
    "-- tenet: rollback\n",
    "-- tenet: end\n",
    "\n-- +goose Down\n",
    "COPY t FROM stdin;\n",
    "\\.\n",
    "e'",
    "U&\"",
    "BEGIN ATOMIC ",
];

/// Changes a text in a few places.
fn mutate(text: &str, random: &mut Random) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(40)).min(bytes.len());
        match random.below(5) {
            0 => drop(bytes.drain(at..end)),
            1 => drop(bytes.splice(at..end, PIECES[random.below(PIECES.len())].bytes())),
            2 => drop(bytes.splice(at..at, PIECES[random.below(PIECES.len())].bytes())),
            3 => {
                let copied = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                drop(bytes.splice(to..to, copied));
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = random.below(256) as u8;
                }
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn mutated_fixtures_are_read_or_refused() {
    let mut random = Random::new(0x7e9e7);
    let files = files_below(&root().join("fixtures/syntax"));
    let mut mutants = 0;
    for path in files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "sql")) {
        let bytes = fs::read(path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        // A mutated part of a large file says as much as the whole.
        let text: String = text.chars().take(4_000).collect();
        for _ in 0..ROUNDS {
            let mutant = mutate(&text, &mut random);
            let start = Instant::now();
            read(&mutant);
            assert!(start.elapsed() < LIMIT, "{}: {:?} for\n{mutant}", path.display(), start.elapsed());
            mutants += 1;
        }
    }
    assert!(mutants >= 10 * ROUNDS, "only {mutants} mutants");
}

/// Reads a text by every reader, and checks what must always hold.
fn read(text: &str) {
    assert_lexer_loses_nothing(text);
    let script = Script::split(text);
    assert_splitter_loses_nothing(text, &script);
    let found = directive::read(text, &script);
    let whole = Span::new(0, text.len() as u32);
    assert!(found.placed.iter().all(|placed| whole.contains(placed.span) && placed.piece < script.pieces.len()));
    assert!(found.problems.iter().all(|problem| text.get(problem.span.range()).is_some()), "{:?}", found.problems);
    for body in bodies(text, &script) {
        match plpgsql::plpgsql_body(text, body) {
            Ok(procedure) => {
                assert!(!procedure.to_string().is_empty());
                for opaque in procedure.opaque() {
                    assert!(body.contains(opaque.span) && text.get(opaque.span.range()).is_some(), "{opaque:?}");
                }
            }
            Err(error) => assert!(whole.contains(error.span), "{error:?}"),
        }
        plpgsql::sql_body(text, body);
    }
}

/// The whole text, and the dollar-quoted strings in it.
fn bodies(text: &str, script: &Script) -> Vec<Span> {
    let quoted = script
        .tokens
        .iter()
        .filter(|token| text[token.span.range()].starts_with("$$") && token.span.end - token.span.start > 4);
    let inner = quoted.map(|token| Span::new(token.span.start + 2, token.span.end - 2));
    inner.filter(|span| text.get(span.range()).is_some()).chain([Span::new(0, text.len() as u32)]).collect()
}

fn is_space(text: &str) -> bool {
    text.chars().all(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{feff}'))
}

fn assert_lexer_loses_nothing(text: &str) {
    let mut lexer = Lexer::new(text, 0);
    let mut behind = 0;
    while let Some(lexeme) = lexer.next_lexeme() {
        let span = match lexeme {
            Lexeme::Token(token) => token.span,
            Lexeme::Comment(span, _) => span,
        };
        assert!(span.start < span.end, "{lexeme:?} is empty");
        let gap = text.get(behind..span.start as usize);
        assert!(gap.is_some_and(is_space), "{gap:?} is lost before {lexeme:?}");
        behind = span.end as usize;
    }
    assert!(text.get(behind..).is_some_and(is_space), "the rest is lost");
}

/// White space, comments, semicolons and pieces are all there is.
fn assert_splitter_loses_nothing(text: &str, script: &Script) {
    let mut spans: Vec<Span> = script.pieces.iter().map(|piece| piece.span).collect();
    spans.extend(&script.comments);
    spans.sort();
    let mut behind = 0;
    for span in spans {
        if span.end <= behind {
            // A comment or a psql command within a statement.
            continue;
        }
        let gap = text.get(behind as usize..span.start.max(behind) as usize);
        assert!(gap.is_some_and(|gap| gap.split(';').all(is_space)), "{gap:?} is lost before {span:?} of\n{text}");
        behind = span.end;
    }
    assert!(text.get(behind as usize..).is_some_and(|gap| gap.split(';').all(is_space)), "the rest is lost of\n{text}");
}

/// Runs on a stack that is larger than that of a test, as the program's are.
fn on_large_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().unwrap()
}

/// A statement within `depth` others, its openings and ends as given.
fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("BEGIN {}NULL; {}END", open.repeat(depth), close.repeat(depth))
}

#[test]
fn nesting_is_read_up_to_a_limit_and_refused_beyond() {
    let body = |text: String| {
        on_large_stack(move || plpgsql::plpgsql_body(&text, Span::new(0, text.len() as u32)).map(|_| ()))
    };
    let forms = [
        ("BEGIN ", "END; "),
        ("IF a THEN ", "END IF; "),
        ("LOOP ", "END LOOP; "),
        ("FOR i IN 1..2 LOOP ", "END LOOP; "),
        ("CASE WHEN a THEN ", "END CASE; "),
        ("BEGIN EXCEPTION WHEN others THEN ", "END; "),
    ];
    for (open, close) in forms {
        assert_eq!(body(nested(open, close, 190)), Ok(()), "{open}");
        assert!(body(nested(open, close, 10_000)).is_err(), "{open}");
        assert!(body(nested(open, "", 10_000)).is_err(), "{open}");
    }
    for (open, close) in [("(", ")"), ("[", "]"), ("/*", "*/")] {
        let text = |depth: usize| format!("BEGIN x := a {}1{} ; END", open.repeat(depth), close.repeat(depth));
        assert_eq!(body(text(190)), Ok(()), "{open}");
        assert!(body(text(10_000)).is_err(), "{open}");
    }
    // IF EXISTS opens nothing, however often it stands there.
    assert_eq!(body(format!("BEGIN {}END", "DROP TABLE IF EXISTS t; ".repeat(1_000))), Ok(()));
}

#[test]
fn long_bodies_take_time_in_proportion() {
    let start = Instant::now();
    let body = format!("BEGIN {}END", "x := f(a FROM t); IF x = 1 THEN RAISE 'x'; END IF; ".repeat(4_000));
    let procedure = plpgsql::plpgsql_body(&body, Span::new(0, body.len() as u32)).unwrap();
    assert_eq!(procedure.block.statements.len(), 8_000);
    assert!(start.elapsed() < 4 * LIMIT, "{:?}", start.elapsed());
}
