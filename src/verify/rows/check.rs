//! Values that a CHECK takes, from the forms in which constraints on one column are mostly written.

use super::pattern::{like, matching};
use super::value::constants;

/// How many values are told apart.
const VALUES: usize = 3;

/// Returns values that a column's checks and bounds may take, best first; none when any value may do.
pub(super) fn candidates(check: &str, is_number: bool) -> Vec<String> {
    if is_number {
        let found = numbers(check);
        return if found.is_empty() { constants(check) } else { found };
    }
    let lengths = lengths(check);
    match patterns(check, lengths) {
        found if !found.is_empty() => found,
        _ => match (constants(check), lengths) {
            (found, _) if !found.is_empty() => found,
            (_, (0, usize::MAX)) => Vec::new(),
            (_, (low, high)) => (1..=VALUES).map(|number| sized(number, low.max(1), high)).collect(),
        },
    }
}

/// A text of a length, told apart by its end.
fn sized(number: usize, low: usize, high: usize) -> String {
    let text = format!("sample{number}");
    let padded = format!("{text:x>low$}");
    let skipped = padded.chars().count().saturating_sub(high);
    padded.chars().skip(skipped).collect()
}

/// Returns texts that match what `~` and LIKE ask for.
fn patterns(check: &str, (low, high): (usize, usize)) -> Vec<String> {
    let mut found = Vec::new();
    for (operator, literal) in literals(check) {
        for number in 1..=VALUES {
            match operator {
                "~" | "~*" => {
                    let mut all = (1..=low.clamp(1, 64)).filter_map(|least| matching(&literal, number, least));
                    let fits = |text: &String| (low..=high).contains(&text.chars().count());
                    found.extend(all.find(fits).or_else(|| matching(&literal, number, 1)));
                }
                "~~" | "~~*" => found.push(like(&literal, number)),
                _ => {}
            }
        }
    }
    found
}

/// Returns the string literals of an expression, each with the operator before it.
fn literals(text: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\'') {
        let (before, behind) = rest.split_at(at);
        let is_escaped = before.ends_with('E') && before[..before.len() - 1].ends_with([' ', '(']);
        let before = if is_escaped { &before[..before.len() - 1] } else { before };
        let operator = before.trim_end_matches(['(', ' ']).rsplit(' ').next().unwrap_or("");
        let mut literal = String::new();
        let mut chars = behind[1..].char_indices().peekable();
        let mut end = behind.len();
        while let Some((place, letter)) = chars.next() {
            match (letter, chars.peek()) {
                ('\'', Some((_, '\''))) => {
                    chars.next();
                    literal.push('\'');
                }
                ('\'', _) => {
                    end = place + 2;
                    break;
                }
                ('\\', Some((_, '\\'))) if is_escaped => {
                    chars.next();
                    literal.push('\\');
                }
                (other, _) => literal.push(other),
            }
        }
        found.push((operator, literal));
        rest = &behind[end..];
    }
    found
}

/// Returns the least and the greatest length that are asked for.
fn lengths(check: &str) -> (usize, usize) {
    let (mut low, mut high) = (0, usize::MAX);
    for (at, word) in check.match_indices("length(") {
        let mut depth = 1;
        let behind = &check[at + word.len()..];
        let closed = behind.char_indices().find(|(_, letter)| {
            depth += match letter {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            depth == 0
        });
        let Some((operator, bound)) = closed.and_then(|(end, _)| comparison(&behind[end + 1..])) else { continue };
        let bound = usize::try_from(bound).unwrap_or(0);
        match operator {
            ">" => low = low.max(bound + 1),
            ">=" => low = low.max(bound),
            "<" => high = high.min(bound.saturating_sub(1)),
            "<=" => high = high.min(bound),
            "=" => (low, high) = (bound, bound),
            _ => {}
        }
    }
    (low, high)
}

/// Returns numbers between the bounds that comparisons name.
fn numbers(check: &str) -> Vec<String> {
    let (mut low, mut high): (Option<i64>, Option<i64>) = (None, None);
    let mut equal = Vec::new();
    for (at, _) in check.match_indices([' ', ')']) {
        let Some((operator, bound)) = comparison(&check[at..]) else { continue };
        match operator {
            ">" => low = low.max(Some(bound + 1)),
            ">=" => low = low.max(Some(bound)),
            "<" => high = Some(high.map_or(bound - 1, |found| found.min(bound - 1))),
            "<=" => high = Some(high.map_or(bound, |found| found.min(bound))),
            "=" => equal.push(bound.to_string()),
            _ => {}
        }
    }
    let steps = 0..VALUES as i64;
    let between: Vec<i64> = match (low, high) {
        (Some(low), _) => steps.map(|step| low + step).filter(|value| high.is_none_or(|high| *value <= high)).collect(),
        (None, Some(high)) => steps.map(|step| high - step).collect(),
        (None, None) => return equal,
    };
    between.iter().map(ToString::to_string).collect()
}

/// Reads ` >= 3`, ` > (0)::numeric` or ` > '-5'::integer`.
fn comparison(text: &str) -> Option<(&'static str, i64)> {
    let rest = text.trim_start_matches([' ', ')']);
    let operators = [">=", "<=", "<>", ">", "<", "="];
    let operator = operators.into_iter().find(|found| rest.starts_with(*found))?;
    let value = rest[operator.len()..].trim_start_matches([' ', '(', '\'']);
    let digits: String = value
        .chars()
        .enumerate()
        .take_while(|(at, c)| c.is_ascii_digit() || *at == 0 && *c == '-')
        .map(|(_, c)| c)
        .collect();
    digits.parse().ok().map(|bound| (operator, bound))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_say_what_they_take() {
        assert_eq!(candidates("CHECK ((code ~ '^[A-Z]{2}$'::text))", false), ["AA", "BB", "CC"]);
        assert_eq!(candidates("CHECK ((code ~ E'^\\\\d+$'::text))", false), ["0", "1", "2"]);
        let both = "CHECK ((slug ~ '^[a-z]+$'::text)) CHECK ((char_length(slug) >= 3))";
        assert_eq!(candidates(both, false), ["aaa", "bbb", "ccc"]);
        assert_eq!(candidates("CHECK ((name ~~ 'SKU-%'::text))", false), ["SKU-1", "SKU-2", "SKU-3"]);
        let sized = "CHECK (((char_length((name)::text) >= 10) AND (char_length((name)::text) <= 12)))";
        assert_eq!(candidates(sized, false), ["xxxsample1", "xxxsample2", "xxxsample3"]);
        assert_eq!(candidates("CHECK ((length(code) = 2))", false), ["e1", "e2", "e3"]);
        assert_eq!(candidates("CHECK ((status = ANY (ARRAY['new'::text, 'old'::text])))", false), ["new", "old"]);
        assert_eq!(candidates("CHECK ((n IS NOT NULL))", false), Vec::<String>::new());
    }

    #[test]
    fn bounds_are_kept() {
        assert_eq!(candidates("CHECK (((n > 100) AND (n <= 102)))", true), ["101", "102"]);
        assert_eq!(candidates("CHECK ((rate >= (0)::numeric))", true), ["0", "1", "2"]);
        assert_eq!(candidates("CHECK ((n < '-5'::integer))", true), ["-6", "-7", "-8"]);
        assert_eq!(candidates("CHECK ((n = ANY (ARRAY[1, 2])))", true), Vec::<String>::new());
    }
}
