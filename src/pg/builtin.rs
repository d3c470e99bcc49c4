//! The types of `pg_catalog`, and the names by which PostgreSQL shows them.

use super::{Ident, TypeName};

/// Types that every database has, arrays and row types left out; sorted.
#[rustfmt::skip]
const TYPES: &[&str] = &[
    "aclitem", "any", "anyarray", "anycompatible", "anycompatiblearray", "anycompatiblemultirange",
    "anycompatiblenonarray", "anycompatiblerange", "anyelement", "anyenum", "anymultirange", "anynonarray", "anyrange",
    "bit", "bool", "box", "bpchar", "bytea", "char", "cid", "cidr", "circle", "cstring", "date", "datemultirange",
    "daterange", "event_trigger", "fdw_handler", "float4", "float8", "gtsvector", "index_am_handler", "inet", "int2",
    "int2vector", "int4", "int4multirange", "int4range", "int8", "int8multirange", "int8range", "internal", "interval",
    "json", "jsonb", "jsonpath", "language_handler", "line", "lseg", "macaddr", "macaddr8", "money", "name", "numeric",
    "nummultirange", "numrange", "oid", "oidvector", "path", "pg_brin_bloom_summary", "pg_brin_minmax_multi_summary",
    "pg_ddl_command", "pg_dependencies", "pg_lsn", "pg_mcv_list", "pg_ndistinct", "pg_node_tree", "pg_snapshot",
    "point", "polygon", "record", "refcursor", "regclass", "regcollation", "regconfig", "regdictionary",
    "regnamespace", "regoper", "regoperator", "regproc", "regprocedure", "regrole", "regtype", "table_am_handler",
    "text", "tid", "time", "timestamp", "timestamptz", "timetz", "trigger", "tsm_handler", "tsmultirange", "tsquery",
    "tsrange", "tstzmultirange", "tstzrange", "tsvector", "txid_snapshot", "unknown", "uuid", "varbit", "varchar",
    "void", "xid", "xid8", "xml",
];

/// Says whether every database has a type of this name in `pg_catalog`.
pub fn is_type(name: &Ident) -> bool {
    TYPES.binary_search(&name.as_str()).is_ok()
}

/// Says whether the grammar has words of its own for a type, which stand for its qualified name.
fn has_words(name: &str) -> bool {
    words(name).is_some() || matches!(name, "numeric" | "interval" | "bit")
}

/// Returns the words by which PostgreSQL shows a type whose name is not shown as it is.
fn words(name: &str) -> Option<&'static str> {
    Some(match name {
        "bool" => "boolean",
        "int2" => "smallint",
        "int4" => "integer",
        "int8" => "bigint",
        "float4" => "real",
        "float8" => "double precision",
        "bpchar" => "character",
        "varchar" => "character varying",
        "varbit" => "bit varying",
        "time" => "time without time zone",
        "timetz" => "time with time zone",
        "timestamp" => "timestamp without time zone",
        "timestamptz" => "timestamp with time zone",
        _ => return None,
    })
}

impl TypeName {
    /// Returns the name of a type of `pg_catalog`, however it is written; `None` for any other.
    pub fn builtin_name(&self) -> Option<&Ident> {
        let name = self.name.last();
        let plain = match self.name.parts.as_slice() {
            [_] => true,
            [schema, _] => *schema == "pg_catalog",
            _ => false,
        };
        (plain && !self.percent_type && is_type(name)).then_some(name)
    }

    /// Writes a type of `pg_catalog` in the one way in which a catalog holds it: as the grammar resolves its own words,
    /// and by its bare name where it has none.
    pub(crate) fn with_builtin_name(mut self) -> TypeName {
        let Some(name) = self.builtin_name().cloned() else { return self };
        self.name.parts = if has_words(name.as_str()) {
            [Ident::exact("pg_catalog"), name].into()
        } else {
            [name].into_iter().collect()
        };
        self
    }

    /// Returns the type as signatures tell types apart, in the words of `format_type` without modifiers; a name must be
    /// qualified already.
    pub fn identity(&self) -> String {
        let name = match self.builtin_name() {
            // `char` in quotes is another type than `character`.
            Some(name) if *name == "char" => "\"char\"".to_owned(),
            Some(name) => words(name.as_str()).map_or_else(|| name.to_string(), str::to_owned),
            None => self.name.to_string(),
        };
        // All dimensions are one array type.
        if self.bounds.is_empty() { name } else { format!("{name}[]") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pg::Name;
    use crate::source::Span;

    #[test]
    fn every_spelling_is_one_type() {
        assert!(TYPES.windows(2).all(|pair| pair[0] < pair[1]));
        let named = |parts: &[&str]| {
            let parts = parts.iter().map(|part| Ident::exact(part)).collect();
            TypeName::named(Name { parts, span: Span::default() }).with_builtin_name()
        };
        assert_eq!(named(&["int4"]), named(&["pg_catalog", "int4"]));
        assert_eq!(named(&["pg_catalog", "text"]).to_string(), "text");
        assert_eq!(named(&["varchar"]).identity(), "character varying");
        assert_eq!(named(&["public", "text"]).identity(), "public.text");
    }
}
