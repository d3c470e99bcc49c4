//! Sample rows: what every table gets before a migration runs, made from what the server says of its columns.

use std::collections::{BTreeMap, BTreeSet};

use super::super::VerifyError;
use super::super::walk::sql;
use super::check;
use super::value::{self, Kind};
use crate::db::Connection;
use crate::query::Quoted;

/// How rows are made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::verify) enum Style {
    /// The last row of a table has NULL wherever it may.
    WithNulls,
    /// Every column has a value wherever it may.
    Full,
}

/// How many rows a table gets.
const ROWS: usize = 3;

/// The tables without rows, each with the server's words.
pub(in crate::verify) type Unfilled = BTreeMap<String, String>;

/// A table to fill.
#[derive(Default)]
struct Table {
    columns: Vec<Column>,
    keys: Vec<ForeignKey>,
}

struct Column {
    name: String,
    kind: Kind,
    not_null: bool,
    has_default: bool,
    /// Whether the server gives it a value that nobody may or should write.
    is_given: bool,
    /// Constants that a CHECK or a partition's bound compares it with.
    candidates: Vec<String>,
}

struct ForeignKey {
    columns: Vec<String>,
    table: String,
    referenced: Vec<String>,
}

/// The columns of all tables but the server's and tenet's own; of a domain, the type below it.
const COLUMNS: &str = "
WITH RECURSIVE base (type, under, required) AS (
    SELECT t.oid, t.oid, false FROM pg_type AS t
    UNION ALL
    SELECT b.type, d.typbasetype, b.required OR d.typnotnull
    FROM base AS b JOIN pg_type AS d ON d.oid = b.under WHERE d.typtype = 'd'
)
SELECT c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), t.typname, t.typtype, t.typcategory,
       e.typname, a.attnotnull OR b.required, a.atthasdef AND a.attgenerated = '',
       a.attidentity <> '' OR a.attgenerated <> '' OR coalesce(pg_get_expr(x.adbin, x.adrelid) LIKE 'nextval(%', false),
       (SELECT string_agg(l.enumlabel, E'\\x01' ORDER BY l.enumsortorder) FROM pg_enum AS l WHERE l.enumtypid = t.oid),
       (SELECT string_agg(pg_get_constraintdef(k.oid), ' ') FROM pg_constraint AS k
        WHERE k.contype = 'c' AND (k.conrelid = c.oid AND k.conkey = ARRAY[a.attnum] OR k.contypid = a.atttypid)),
       (SELECT string_agg(pg_get_expr(q.relpartbound, q.oid), ' ') FROM pg_partitioned_table AS p
        JOIN pg_inherits AS i ON i.inhparent = p.partrelid JOIN pg_class AS q ON q.oid = i.inhrelid
        WHERE p.partrelid = c.oid AND p.partattrs[0] = a.attnum)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN base AS b ON b.type = a.atttypid
JOIN pg_type AS t ON t.oid = b.under AND t.typtype <> 'd'
LEFT JOIN pg_type AS e ON e.oid = t.typelem AND t.typcategory = 'A'
LEFT JOIN pg_attrdef AS x ON x.adrelid = c.oid AND x.adnum = a.attnum
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^(pg_|information_schema$|tenet)'
ORDER BY 1::text, a.attnum";

const KEYS: &str = "
SELECT k.conrelid::regclass, k.confrelid::regclass,
       (SELECT string_agg(a.attname, E'\\x01' ORDER BY o) FROM unnest(k.conkey) WITH ORDINALITY AS u (n, o)
        JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.n),
       (SELECT string_agg(a.attname, E'\\x01' ORDER BY o) FROM unnest(k.confkey) WITH ORDINALITY AS u (n, o)
        JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.n)
FROM pg_constraint AS k WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY k.conrelid::regclass::text, k.conname";

/// Fills every table, as far as its constraints can be met.
pub(in crate::verify) fn fill(connection: &mut Connection, style: Style) -> Result<Unfilled, VerifyError> {
    connection.execute("SET search_path = pg_catalog")?;
    let tables = tables(connection)?;
    let mut unfilled = Unfilled::new();
    connection.execute("BEGIN")?;
    // No trigger fires, and no order of tables is wrong; foreign keys are looked at when all is there.
    connection.execute("SET LOCAL session_replication_role = replica")?;
    let mut filled: BTreeSet<&str> = BTreeSet::new();
    let mut left: Vec<&String> = tables.keys().collect();
    while !left.is_empty() {
        let refers = |name: &String, key: &ForeignKey| key.table != *name && !filled.contains(key.table.as_str());
        let is_ready =
            |name: &&String| tables.get(*name).is_some_and(|table| !table.keys.iter().any(|key| refers(name, key)));
        let at = left.iter().position(is_ready).unwrap_or(0);
        let name = left.remove(at);
        if let Some(table) = tables.get(name)
            && let Some(why) = rows(connection, (name, table), &filled, style)?
        {
            unfilled.insert(name.clone(), why);
        }
        filled.insert(name);
    }
    settle(connection, &tables)?;
    connection.execute("COMMIT")?;
    connection.execute("RESET search_path")?;
    Ok(unfilled)
}

fn tables(connection: &mut Connection) -> Result<BTreeMap<String, Table>, VerifyError> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    let outcome = connection.execute(COLUMNS)?;
    for row in outcome.rows.iter().flat_map(|rows| &rows.values) {
        let text = |at: usize| row.get(at).and_then(Clone::clone).unwrap_or_default();
        let is = |at: usize| text(at) == "t";
        let list = |at: usize| -> Vec<String> {
            let text = text(at);
            text.split('\u{1}').filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let kind = Kind {
            written: text(2),
            name: text(3),
            category: text(5).chars().next().unwrap_or('U'),
            element: Some(text(6)).filter(|name| !name.is_empty()),
            labels: list(10),
            is_composite: text(4) == "c",
        };
        let candidates = check::candidates(&format!("{} {}", text(11), text(12)), kind.category == 'N');
        let column = Column { name: text(1), kind, not_null: is(7), has_default: is(8), is_given: is(9), candidates };
        tables.entry(text(0)).or_default().columns.push(column);
    }
    let outcome = connection.execute(KEYS)?;
    for row in outcome.rows.iter().flat_map(|rows| &rows.values) {
        let text = |at: usize| row.get(at).and_then(Clone::clone).unwrap_or_default();
        let list = |at: usize| text(at).split('\u{1}').map(str::to_owned).collect();
        let key = ForeignKey { table: text(1), columns: list(2), referenced: list(3) };
        if let Some(table) = tables.get_mut(&text(0)) {
            table.keys.push(key);
        }
    }
    Ok(tables)
}

/// Which columns a row is written with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    /// All that may be written.
    All,
    /// Those without a default.
    Bare,
    /// Those that need a value.
    Needed,
}

/// Inserts the rows of a table; returns why it has none.
fn rows(
    connection: &mut Connection,
    (name, table): (&str, &Table),
    filled: &BTreeSet<&str>,
    style: Style,
) -> Result<Option<String>, VerifyError> {
    let mut last = None;
    let mut any = false;
    for number in 1..=ROWS {
        let sparse = style == Style::WithNulls && number == ROWS;
        let widths = match sparse {
            true => [Width::Needed, Width::Bare, Width::All],
            false => [Width::All, Width::Bare, Width::Needed],
        };
        for width in widths {
            let statement = insert((name, table), filled, (width, number));
            connection.execute("SAVEPOINT tenet_row")?;
            match connection.execute(&statement) {
                Ok(_) => {
                    connection.execute("RELEASE SAVEPOINT tenet_row")?;
                    any = true;
                    break;
                }
                Err(error) => {
                    last = Some(sql(error)?.message);
                    connection.execute("ROLLBACK TO SAVEPOINT tenet_row")?;
                }
            }
        }
    }
    Ok(last.filter(|_| !any))
}

fn insert((name, table): (&str, &Table), filled: &BTreeSet<&str>, (width, number): (Width, usize)) -> String {
    let wanted = table.columns.iter().filter(|column| {
        !column.is_given
            && match width {
                Width::All => true,
                Width::Bare => !column.has_default,
                Width::Needed => column.not_null && !column.has_default,
            }
    });
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    for column in wanted {
        let key = table.keys.iter().find_map(|key| {
            let at = key.columns.iter().position(|name| *name == column.name)?;
            Some((key, key.referenced.get(at)?))
        });
        let value = match key {
            Some((key, referenced)) if key.table != name && filled.contains(key.table.as_str()) => {
                let (to, table) = (ident(referenced), &key.table);
                format!(
                    "(SELECT {to} FROM {table} ORDER BY 1 OFFSET ({number} - 1) % greatest((SELECT count(*) FROM {table}), 1) LIMIT 1)"
                )
            }
            _ => match column.candidates.get((number - 1) % column.candidates.len().max(1)) {
                Some(constant) => format!("{}::{}", Quoted(constant), column.kind.written),
                None => value::of(&column.kind, number),
            },
        };
        columns.push(ident(&column.name));
        values.push(value);
    }
    match columns.is_empty() {
        true => format!("INSERT INTO {name} DEFAULT VALUES"),
        false => format!("INSERT INTO {name} ({}) VALUES ({})", columns.join(", "), values.join(", ")),
    }
}

/// Takes rows away that refer to nothing.
fn settle(connection: &mut Connection, tables: &BTreeMap<String, Table>) -> Result<(), VerifyError> {
    for _ in 0..tables.len().max(1) {
        let mut gone = 0;
        for (name, table) in tables {
            for key in &table.keys {
                let all = key.columns.iter().map(|column| format!("r.{} IS NOT NULL", ident(column)));
                let pairs = key.columns.iter().zip(&key.referenced);
                let same: Vec<String> =
                    pairs.map(|(from, to)| format!("o.{} = r.{}", ident(to), ident(from))).collect();
                let present: Vec<String> = all.collect();
                let delete = format!(
                    "DELETE FROM {name} AS r WHERE {} AND NOT EXISTS (SELECT FROM {} AS o WHERE {})",
                    present.join(" AND "),
                    key.table,
                    same.join(" AND ")
                );
                gone += connection.execute(&delete)?.affected;
            }
        }
        if gone == 0 {
            break;
        }
    }
    Ok(())
}

/// Quotes a name whatever it is.
fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
