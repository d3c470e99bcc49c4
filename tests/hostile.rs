//! Hostile input never aborts the process: it is read, or refused with a place.

use tenet::syntax::parse;
use tenet::syntax::script::Script;

/// Reads a text as `check` does, on a stack as large as its threads have.
fn outcome(text: String) -> Result<String, String> {
    let work = move || {
        let script = Script::split(&text);
        let piece = script.pieces.first().ok_or("no statement")?;
        let parsed = parse::statement(&text, script.tokens_of(piece));
        parsed.map(|statement| statement.to_string()).map_err(|error| error.message)
    };
    let thread = std::thread::Builder::new().stack_size(1 << 28).spawn(work).expect("a thread starts");
    thread.join().expect("the parser does not panic")
}

#[test]
fn a_hundred_thousand_operators_are_refused() {
    let chain = |operator: &str, count: usize| format!("SELECT a{}", format!(" {operator} a").repeat(count));
    for operator in ["OR", "AND", "||", "+", "UNION SELECT", "IS NULL AND"] {
        assert_eq!(outcome(chain(operator, 2_000)).err(), None, "{operator}");
        assert!(outcome(chain(operator, 100_000)).is_err(), "{operator}");
    }
    assert!(outcome(format!("SELECT a{}", "::text".repeat(100_000))).is_err());
    assert!(outcome(format!("SELECT {} a", "NOT ".repeat(100_000))).is_err());
    assert!(outcome(format!("SELECT {} a", "- ".repeat(100_000))).is_err());
    assert!(outcome(format!("SELECT {}a{}", "CASE WHEN ".repeat(50_000), " THEN 1 END".repeat(50_000))).is_err());
}

#[test]
fn ten_thousand_parentheses_are_refused() {
    let nested =
        |open: &str, close: &str, count: usize| format!("SELECT {}1{}", open.repeat(count), close.repeat(count));
    for (open, close) in
        [("(", ")"), ("f(", ")"), ("(SELECT ", ")"), ("ARRAY[", "]"), ("(SELECT * FROM (SELECT ", ") x)")]
    {
        assert!(outcome(nested(open, close, 50)).is_ok(), "{open}");
        assert!(outcome(nested(open, close, 10_000)).is_err(), "{open}");
    }
    let joins = format!("SELECT * FROM {}t{}", "(".repeat(90), " JOIN u ON true)".repeat(90));
    assert!(outcome(joins).is_ok());
    let mixed = format!("SELECT * FROM {}t{}", "((SELECT * FROM ".repeat(60), ") AS a JOIN u ON true)".repeat(60));
    assert!(outcome(mixed).is_ok(), "and in no time");
}

#[test]
fn long_lists_and_literals_are_read() {
    let values = |row: &str, rows: usize| format!("INSERT INTO t (a, b) VALUES {}", vec![row; rows].join(", "));
    assert!(outcome(values("(-1, 'x'::text)", 20_000)).is_ok());
    assert!(outcome(format!("SELECT a IN ({})", vec!["'1'::int"; 20_000].join(", "))).is_ok());
    assert!(outcome(format!("SELECT '{}'", "x".repeat(8 << 20))).is_ok());
    assert!(outcome(format!("SELECT $a${}$a$", "'$".repeat(1 << 20))).is_ok());
}

#[test]
fn unclosed_text_costs_linear_time() {
    let script = Script::split(&"$a$;\n$b$;\n'".repeat(200_000));
    assert!(!script.pieces.is_empty());
    let script = Script::split(&"(;\n".repeat(200_000));
    assert!(script.pieces.len() > 100_000, "each semicolon still ends a statement");
}
