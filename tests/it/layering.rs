//! The house's plan: modules use only those above them, and foreign crates stay behind their doors.

use std::collections::BTreeMap;
use std::fs;

use crate::fixture::{files_below, name, report, root};

/// A crate and the only parts of `src/` that may use it.
const DOORS: &[(&str, &[&str])] = &[
    ("sqlparser", &["syntax"]),
    ("pest", &["syntax"]),
    ("pest_derive", &["syntax"]),
    ("miette", &["report"]),
    ("clap", &["cli"]),
    ("signal_hook", &["cli"]),
    ("postgres", &["db"]),
    ("rustls", &["db"]),
    ("rustls_native_certs", &["db"]),
    ("tokio", &["db"]),
    ("tokio_rustls", &["db"]),
    ("serde_yaml", &["project", "emit"]),
];

/// The modules of lib.rs, in reading order.
fn order() -> BTreeMap<String, usize> {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let modules = text.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "));
    modules.map(|module| module.trim_end_matches(';').to_owned()).zip(0..).collect()
}

/// Every path in the code that starts with this word and `::`, comments left out: what follows, up to its first end.
fn paths<'a>(text: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(move |line| line.match_indices(start).map(move |(at, _)| (line, at))).filter_map(move |(line, at)| {
        let before = line[..at].chars().next_back();
        let whole = before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':');
        whole.then(|| &line[at + start.len()..])
    })
}

/// The modules named behind `crate::`, braces included: `crate::{a, b::c}` names a and b.
fn used(rest: &str) -> Vec<String> {
    let word = |text: &str| text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    match rest.strip_prefix('{') {
        None => vec![word(rest)],
        Some(list) => {
            let mut depth = 0;
            let outer = list.split(|c| {
                depth += i32::from(c == '{') - i32::from(c == '}');
                c == ',' && depth == 0
            });
            outer.map(word).filter(|module| !module.is_empty()).collect()
        }
    }
}

#[test]
fn modules_use_only_those_above_them() {
    let order = order();
    let source = root().join("src");
    let mut failures = Vec::new();
    let files = files_below(&source);
    for file in &files {
        let inner = file.strip_prefix(&source).unwrap();
        let module = inner.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(file).unwrap();
        for (krate, doors) in DOORS {
            let path = format!("{krate}::");
            if !doors.contains(&module.as_str()) && paths(&text, &path).next().is_some() {
                failures.push(format!("{}: {krate} may be used only in {doors:?}", name(file)));
            }
        }
        if module == "lib" || module == "main" {
            continue;
        }
        let Some(own) = order.get(&module) else {
            failures.push(format!("{}: `{module}` is not in lib.rs", name(file)));
            continue;
        };
        let modules = paths(&text, "crate::").flat_map(used).filter(|other| order.contains_key(other));
        for other in modules.filter(|other| order[other] > *own) {
            failures.push(format!("{}: `{module}` uses `{other}`, which stands below it in lib.rs", name(file)));
        }
    }
    report(files.len(), failures);
}
