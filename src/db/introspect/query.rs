//! Queries on `pg_catalog` for the version of the server, and their rows as values.

use serde::de::DeserializeOwned;

use super::IntrospectError;
use crate::db::{Connection, DbError, Outcome};
use crate::pg::Ident;
use crate::statement::print::Quoted;

/// A transaction that sees one moment of a database.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    connection: &'a mut Connection,
    /// The major version of the server.
    pub(super) major: u32,
    /// Whether the role may read what only superusers may.
    superuser: bool,
    /// The schemas to which objects are limited.
    schemas: Option<Vec<Ident>>,
}

/// Names come qualified, and constants are written in one way.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
const SETTINGS: &str = "SET LOCAL search_path = pg_catalog;
SET LOCAL quote_all_identifiers = off;
SET LOCAL DateStyle = ISO;
SET LOCAL IntervalStyle = postgres;
SET LOCAL TimeZone = UTC;
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = hex;
SET LOCAL jit = off;
SET LOCAL enable_nestloop = off;
SELECT current_setting('server_version_num'), current_setting('is_superuser')";

impl<'a> Reader<'a> {
    /// Opens the transaction.
    pub(super) fn begin(connection: &'a mut Connection, schemas: Option<Vec<Ident>>) -> Result<Self, DbError> {
        connection.execute(BEGIN)?;
        Reader::within(connection, schemas)
    }

    /// Reads within a transaction that is open, and stays open with settings for reading.
    pub(super) fn within(connection: &'a mut Connection, schemas: Option<Vec<Ident>>) -> Result<Self, DbError> {
        let outcomes = connection.execute_script(SETTINGS)?;
        let row = outcomes.into_iter().last().and_then(first_row).unwrap_or_default();
        let text = |at: usize| row.get(at).and_then(Option::as_deref).unwrap_or_default();
        let (version, superuser) = (text(0).parse::<u32>().unwrap_or_default(), text(1) == "on");
        Ok(Reader { connection, major: version / 10_000, superuser, schemas })
    }

    /// Says whether a schema is wanted.
    pub(super) fn wants(&self, schema: &str) -> bool {
        self.schemas.as_ref().is_none_or(|schemas| schemas.iter().any(|wanted| *wanted == schema))
    }

    /// Runs a query, and reads each row into a value whose fields have the names of its columns.
    pub(super) fn rows<T: DeserializeOwned>(&mut self, query: &str) -> Result<Vec<T>, IntrospectError> {
        let query = self.expand(query);
        let outcome = self.connection.execute(&format!("SELECT row_to_json(q) FROM (\n{query}) q"))?;
        let rows = outcome.rows.unwrap_or_default().values;
        let texts = rows.into_iter().flatten().flatten();
        texts.map(|text| serde_json::from_str(&text).map_err(|error| misread(&error, &text))).collect()
    }

    /// Writes a query out for this server: lines that end with `-- since 14` or `-- before 17` are for some versions, and
    /// `OWN(catalog, alias)`, `OPTIONS(array)`, `CONNECTION(alias)` stand for what many queries say.
    fn expand(&self, query: &str) -> String {
        let lines = query.lines().filter(|line| is_for(line, self.major)).map(|line| format!("{line}\n"));
        let text = replace(&lines.collect::<String>(), "OWN", |arguments| match arguments {
            [catalog, alias] => self.own(catalog, alias),
            _ => String::new(),
        });
        let text = replace(&text, "OPTIONS", |arguments| {
            format!(
                "COALESCE((SELECT ' OPTIONS (' || string_agg(quote_ident(option_name) || ' ' || \
                 quote_literal(option_value), ', ' ORDER BY option_name) || ')' FROM pg_options_to_table({})), '')",
                arguments.concat()
            )
        });
        replace(&text, "CONNECTION", |arguments| {
            // What only superusers may read holds passwords; to others a subscription has an empty one.
            if self.superuser { format!("{}.subconninfo", arguments.concat()) } else { "''".to_owned() }
        })
    }

    /// Says which rows of a catalog are neither initdb's nor an extension's, and are wanted.
    fn own(&self, catalog: &str, alias: &str) -> String {
        let wanted = match (&self.schemas, namespace(catalog)) {
            (None, _) => String::new(),
            (Some(_), None) => " AND false".to_owned(),
            (Some(schemas), Some(column)) => {
                let names: Vec<String> = schemas.iter().map(|name| Quoted(name.as_str()).to_string()).collect();
                let names = names.join(", ");
                format!(" AND {alias}.{column} IN (SELECT oid FROM pg_namespace WHERE nspname IN ({names}))")
            }
        };
        format!(
            "{alias}.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend member WHERE \
             member.classid = '{catalog}'::regclass AND member.objid = {alias}.oid AND member.deptype = 'e'){wanted}"
        )
    }
}

/// Returns the column of a catalog that holds the schema of an object; `None` where objects live in none.
fn namespace(catalog: &str) -> Option<&'static str> {
    Some(match catalog {
        "pg_class" => "relnamespace",
        "pg_type" => "typnamespace",
        "pg_proc" => "pronamespace",
        "pg_operator" => "oprnamespace",
        "pg_opfamily" => "opfnamespace",
        "pg_opclass" => "opcnamespace",
        "pg_conversion" => "connamespace",
        "pg_collation" => "collnamespace",
        "pg_ts_parser" => "prsnamespace",
        "pg_ts_template" => "tmplnamespace",
        "pg_ts_dict" => "dictnamespace",
        "pg_ts_config" => "cfgnamespace",
        "pg_statistic_ext" => "stxnamespace",
        "pg_namespace" => "oid",
        _ => return None,
    })
}

fn first_row(outcome: Outcome) -> Option<Vec<Option<String>>> {
    outcome.rows?.values.into_iter().next()
}

fn misread(error: &serde_json::Error, text: &str) -> IntrospectError {
    IntrospectError::unread("a row of pg_catalog", error, text)
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
        let lines = |major| query.lines().filter(|line| is_for(line, major)).collect::<Vec<_>>();
        assert_eq!(lines(13), ["a", "-- beforehand"]);
        assert_eq!(lines(16), ["a", "b -- since 14", "c -- since 15, before 17", "-- beforehand"]);
        assert_eq!(lines(17), ["a", "b -- since 14", "-- beforehand"]);
    }

    #[test]
    fn calls_are_written_out() {
        assert_eq!(replace("x OWN(a, b) y OWN(c) z", "OWN", |arguments| arguments.join("+")), "x a+b y c z");
    }
}
