//! Who the tenants are: a query, a list or a program, read once for a run.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use super::RunError;
use super::place::Places;
use crate::db::{Connection, DbError};
use crate::settings::{Settings, TenantSource};

/// A tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tenant {
    /// What names it.
    pub id: String,
    /// Where its database is, when the inventory says so itself.
    pub url: Option<String>,
    /// Further columns, as far as URLs ask for them.
    pub columns: BTreeMap<String, String>,
}

impl Tenant {
    /// Returns the value of a column.
    pub(super) fn value(&self, name: &str) -> Result<String, RunError> {
        match name {
            "tenant_id" => Ok(self.id.clone()),
            _ => self.columns.get(name).cloned().ok_or_else(|| {
                RunError::Usage(format!("tenant `{}` has no column `{name}`, which a URL names", self.id))
            }),
        }
    }
}

/// What asking for the tenants has given.
#[derive(Clone, Debug)]
pub(super) enum Inventory {
    /// The tenants, each once, in the order of the source.
    Known(Vec<Tenant>),
    /// The query names what is not there yet.
    NotYet,
}

/// What SQLSTATE says of a table, column, schema or function that is not there.
const NOT_THERE: [&str; 4] = ["42P01", "42703", "3F000", "42883"];

/// Says whether an error's code is of what is not there.
pub(super) fn is_not_there(sqlstate: &str) -> bool {
    NOT_THERE.contains(&sqlstate)
}

/// Reads the tenants; `shared` is the database that a query runs on.
pub(super) fn read(
    settings: &Settings,
    places: &Places<'_>,
    shared: Option<&mut Connection>,
) -> Result<Inventory, RunError> {
    let columns = places.columns();
    match &settings.tenants {
        Some(TenantSource::List(list)) => {
            let tenants = list.iter().map(|id| Tenant { id: id.clone(), ..Tenant::default() });
            unique(tenants.collect()).map(Inventory::Known)
        }
        Some(TenantSource::Command(command)) => unique(ask(command, &columns)?).map(Inventory::Known),
        Some(TenantSource::Query(query)) => by_query(settings, places, shared, query, &columns),
        None => match &settings.tenancy.root {
            Some(root) if settings.databases.shared.is_some() => {
                let query = format!("SELECT {}::text AS tenant_id FROM {} ORDER BY 1", root.column, root.table);
                by_query(settings, places, shared, &query, &columns)
            }
            _ => Err(RunError::Usage(
                "tenet.yaml does not say who the tenants are: `tenants: { query: … }`, `list` or `command`".to_owned(),
            )),
        },
    }
}

fn by_query(
    settings: &Settings,
    places: &Places<'_>,
    shared: Option<&mut Connection>,
    query: &str,
    columns: &[String],
) -> Result<Inventory, RunError> {
    let mut own;
    let connection = match shared {
        Some(connection) => connection,
        None => {
            own = Connection::open(&places.shared()?).map_err(RunError::first)?;
            &mut own
        }
    };
    let path: Vec<String> = settings.search_path.iter().map(ToString::to_string).collect();
    let path = if path.is_empty() { String::new() } else { format!("SET LOCAL search_path = {};\n", path.join(", ")) };
    let text = format!("BEGIN READ ONLY;\n{path}{};\nCOMMIT", query.trim().trim_end_matches(';'));
    match connection.send(&text) {
        Ok(outcomes) => {
            let rows = outcomes.into_iter().find_map(|outcome| outcome.rows).unwrap_or_default();
            let at = |name: &str| rows.columns.iter().position(|column| column == name);
            let Some(id) = at("tenant_id") else {
                return Err(RunError::Usage("`tenants.query` returns no column `tenant_id`".to_owned()));
            };
            let wanted: Vec<(&String, Option<usize>)> = columns.iter().map(|name| (name, at(name))).collect();
            let url = at("url");
            let value = |row: &[Option<String>], at: Option<usize>| at.and_then(|at| row.get(at).cloned().flatten());
            let tenants = rows.values.iter().map(|row| Tenant {
                id: value(row, Some(id)).unwrap_or_default(),
                url: value(row, url),
                columns: wanted.iter().filter_map(|(name, at)| Some(((*name).clone(), value(row, *at)?))).collect(),
            });
            unique(tenants.collect()).map(Inventory::Known)
        }
        Err(DbError::Sql(error)) => {
            let _ = connection.send("ROLLBACK");
            match is_not_there(&error.sqlstate) {
                true => Ok(Inventory::NotYet),
                false => Err(RunError::Usage(format!("`tenants.query`: {error}"))),
            }
        }
        Err(error) => Err(RunError::first(error)),
    }
}

/// Runs a program that prints one JSON object a line.
fn ask(command: &[String], columns: &[String]) -> Result<Vec<Tenant>, RunError> {
    let (program, arguments) =
        command.split_first().ok_or_else(|| RunError::Usage("`tenants.command` is empty".to_owned()))?;
    let shown = command.join(" ");
    let output = Command::new(program)
        .args(arguments)
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| RunError::Usage(format!("`{shown}`: {error}")))?;
    if !output.status.success() {
        return Err(RunError::Usage(format!("`{shown}` ended with {}", output.status)));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    lines
        .map(|(line, number)| {
            of_line(line, columns).map_err(|what| RunError::Usage(format!("line {number} of `{shown}`: {what}")))
        })
        .collect()
}

fn of_line(line: &str, columns: &[String]) -> Result<Tenant, String> {
    let value: Value = serde_json::from_str(line).map_err(|_| "no JSON object".to_owned())?;
    let text = |name: &str| match value.get(name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let id = text("tenant_id").ok_or("no `tenant_id`")?;
    let columns = columns.iter().filter_map(|name| Some((name.clone(), text(name)?))).collect();
    Ok(Tenant { id, url: text("url"), columns })
}

/// A tenant that stands twice in an inventory is a mistake in it, unless both say the same.
fn unique(tenants: Vec<Tenant>) -> Result<Vec<Tenant>, RunError> {
    let mut known = BTreeSet::new();
    for tenant in &tenants {
        if tenant.id.is_empty() || tenant.id.contains('\0') {
            return Err(RunError::Usage("a tenant has no name".to_owned()));
        }
        if !known.insert(tenant.id.as_str()) {
            return Err(RunError::Usage(format!("tenant `{}` is named twice", tenant.id)));
        }
    }
    Ok(tenants)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_json_objects() {
        let columns = ["region".to_owned()];
        let tenant = of_line(r#"{"tenant_id": 7, "url": "postgresql://db1/x", "region": "eu", "other": 1}"#, &columns);
        let expected = Tenant {
            id: "7".into(),
            url: Some("postgresql://db1/x".into()),
            columns: BTreeMap::from([("region".to_owned(), "eu".to_owned())]),
        };
        assert_eq!(tenant, Ok(expected));
        assert_eq!(of_line("{}", &columns), Err("no `tenant_id`".to_owned()));
        assert_eq!(of_line("acme", &columns), Err("no JSON object".to_owned()));
    }

    #[test]
    fn nobody_is_named_twice() {
        let tenant = |id: &str| Tenant { id: id.to_owned(), ..Tenant::default() };
        assert!(unique(vec![tenant("a"), tenant("b")]).is_ok());
        assert!(unique(vec![tenant("a"), tenant("a")]).is_err());
        assert!(unique(vec![tenant("")]).is_err());
    }
}
