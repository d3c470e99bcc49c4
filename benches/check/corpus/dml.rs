//! Statements on data, each within one tenant.

use super::random::Random;
use super::table::{Column, Table};
use super::value::{assigned, condition, filter, tenant, value, words};

/// INSERT of many rows.
pub(crate) fn insert(table: &Table, random: &mut Random) -> String {
    let count = random.between(3, table.columns.len());
    let columns: Vec<Column> = table.columns.iter().take(count).cloned().collect();
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let tenant = tenant(random);
    let rows: Vec<String> = (0..random.between(4, 24))
        .map(|_| {
            let values: Vec<String> = columns.iter().map(|column| value(column.sort, random)).collect();
            format!("    ({tenant}, '{}', {})", random.uuid(), values.join(", "))
        })
        .collect();
    let conflict = match random.below(4) {
        0 => "\nON CONFLICT (tenant_id, id) DO NOTHING".to_owned(),
        1 => format!("\nON CONFLICT (tenant_id, id) DO UPDATE SET {0} = excluded.{0}", names[0]),
        _ => String::new(),
    };
    let (name, names) = (&table.name, names.join(", "));
    format!("INSERT INTO {name} (tenant_id, id, {names}) VALUES\n{}{conflict};\n", rows.join(",\n"))
}

/// INSERT of what a query finds.
pub(crate) fn insert_select(table: &Table, source: &Table, random: &mut Random) -> String {
    let column = table.column(random);
    let tenant = tenant(random);
    format!(
        "INSERT INTO {} (tenant_id, id, {})\nSELECT s.tenant_id, s.id, {}\nFROM {} AS s\nWHERE {}\n\
         ORDER BY s.id\nLIMIT {};\n",
        table.name,
        column.name,
        value(column.sort, random),
        source.name,
        filter(source, "s.", &tenant, random),
        random.between(10, 5_000)
    )
}

pub(crate) fn update(table: &Table, other: &Table, random: &mut Random) -> String {
    let (name, tenant) = (&table.name, tenant(random));
    let set: Vec<String> = (0..random.between(1, 3))
        .map(|at| &table.columns[at])
        .map(|column| format!("{} = {}", column.name, assigned(column, random)))
        .collect();
    let set = set.join(",\n    ");
    match random.below(4) {
        0 => format!(
            "UPDATE {name} AS t\nSET {set}\nFROM {} AS o\nWHERE o.tenant_id = t.tenant_id\n  AND o.id = t.id\n  \
             AND {}\n  AND {};\n",
            other.name,
            condition(&other.column(random), "o.", random),
            filter(table, "t.", &tenant, random)
        ),
        1 => format!(
            "UPDATE {name} SET\n    {set}\nWHERE {}\n  AND id IN (SELECT o.id FROM {} o WHERE o.tenant_id = {tenant} \
             AND {});\n",
            filter(table, "", &tenant, random),
            other.name,
            condition(&other.column(random), "o.", random)
        ),
        _ => format!("UPDATE {name}\nSET {set}\nWHERE {};\n", filter(table, "", &tenant, random)),
    }
}

pub(crate) fn delete(table: &Table, other: &Table, random: &mut Random) -> String {
    let (name, tenant) = (&table.name, tenant(random));
    match random.below(4) {
        0 => format!(
            "DELETE FROM {name} AS t\nUSING {} AS o\nWHERE o.tenant_id = t.tenant_id\n  AND o.id = t.id\n  AND {};\n",
            other.name,
            filter(table, "t.", &tenant, random)
        ),
        1 => format!(
            "DELETE FROM {name} t\nWHERE {}\n  AND NOT EXISTS (\n    SELECT 1 FROM {} o\n    \
             WHERE o.tenant_id = {tenant} AND o.id = t.id AND {}\n);\n",
            filter(table, "t.", &tenant, random),
            other.name,
            condition(&other.column(random), "o.", random)
        ),
        _ => format!("DELETE FROM {name}\nWHERE {};\n", filter(table, "", &tenant, random)),
    }
}

/// A statement of one row, as configuration is written.
pub(crate) fn setting(table: &Table, random: &mut Random) -> String {
    let column = table.column(random);
    format!(
        "INSERT INTO {} (tenant_id, {}) VALUES ({}, {}); -- {}\n",
        table.name,
        column.name,
        tenant(random),
        value(column.sort, random),
        words(random, 2)
    )
}
