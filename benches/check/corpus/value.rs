//! Values and conditions, in the spellings that people use.

use super::random::Random;
use super::table::{Column, Sort, Table};

const WORDS: &[&str] = &[
    "annual",
    "customer's",
    "delivery",
    "draft",
    "external",
    "Geschäft",
    "import",
    "internal",
    "legacy",
    "monthly",
    "north",
    "onboarding",
    "pending",
    "premium",
    "quarterly",
    "region",
    "renewal",
    "review",
    "standard",
    "transfer",
    "upgrade",
    "urgent",
    "verified",
    "weekly",
];

/// Some words as the text of a string literal.
pub(crate) fn words(random: &mut Random, most: usize) -> String {
    let count = random.between(1, most);
    let words: Vec<&str> = (0..count).map(|_| random.pick(WORDS)).collect();
    words.join(" ").replace('\'', "''")
}

fn date(random: &mut Random) -> String {
    format!("20{}-{:02}-{:02}", random.between(19, 26), random.between(1, 12), random.between(1, 28))
}

fn time(random: &mut Random) -> String {
    format!("{} {:02}:{:02}:00+00", date(random), random.below(24), random.below(60))
}

/// A value for a row of VALUES: a literal mostly.
pub(crate) fn value(sort: Sort, random: &mut Random) -> String {
    if random.one_in(14) {
        return "NULL".to_owned();
    }
    match sort {
        Sort::Text => format!("'{}'", words(random, 4)),
        Sort::Integer if random.one_in(10) => format!("-{}", random.between(1, 90)),
        Sort::Integer => random.below(10_000).to_string(),
        Sort::Numeric => format!("{}.{:02}", random.below(5_000), random.below(100)),
        Sort::Boolean => random.pick(&["true", "false", "TRUE"]).to_owned(),
        Sort::Time => match random.below(6) {
            0 => "now()".to_owned(),
            1 => format!("now() - interval '{} days'", random.between(1, 90)),
            2 => format!("timestamptz '{}'", time(random)),
            _ => format!("'{}'", time(random)),
        },
        Sort::Json if random.one_in(2) => "'{}'".to_owned(),
        Sort::Json => {
            format!(r#"'{{"plan": "{}", "seats": {}}}'::jsonb"#, random.pick(&["solo", "team"]), random.below(99))
        }
        Sort::Array => format!("ARRAY['{}', '{}']", words(random, 1), words(random, 1)),
        Sort::Uuid if random.one_in(6) => "gen_random_uuid()".to_owned(),
        Sort::Uuid => format!("'{}'", random.uuid()),
    }
}

/// What an UPDATE sets a column to.
pub(crate) fn assigned(column: &Column, random: &mut Random) -> String {
    let name = &column.name;
    if random.one_in(2) {
        return value(column.sort, random);
    }
    match column.sort {
        Sort::Text => match random.below(3) {
            0 => format!("lower(trim({name}))"),
            1 => format!("coalesce({name}, '') || ' ({})'", words(random, 2)),
            _ => format!("CASE WHEN {name} = '{}' THEN '{}' ELSE {name} END", words(random, 1), words(random, 1)),
        },
        Sort::Integer => format!("{name} + {}", random.between(1, 9)),
        Sort::Numeric => format!("round({name} * 1.{:02}, 2)", random.below(30)),
        Sort::Boolean => format!("NOT {name}"),
        Sort::Time => format!("greatest({name}, now() - interval '{} hours')", random.between(1, 72)),
        Sort::Json => format!("jsonb_set({name}, '{{plan}}', '\"{}\"')", random.pick(&["team", "company"])),
        Sort::Array => format!("array_append({name}, '{}')", words(random, 1)),
        Sort::Uuid => "NULL".to_owned(),
    }
}

/// A condition on a column, each name behind `prefix`.
pub(crate) fn condition(column: &Column, prefix: &str, random: &mut Random) -> String {
    let name = format!("{prefix}{}", column.name);
    match (column.sort, random.below(4)) {
        (Sort::Boolean, _) => format!("{name} IS NOT TRUE"),
        (Sort::Json, _) => format!("{name} ->> 'plan' = '{}'", random.pick(&["solo", "team"])),
        (Sort::Array, _) => format!("'{}' = ANY ({name})", words(random, 1)),
        (_, 0) => format!("{name} IS NOT NULL"),
        (Sort::Text, 1) => format!("{name} LIKE '{}%'", words(random, 1)),
        (Sort::Text, _) => format!("{name} IN ('{}', '{}')", words(random, 2), words(random, 2)),
        (Sort::Integer, 1) => format!("{name} BETWEEN {} AND {}", random.below(100), random.between(101, 900)),
        (Sort::Integer, _) => format!("{name} >= {}", random.below(500)),
        (Sort::Numeric, _) => format!("{name} > {}.5", random.below(500)),
        (Sort::Time, _) => format!("{name} < '{}'::timestamptz", date(random)),
        (Sort::Uuid, _) => format!("{name} <> '{}'", random.uuid()),
    }
}

/// The tenant of a statement on data.
pub(crate) fn tenant(random: &mut Random) -> String {
    if random.one_in(3) { format!("'{}'", random.uuid()) } else { ":'tenant_id'".to_owned() }
}

/// The conditions of an UPDATE or DELETE of one tenant's rows.
pub(crate) fn filter(table: &Table, prefix: &str, tenant: &str, random: &mut Random) -> String {
    let mut conditions = vec![format!("{prefix}tenant_id = {tenant}")];
    for _ in 0..random.between(1, 3) {
        let column = table.column(random);
        conditions.push(condition(&column, prefix, random));
    }
    conditions.join("\n  AND ")
}
