//! A value of a type, told apart from others by its number.

use crate::query::Quoted;

/// What is known of a type.
pub(super) struct Kind {
    /// As a cast names it.
    pub(super) written: String,
    /// Its name, that of the type below a domain.
    pub(super) name: String,
    /// PostgreSQL's category.
    pub(super) category: char,
    /// The name of the element's type, when it is an array.
    pub(super) element: Option<String>,
    /// The labels, when it is an enum.
    pub(super) labels: Vec<String>,
    /// Whether it is a row type.
    pub(super) is_composite: bool,
}

/// Writes a value as SQL; NULL where nobody knows one.
pub(super) fn of(kind: &Kind, number: usize) -> String {
    if !kind.labels.is_empty() {
        let label = kind.labels.get((number - 1) % kind.labels.len()).map_or("", String::as_str);
        return cast(label, &kind.written);
    }
    if kind.is_composite {
        return "NULL".to_owned();
    }
    let found = match &kind.element {
        Some(element) => text(element, 'U', number).map(|value| format!("{{{}}}", array_item(&value))),
        None => text(&kind.name, kind.category, number),
    };
    match found {
        Some(value) => cast(&fitted(value, kind), &kind.written),
        None => "NULL".to_owned(),
    }
}

fn cast(value: &str, to: &str) -> String {
    format!("{}::{to}", Quoted(value))
}

fn array_item(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Cuts a text to the length of its type, its end kept: there it differs.
fn fitted(value: String, kind: &Kind) -> String {
    let is_text = matches!(kind.name.as_str(), "varchar" | "bpchar" | "bit" | "varbit");
    let length = kind.written.rsplit_once('(').and_then(|(_, rest)| rest.trim_end_matches(')').parse::<usize>().ok());
    let count = value.chars().count();
    match (length.filter(|_| is_text), kind.name.as_str()) {
        (Some(length), "bit") => format!("{value:0>length$}"),
        (None, "bit") => value.chars().skip(count.saturating_sub(1)).collect(),
        (Some(length), _) => value.chars().skip(count.saturating_sub(length)).collect(),
        (None, _) => value,
    }
}

/// Returns the text of a value of one of PostgreSQL's own types.
fn text(name: &str, category: char, number: usize) -> Option<String> {
    Some(match name {
        "bool" => if number % 2 == 1 { "t" } else { "f" }.to_owned(),
        "int2" | "int4" | "int8" | "oid" | "numeric" | "float4" | "float8" | "money" | "xid" | "cid" => {
            number.to_string()
        }
        "uuid" => format!("00000000-0000-4000-8000-{number:012}"),
        "json" | "jsonb" => format!("{{\"number\": {number}}}"),
        "bytea" => format!("\\x{number:02}"),
        "date" => format!("2001-02-{number:02}"),
        "timestamp" => format!("2001-02-{number:02} 03:04:05.678"),
        "timestamptz" => format!("2001-02-{number:02} 03:04:05.678+00"),
        "time" => format!("03:04:{number:02}"),
        "timetz" => format!("03:04:{number:02}+00"),
        "interval" => format!("{number} days"),
        "inet" | "cidr" => format!("10.0.0.{number}"),
        "macaddr" => format!("08:00:2b:01:02:{number:02}"),
        "macaddr8" => format!("08:00:2b:01:02:03:04:{number:02}"),
        "bit" | "varbit" => "1".repeat(number),
        "tsvector" | "tsquery" | "xml" => format!("sample{number}"),
        "int4range" | "int8range" | "numrange" => format!("[{},{})", number * 10, number * 10 + 5),
        "daterange" => format!("[2001-02-{number:02},2001-02-{:02})", number + 1),
        "tsrange" | "tstzrange" => format!("[2001-02-{number:02} 00:00,2001-02-{number:02} 01:00)"),
        "point" => format!("({number},{number})"),
        "hstore" => format!("number=>{number}"),
        "ltree" => format!("sample.{number}"),
        "char" => number.to_string(),
        // The first row belongs to the tenant of the run.
        "text" | "varchar" | "bpchar" | "name" | "citext" if number == 1 => "tenant".to_owned(),
        "text" | "varchar" | "bpchar" | "name" | "citext" => format!("sample{number}"),
        _ if category == 'N' => number.to_string(),
        _ if category == 'S' => format!("sample{number}"),
        _ => return None,
    })
}

/// Returns the constants of expressions, strings first.
pub(super) fn constants(text: &str) -> Vec<String> {
    let mut strings: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once('\'') {
        let Some((inside, after)) = behind.split_once('\'') else { break };
        strings.push(inside.to_owned());
        rest = after;
    }
    strings.retain(|found| !found.is_empty());
    let mut seen: Vec<String> = Vec::new();
    for found in strings {
        if !seen.contains(&found) {
            seen.push(found);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, written: &str) -> Kind {
        let (name, written) = (name.to_owned(), written.to_owned());
        Kind { written, name, category: 'S', element: None, labels: Vec::new(), is_composite: false }
    }

    #[test]
    fn texts_fit_and_differ() {
        assert_eq!(of(&kind("varchar", "character varying(3)"), 2), "'le2'::character varying(3)");
        assert_eq!(of(&kind("bit", "bit(4)"), 2), "'0011'::bit(4)");
        assert_eq!(of(&kind("text", "text"), 3), "'sample3'::text");
    }

    #[test]
    fn constants_are_those_that_a_check_compares_with() {
        let check = "CHECK ((status = ANY (ARRAY['new'::text, 'done'::text, 'new'::text])))";
        assert_eq!(constants(check), ["new", "done"]);
    }
}
