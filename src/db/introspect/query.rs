//! Queries on `pg_catalog` for the version of the server, and their rows as values.

use serde::de::DeserializeOwned;

use super::IntrospectError;
use crate::db::{Connection, DbError, Outcome};

/// A transaction that sees one moment of a database.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    connection: &'a mut Connection,
    /// The major version of the server.
    major: u32,
    /// Whether the role may read what only superusers may.
    superuser: bool,
}

/// Names come qualified, and constants are written in one way.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SET LOCAL search_path = pg_catalog;
SET LOCAL quote_all_identifiers = off;
SET LOCAL DateStyle = ISO;
SET LOCAL IntervalStyle = postgres;
SET LOCAL TimeZone = UTC;
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = hex;
SELECT current_setting('server_version_num'), current_setting('is_superuser')";

impl<'a> Reader<'a> {
    /// Opens the transaction.
    pub(super) fn begin(connection: &'a mut Connection) -> Result<Self, DbError> {
        let outcomes = connection.execute_script(BEGIN)?;
        let row = outcomes.into_iter().last().and_then(first_row).unwrap_or_default();
        let text = |at: usize| row.get(at).and_then(Option::as_deref).unwrap_or_default();
        let (version, superuser) = (text(0).parse::<u32>().unwrap_or_default(), text(1) == "on");
        Ok(Reader { connection, major: version / 10_000, superuser })
    }

    /// Ends the transaction.
    pub(super) fn end(self) -> Result<(), DbError> {
        self.connection.execute("COMMIT").map(drop)
    }

    /// Runs a query, and reads each row into a value whose fields have the names of its columns.
    pub(super) fn rows<T: DeserializeOwned>(&mut self, query: &str) -> Result<Vec<T>, IntrospectError> {
        let query = expand(query, self.major, self.superuser);
        let outcome = self.connection.execute(&format!("SELECT row_to_json(q) FROM (\n{query}) q"))?;
        let rows = outcome.rows.unwrap_or_default().values;
        let texts = rows.into_iter().flatten().flatten();
        texts.map(|text| serde_json::from_str(&text).map_err(|error| misread(&error, &text))).collect()
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        // Nothing was written; after the end of the transaction this is a warning of the server, which nobody reads.
        let _ = self.connection.execute("ROLLBACK");
    }
}

fn first_row(outcome: Outcome) -> Option<Vec<Option<String>>> {
    outcome.rows?.values.into_iter().next()
}

fn misread(error: &serde_json::Error, text: &str) -> IntrospectError {
    IntrospectError::unread("a row of pg_catalog", error, text)
}

/// Writes a query out for a server: lines that end with `-- since 14` or `-- before 17` are for some versions, and
/// `OWN(catalog, alias)`, `OPTIONS(array)`, `CONNECTION(alias)` stand for what many queries say.
fn expand(query: &str, major: u32, superuser: bool) -> String {
    let lines = query.lines().filter(|line| is_for(line, major)).map(|line| format!("{line}\n"));
    let text = lines.collect::<String>();
    let text = replace(&text, "OWN", |arguments| match arguments {
        [catalog, alias] => format!(
            "{alias}.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend member WHERE \
             member.classid = '{catalog}'::regclass AND member.objid = {alias}.oid AND member.deptype = 'e')"
        ),
        _ => String::new(),
    });
    let text = replace(&text, "OPTIONS", |arguments| {
        format!(
            "COALESCE((SELECT ' OPTIONS (' || string_agg(quote_ident(option_name) || ' ' || quote_literal(option_value), \
             ', ' ORDER BY option_name) || ')' FROM pg_options_to_table({})), '')",
            arguments.concat()
        )
    });
    replace(&text, "CONNECTION", |arguments| {
        // What only superusers may read holds passwords; to others a subscription has an empty one.
        if superuser { format!("{}.subconninfo", arguments.concat()) } else { "''".to_owned() }
    })
}

/// Says whether a line of a query is for this version of the server.
fn is_for(line: &str, major: u32) -> bool {
    let Some((_, remark)) = line.split_once("-- ") else { return true };
    remark.split(", ").all(|limit| match limit.split_once(' ') {
        Some(("since", version)) => version.parse().is_ok_and(|version: u32| major >= version),
        Some(("before", version)) => version.parse().is_ok_and(|version: u32| major < version),
        _ => true,
    })
}

/// Replaces `NAME(a, b)` wherever it stands.
fn replace(text: &str, name: &str, by: impl Fn(&[&str]) -> String) -> String {
    let call = format!("{name}(");
    let mut rest = text;
    let mut written = String::new();
    while let Some((before, after)) = rest.split_once(&call) {
        let Some((arguments, behind)) = after.split_once(')') else { break };
        written.push_str(before);
        written.push_str(&by(&arguments.split(", ").collect::<Vec<_>>()));
        rest = behind;
    }
    written + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_written_for_a_version() {
        let query = "a\nb -- since 14\nc -- since 15, before 17\n-- beforehand\n";
        assert_eq!(expand(query, 13, true), "a\n-- beforehand\n");
        assert_eq!(expand(query, 16, true), "a\nb -- since 14\nc -- since 15, before 17\n-- beforehand\n");
        assert_eq!(expand(query, 17, true), "a\nb -- since 14\n-- beforehand\n");
    }

    #[test]
    fn only_superusers_read_connections() {
        assert_eq!(expand("x CONNECTION(s) y", 15, true), "x s.subconninfo y\n");
        assert_eq!(expand("x CONNECTION(s) y", 15, false), "x '' y\n");
    }
}
