//! Reads statements and prints what tenet understood, for `judge.py` to compare with PostgreSQL's own parser.
//!
//! Input: statements separated by NUL bytes. Output: for each, `+` and the printed statement or `-` and why it is not
//! read, separated by NUL bytes.

use std::io::{Read, Write};

use tenet::syntax::lexer::{Lexeme, Lexer};
use tenet::syntax::parse;

fn reprint(text: &str) -> String {
    let mut lexer = Lexer::new(text, 0);
    let mut tokens = Vec::new();
    while let Some(lexeme) = lexer.next_lexeme() {
        if let Lexeme::Token(token) = lexeme {
            tokens.push(token);
        }
    }
    match parse::statement(text, &tokens) {
        Ok(statement) => format!("+{statement}"),
        Err(error) => format!("-{}", error.message),
    }
}

fn main() -> std::io::Result<()> {
    let work = || {
        let mut input = String::new();
        std::io::stdin().read_to_string(&mut input)?;
        let answers: Vec<String> = input.split('\0').map(reprint).collect();
        std::io::stdout().write_all(answers.join("\0").as_bytes())
    };
    let thread = std::thread::Builder::new().stack_size(1 << 28).spawn(work)?;
    thread.join().unwrap_or_else(|_| Err(std::io::Error::other("the parser panicked")))
}
