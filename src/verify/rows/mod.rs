//! Rows on the server: samples to begin with, and images to compare.

mod check;
mod fill;
mod pattern;
mod value;

use std::collections::BTreeMap;

use super::VerifyError;
use crate::db::Connection;

pub(super) use fill::{Style, Unfilled, fill};

/// What every table holds, and where every sequence stands, each as a digest.
pub(super) type Image = BTreeMap<String, String>;

/// The tables with the columns of each in the order of their names: where a column stands says nothing about rows.
const TABLES: &str = "
SELECT 'table ' || c.oid::regclass, format('SELECT count(*) || '' rows, '' || coalesce(md5(string_agg(r, E''\\n'' ORDER BY r COLLATE \"C\")), '''') \
FROM (SELECT ROW(%s)::text AS r FROM ONLY %s) AS rows',
       (SELECT string_agg('x.' || quote_ident(a.attname), ', ' ORDER BY a.attname COLLATE \"C\") FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), c.oid::regclass || ' AS x')
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^(pg_|information_schema$|tenet)'
UNION ALL
SELECT 'sequence ' || c.oid::regclass, format('SELECT last_value || '', '' || is_called FROM %s', c.oid::regclass)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND n.nspname !~ '^(pg_|information_schema$|tenet)'
ORDER BY 1";

/// Looks at all rows.
pub(super) fn image(connection: &mut Connection) -> Result<Image, VerifyError> {
    connection.execute("SET search_path = pg_catalog")?;
    let queries = connection.execute(TABLES)?.rows.map_or_else(Vec::new, |rows| rows.values);
    let mut image = Image::new();
    for row in queries {
        let mut row = row.into_iter().flatten();
        let (Some(name), Some(query)) = (row.next(), row.next()) else { continue };
        let found =
            connection.execute(&query)?.rows.and_then(|rows| rows.values.into_iter().flatten().flatten().next());
        image.insert(name, found.unwrap_or_default());
    }
    connection.execute("RESET search_path")?;
    Ok(image)
}

/// Names what two images differ in.
pub(super) fn differences(was: &Image, is: &Image) -> Vec<String> {
    let count = |found: &String| found.split(',').next().unwrap_or("").to_owned();
    let mut names: Vec<&String> = was.keys().chain(is.keys()).collect();
    names.sort();
    names.dedup();
    let differing = names.into_iter().filter(|name| was.get(*name) != is.get(*name));
    let words = |name: &String| match (was.get(name), is.get(name)) {
        (Some(old), Some(new)) if count(old) != count(new) => format!("{name}: {}, now {}", count(old), count(new)),
        (Some(_), Some(_)) => format!("{name}: the same number of rows, but others"),
        (Some(_), None) => format!("{name}: gone"),
        (None, _) => format!("{name}: left over"),
    };
    differing.map(words).collect()
}
