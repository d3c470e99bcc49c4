//! How PostgreSQL stores the values of its own types.

use super::TypeName;

/// Returns the storage that a built-in type chooses for its columns; `None` when the type is not one of PostgreSQL's.
///
/// Source: `typstorage` of `pg_type` in PostgreSQL 15.
pub fn default_storage(type_name: &TypeName) -> Option<&'static str> {
    if !type_name.bounds.is_empty() {
        return Some("extended");
    }
    if type_name.percent_type || type_name.name.schema().is_some_and(|schema| schema != "pg_catalog") {
        return None;
    }
    Some(match type_name.name.last().as_str() {
        "numeric" | "inet" | "cidr" => "main",
        "text" | "varchar" | "bpchar" | "bytea" | "json" | "jsonb" | "jsonpath" | "xml" | "bit" | "varbit" | "path"
        | "polygon" | "tsvector" | "int4range" | "int8range" | "numrange" | "tsrange" | "tstzrange" | "daterange"
        | "int4multirange" | "int8multirange" | "nummultirange" | "tsmultirange" | "tstzmultirange"
        | "datemultirange" => "extended",
        "int2" | "int4" | "int8" | "float4" | "float8" | "bool" | "date" | "time" | "timetz" | "timestamp"
        | "timestamptz" | "interval" | "uuid" | "money" | "oid" | "regclass" | "regproc" | "regtype" | "name"
        | "char" | "point" | "line" | "lseg" | "box" | "circle" | "macaddr" | "macaddr8" | "tsquery" | "pg_lsn"
        | "xid" | "xid8" => "plain",
        _ => return None,
    })
}
