//! Texts that a regular expression or a LIKE pattern takes.

use std::iter::Peekable;
use std::str::Chars;

/// A part of a regular expression and how often it stands: at least, at most.
type Repeated = (Node, usize, Option<usize>);

enum Node {
    /// One of these characters.
    Class(Vec<char>),
    /// One of these sequences.
    Group(Vec<Vec<Repeated>>),
}

/// What a class without a list stands for.
const WORD: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_";

/// Returns a text that a regular expression matches, with open repetitions at least so often; texts of other numbers differ
/// where they can. `None` for what is rarely written in constraints.
pub(super) fn matching(regex: &str, number: usize, least: usize) -> Option<String> {
    let mut chars = regex.chars().peekable();
    let all = alternatives(&mut chars, false)?;
    let mut text = String::new();
    write(&Node::Group(all), (number, least), &mut text);
    Some(text)
}

/// Returns a text that LIKE takes.
pub(super) fn like(pattern: &str, number: usize) -> String {
    let mut text = String::new();
    let mut chars = pattern.chars();
    while let Some(found) = chars.next() {
        match found {
            '%' => text.push_str(&number.to_string()),
            '_' => text.push('a'),
            '\\' => text.extend(chars.next()),
            other => text.push(other),
        }
    }
    text
}

fn write(node: &Node, (number, least): (usize, usize), text: &mut String) {
    match node {
        Node::Class(chars) => text.extend(chars.get((number - 1) % chars.len().max(1))),
        Node::Group(all) => {
            for (part, low, high) in all.get((number - 1) % all.len().max(1)).into_iter().flatten() {
                let times = match high {
                    Some(high) => (*low).max(least.min(*high)),
                    None => (*low).max(least),
                };
                (0..times).for_each(|_| write(part, (number, least), text));
            }
        }
    }
}

fn alternatives(chars: &mut Peekable<Chars<'_>>, is_inner: bool) -> Option<Vec<Vec<Repeated>>> {
    let mut all = vec![Vec::new()];
    loop {
        let node = match chars.next() {
            None if is_inner => return None,
            None => return Some(all),
            Some(')') if is_inner => return Some(all),
            Some('|') => {
                all.push(Vec::new());
                continue;
            }
            Some('^' | '$') => continue,
            Some('(') => {
                if chars.next_if_eq(&'?').is_some() && chars.next() != Some(':') {
                    return None;
                }
                Node::Group(alternatives(chars, true)?)
            }
            Some('[') => Node::Class(class(chars)?),
            Some('\\') => Node::Class(escaped(chars.next()?)?),
            Some('.') => Node::Class(WORD.chars().collect()),
            Some('*' | '+' | '?' | '{') => return None,
            Some(other) => Node::Class(vec![other]),
        };
        let (low, high) = times(chars)?;
        // One more `?` only says which of several matches is taken.
        chars.next_if_eq(&'?');
        all.last_mut()?.push((node, low, high));
    }
}

fn times(chars: &mut Peekable<Chars<'_>>) -> Option<(usize, Option<usize>)> {
    let found = match chars.peek() {
        Some('*') => (0, None),
        Some('+') => (1, None),
        Some('?') => (0, Some(1)),
        Some('{') => {
            let inside: String = chars.skip(1).take_while(|found| *found != '}').collect();
            return match inside.split_once(',') {
                None => inside.parse().ok().map(|exact| (exact, Some(exact))),
                Some((low, "")) => Some((low.parse().ok()?, None)),
                Some((low, high)) => Some((low.parse().ok()?, Some(high.parse().ok()?))),
            };
        }
        _ => return Some((1, Some(1))),
    };
    chars.next();
    Some(found)
}

fn escaped(letter: char) -> Option<Vec<char>> {
    Some(match letter {
        'd' => ('0'..='9').collect(),
        'w' => WORD.chars().collect(),
        's' => vec![' '],
        'D' | 'S' | 'W' | 'm' | 'M' | 'y' | 'Y' | 'A' | 'Z' | 'b' | 'B' | '0'..='9' => return None,
        other => vec![other],
    })
}

fn class(chars: &mut Peekable<Chars<'_>>) -> Option<Vec<char>> {
    let is_negated = chars.next_if_eq(&'^').is_some();
    let mut found: Vec<char> = Vec::new();
    loop {
        match chars.next()? {
            ']' if !found.is_empty() => break,
            '[' if chars.next_if_eq(&':').is_some() => {
                let name: String = chars.by_ref().take_while(|letter| *letter != ':').collect();
                chars.next_if_eq(&']')?;
                found.extend(named(&name)?);
            }
            '\\' => found.extend(escaped(chars.next()?)?),
            first => match chars.next_if_eq(&'-') {
                Some(_) if chars.peek() == Some(&']') => found.extend([first, '-']),
                Some(_) => found.extend(first..=chars.next()?),
                None => found.push(first),
            },
        }
    }
    let others = || WORD.chars().filter(|letter| !found.contains(letter)).collect::<Vec<_>>();
    let allowed = if is_negated { others() } else { found };
    (!allowed.is_empty()).then_some(allowed)
}

fn named(class: &str) -> Option<Vec<char>> {
    Some(match class {
        "alpha" => ('a'..='z').chain('A'..='Z').collect(),
        "lower" => ('a'..='z').collect(),
        "upper" => ('A'..='Z').collect(),
        "digit" => ('0'..='9').collect(),
        "alnum" => ('a'..='z').chain('0'..='9').collect(),
        "xdigit" => ('0'..='9').chain('a'..='f').collect(),
        "space" => vec![' '],
        "punct" => vec!['-', '.'],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_match() {
        let first = |regex: &str| matching(regex, 1, 1);
        assert_eq!(first("^[a-z]+$").as_deref(), Some("a"));
        assert_eq!(matching("^[a-z]+$", 2, 4).as_deref(), Some("bbbb"));
        assert_eq!(first("^[A-Z]{3}-\\d{2,4}$").as_deref(), Some("AAA-00"));
        assert_eq!(matching("^(draft|final)$", 2, 1).as_deref(), Some("final"));
        assert_eq!(first("^[^@]+@[^@]+\\.[a-z]{2,}$").as_deref(), Some("a@a.aa"));
        assert_eq!(first("^[[:alpha:]_][[:alnum:]_-]*$").as_deref(), Some("aa"));
        assert_eq!(first("^#?[0-9a-f]{6}$").as_deref(), Some("#000000"));
        assert_eq!(first("^(?=.*x)y$"), None);
        assert_eq!(first("\\bword\\b"), None);
    }

    #[test]
    fn likes_are_filled_in() {
        assert_eq!(like("SKU-%_\\%", 2), "SKU-2a%");
    }
}
