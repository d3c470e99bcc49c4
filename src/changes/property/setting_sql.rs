//! The statements that set how relations, columns and indexes are stored and marked.

use std::fmt;

use super::{Assigned, ParameterName, Setting, Subject};
use crate::catalog::Address;
use crate::changes::Reach;
use crate::pg::Ident;
use crate::statement::print::Quoted;
use crate::statement::relation::{Parameter, Persistence};

pub(super) fn sql(f: &mut fmt::Formatter<'_>, (of, subject): (&Address, &Subject), setting: &Setting) -> fmt::Result {
    match (of, &subject.relation) {
        (Address::Column(_, column), Some(table)) => {
            let reach = match setting {
                Setting::Storage { reach, .. } | Setting::Statistics { reach, .. } => *reach,
                _ => Reach::Tree,
            };
            write!(f, "ALTER TABLE {reach}{table} ALTER COLUMN {column} ")?;
        }
        _ => write!(f, "ALTER {subject} ")?,
    }
    match setting {
        Setting::Persistence(Persistence::Unlogged) => f.write_str("SET UNLOGGED"),
        Setting::Persistence(_) => f.write_str("SET LOGGED"),
        Setting::Parameter(name, value) => parameter(f, name, value),
        Setting::Option { name, from, to } => option(f, name, (from, to)),
        Setting::ClusterOn(Some(index)) => write!(f, "CLUSTER ON {index}"),
        Setting::ClusterOn(None) => f.write_str("SET WITHOUT CLUSTER"),
        Setting::ReplicaIdentity(identity) => write!(f, "REPLICA IDENTITY {identity}"),
        Setting::AccessMethod(method) => write!(f, "SET ACCESS METHOD {}", or(method, "heap")),
        Setting::Tablespace(name) => write!(f, "SET TABLESPACE {}", or(name, "pg_default")),
        Setting::OfType(Some(name)) => write!(f, "OF {name}"),
        Setting::OfType(None) => f.write_str("NOT OF"),
        Setting::Storage { storage, default, .. } => {
            write!(f, "SET STORAGE {}", storage.as_ref().unwrap_or(default).as_str().to_ascii_uppercase())
        }
        Setting::Compression(method) => write!(f, "SET COMPRESSION {}", or(method, "default").trim_matches('"')),
        Setting::Statistics { target, .. } => write!(f, "SET STATISTICS {}", target.unwrap_or(-1)),
        Setting::KeyStatistics(number, target) => {
            write!(f, "ALTER COLUMN {number} SET STATISTICS {}", target.unwrap_or(-1))
        }
    }
}

fn or(name: &Option<Ident>, default: &'static str) -> String {
    name.as_ref().map_or_else(|| default.to_owned(), ToString::to_string)
}

fn parameter(f: &mut fmt::Formatter<'_>, name: &ParameterName, value: &Option<Assigned>) -> fmt::Result {
    let ParameterName { namespace, name } = name.clone();
    let (word, value) = match value {
        Some(Assigned(value)) => ("SET", value.clone()),
        None => ("RESET", None),
    };
    write!(f, "{word} ({})", Parameter { namespace, name, value })
}

fn option(f: &mut fmt::Formatter<'_>, name: &Ident, change: (&Option<String>, &Option<String>)) -> fmt::Result {
    match change {
        (None, Some(to)) => write!(f, "OPTIONS (ADD {name} {})", Quoted(to)),
        (_, Some(to)) => write!(f, "OPTIONS (SET {name} {})", Quoted(to)),
        (_, None) => write!(f, "OPTIONS (DROP {name})"),
    }
}
