//! Mutants of routines and blocks: a line of a body goes, moves or is wrapped, or a word is another one.

use tenet::source::Span;
use tenet::syntax::lexer::tokens_of;
use tenet::syntax::token::TokenKind;

use crate::judge::generate::Made;
use crate::random::Random;

/// Changes one thing in a body, or in the statement that calls it; `None` when what was thrown finds no place.
pub fn mutate(of: &Made, random: &mut Random) -> Option<Made> {
    let mut made = of.clone();
    made.safe = false;
    let bodies: Vec<usize> = (0..=made.setup.len()).filter(|at| part(&mut made, *at).contains('\n')).collect();
    let at =
        if random.chance(85) { *bodies.get(random.below(bodies.len()))? } else { random.below(made.setup.len() + 1) };
    let text = part(&mut made, at);
    *text = if random.chance(50) { lines(text, random)? } else { words(text, random)? };
    Some(made)
}

fn part(made: &mut Made, at: usize) -> &mut String {
    if at < made.setup.len() { &mut made.setup[at] } else { &mut made.text }
}

/// Says whether a line is a statement of its own; counters of loops stay as they are.
fn is_statement(line: &str) -> bool {
    let begins =
        ["IF ", "FOR ", "WHILE ", "FOREACH ", "CASE", "WHEN ", "END", "CREATE ", "ELSIF ", "RETURN", "EXIT WHEN n"];
    let is_counter = line.starts_with('n') && line.contains(" := n");
    line.ends_with(';')
        && !is_counter
        && (!begins.iter().any(|word| line.starts_with(word)) || line.contains(" END IF;"))
}

fn lines(text: &str, random: &mut Random) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
    let first = lines.iter().position(|line| line == "BEGIN" || line.ends_with("BEGIN ATOMIC"))? + 1;
    let all: Vec<usize> = (first..lines.len()).filter(|at| is_statement(&lines[*at])).collect();
    let at = *all.get(random.below(all.len()))?;
    let place = first + random.below(lines.len() - first);
    match random.below(8) {
        0 => drop(lines.remove(at)),
        1 | 2 => {
            let line = lines.remove(at);
            lines.insert(place.min(lines.len() - 1), line);
        }
        3 => lines.insert(place, lines[at].clone()),
        4 => {
            let condition = *random.pick(&["v0 = 1", "FOUND", "NOT FOUND", "w0 IS NULL", "true"]);
            lines[at] = format!("IF {condition} THEN\n{}\nEND IF;", lines[at]);
        }
        5 => lines[at] = format!("BEGIN\n{}\nEXCEPTION WHEN others THEN\nNULL;\nEND;", lines[at]),
        6 => lines[at] = format!("FOR i0 IN 1..2 LOOP\n{}\nEND LOOP;", lines[at]),
        _ => {
            let other = *all.get(random.below(all.len()))?;
            lines.swap(at, other);
        }
    }
    Some(lines.join("\n"))
}

fn words(text: &str, random: &mut Random) -> Option<String> {
    let (start, end) = match (text.find("$b$"), text.rfind("$b$")) {
        (Some(start), Some(end)) if start < end => (start + 3, end),
        _ => (0, text.len()),
    };
    let tokens = tokens_of(text, Span::new(start as u32, end as u32));
    let word = |span: Span| &text[span.range()];
    let is_name = |text: &str| {
        let letter = text.chars().next().is_some_and(|c| "tvrpqwcgb".contains(c));
        text == "p"
            || text == "acc"
            || text == "t_id"
            || letter && text.len() > 1 && text[1..].bytes().all(|c| c.is_ascii_digit())
    };
    let spans: Vec<Span> =
        tokens.iter().filter(|token| token.kind == TokenKind::Word).map(|token| token.span).collect();
    let names: Vec<Span> = spans.iter().copied().filter(|span| is_name(word(*span))).collect();
    let pick = |random: &mut Random, from: &[Span]| from.get(random.below(from.len())).copied();
    let (span, new) = match random.below(8) {
        0..=3 => {
            let (span, other) = (pick(random, &names)?, pick(random, &names)?);
            (span, word(other).to_owned())
        }
        4 => (pick(random, &names)?, (*random.pick(&["3", "NULL", "v0", "$1"])).to_owned()),
        5 => {
            let operators = tokens.iter().filter(|token| token.kind == TokenKind::Operator && word(token.span) == "=");
            let operators: Vec<Span> = operators.map(|token| token.span).collect();
            let other = *random.pick(&["<>", ">=", "IS NOT DISTINCT FROM", "<="]);
            (pick(random, &operators)?, other.to_owned())
        }
        6 => {
            let both: Vec<Span> =
                spans.iter().copied().filter(|span| ["AND", "WHERE", "LEFT"].contains(&word(*span))).collect();
            let span = pick(random, &both)?;
            let new = match word(span) {
                "AND" => "OR",
                "WHERE" => "WHERE true OR",
                _ => "FULL",
            };
            (span, new.to_owned())
        }
        _ => {
            // What is made for a place of its own goes to another one.
            let columns: Vec<Span> = spans
                .iter()
                .copied()
                .filter(|span| ["weight", "tenant_id", "id", "name"].contains(&word(*span)))
                .collect();
            let (span, other) = (pick(random, &columns)?, pick(random, &columns)?);
            (span, word(other).to_owned())
        }
    };
    if word(span) == new {
        return None;
    }
    Some(format!("{}{new}{}", &text[..span.start as usize], &text[span.end as usize..]))
}
