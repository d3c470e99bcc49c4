//! Built-in functions whose effect is known: they read their arguments and settings, and no table.
//!
//! Source: `pg_proc` of PostgreSQL 15. What runs a query that it is given as text (`query_to_xml`, `ts_stat`), reads files or
//! large objects, or changes settings is left out.

use std::sync::LazyLock;

/// Functions that read no table; sorted.
#[rustfmt::skip]
const PLAIN: &[&str] = &[
    "abs", "acos", "age", "array_append", "array_cat", "array_dims", "array_fill", "array_length", "array_lower",
    "array_ndims", "array_position", "array_positions", "array_prepend", "array_remove", "array_replace",
    "array_to_json", "array_to_string", "array_upper", "ascii", "asin", "atan", "atan2", "bit_count", "bit_length",
    "btrim", "cardinality", "cbrt", "ceil", "ceiling", "char_length", "character_length", "chr", "clock_timestamp",
    "concat", "concat_ws", "convert", "convert_from", "convert_to", "cos", "cot", "cume_dist", "current_database",
    "current_schema", "current_schemas", "current_setting", "date", "date_bin", "date_part", "date_trunc",
    "daterange", "decode", "degrees", "dense_rank", "div", "encode", "exp", "extract", "factorial", "first_value",
    "floor", "format", "format_type", "gcd", "gen_random_uuid", "generate_series", "generate_subscripts", "get_bit",
    "get_byte", "initcap", "int4range", "int8range", "isempty", "isfinite", "json_array_elements",
    "json_array_elements_text", "json_array_length", "json_build_array", "json_build_object", "json_each",
    "json_each_text", "json_extract_path", "json_extract_path_text", "json_object", "json_object_keys",
    "json_populate_record", "json_populate_recordset", "json_strip_nulls", "json_to_record", "json_to_recordset",
    "json_typeof", "jsonb_array_elements", "jsonb_array_elements_text", "jsonb_array_length", "jsonb_build_array",
    "jsonb_build_object", "jsonb_each", "jsonb_each_text", "jsonb_extract_path", "jsonb_extract_path_text",
    "jsonb_insert", "jsonb_object", "jsonb_object_keys", "jsonb_path_exists", "jsonb_path_match",
    "jsonb_path_query", "jsonb_path_query_array", "jsonb_path_query_first", "jsonb_populate_record",
    "jsonb_populate_recordset", "jsonb_pretty", "jsonb_set", "jsonb_strip_nulls", "jsonb_to_record",
    "jsonb_to_recordset", "jsonb_typeof", "justify_days", "justify_hours", "justify_interval", "lag", "last_value",
    "lcm", "lead", "left", "length", "ln", "log", "log10", "lower", "lower_inc", "lower_inf", "lpad", "ltrim",
    "make_date", "make_interval", "make_time", "make_timestamp", "make_timestamptz", "md5", "mod", "nextval", "now",
    "nth_value", "ntile", "num_nonnulls", "num_nulls", "numnode", "numrange", "octet_length", "overlay",
    "percent_rank", "pg_typeof", "phraseto_tsquery", "pi", "plainto_tsquery", "position", "power", "quote_ident",
    "quote_literal", "quote_nullable", "radians", "random", "rank", "regexp_count", "regexp_like", "regexp_match",
    "regexp_matches", "regexp_replace", "regexp_split_to_array", "regexp_split_to_table", "repeat", "replace",
    "reverse", "right", "round", "row_number", "row_to_json", "rpad", "rtrim", "scale", "setweight", "sha224",
    "sha256", "sha384", "sha512", "sign", "sin", "split_part", "sqrt", "starts_with", "statement_timestamp",
    "string_to_array", "string_to_table", "strip", "strpos", "substr", "substring", "tan", "timeofday", "timezone",
    "to_ascii", "to_char", "to_date", "to_hex", "to_json", "to_jsonb", "to_number", "to_timestamp", "to_tsquery",
    "to_tsvector", "transaction_timestamp", "translate", "trim", "trunc", "ts_headline", "ts_rank", "ts_rank_cd",
    "tsrange", "tstzrange", "unnest", "upper", "upper_inc", "upper_inf", "websearch_to_tsquery", "width_bucket",
];

/// Aggregates that read no table; sorted.
#[rustfmt::skip]
const AGGREGATES: &[&str] = &[
    "array_agg", "avg", "bit_and", "bit_or", "bool_and", "bool_or", "corr", "count", "covar_pop", "covar_samp",
    "every", "json_agg", "json_object_agg", "jsonb_agg", "jsonb_object_agg", "max", "min", "mode",
    "percentile_cont", "percentile_disc", "range_agg", "stddev", "stddev_pop", "stddev_samp", "string_agg", "sum",
    "var_pop", "var_samp", "variance",
];

/// Functions of the extensions that PostgreSQL brings along; sorted.
#[rustfmt::skip]
const EXTENSIONS: &[&str] = &[
    "akeys", "avals", "crypt", "digest", "gen_random_bytes", "gen_salt", "hmac", "hstore", "show_trgm", "similarity",
    "strict_word_similarity", "unaccent", "uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v3",
    "uuid_generate_v4", "uuid_generate_v5", "uuid_nil", "word_similarity",
];

/// Says whether an extension that PostgreSQL brings along has a function of this name, which reads no table.
pub fn is_of_extension(name: &str) -> bool {
    EXTENSIONS.binary_search(&name).is_ok()
}

/// The names of all functions of `pg_catalog`, one a line; sorted.
///
/// Source: `pg_proc` of PostgreSQL 15 and 18.
const ALL: &str = include_str!("functions.txt");

/// The lines of them, which are found when the first is asked for.
static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| ALL.lines().collect());

/// Says whether PostgreSQL has a function of this name, which a call may mean rather than one of the history.
pub fn may_be_builtin(name: &str) -> bool {
    NAMES.binary_search(&name).is_ok()
}

/// Says whether the built-in function of this name reads no table.
pub fn reads_no_table(name: &str) -> bool {
    PLAIN.binary_search(&name).is_ok() || is_aggregate(name)
}

/// Says whether the built-in function of this name is an aggregate.
pub fn is_aggregate(name: &str) -> bool {
    AGGREGATES.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_leave_out_what_runs_queries() {
        let lists = [PLAIN, AGGREGATES, EXTENSIONS, NAMES.as_slice()];
        assert!(lists.into_iter().all(|list| list.windows(2).all(|pair| pair[0] < pair[1])));
        assert!(reads_no_table("lower") && reads_no_table("count") && is_aggregate("sum"));
        assert!(!["query_to_xml", "ts_stat", "set_config", "dblink", "lo_import"].into_iter().any(reads_no_table));
    }
}
