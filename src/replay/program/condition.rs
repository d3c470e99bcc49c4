//! The names that PL/pgSQL has for SQLSTATEs.

use crate::procedure::Condition;

/// Says whether a condition of EXCEPTION holds for an error.
pub(super) fn catches(condition: &Condition, sqlstate: &str) -> bool {
    match condition {
        Condition::SqlState(code) => code == sqlstate,
        Condition::Name(name) if name == "others" => true,
        Condition::Name(name) => NAMES.iter().any(|(known, code)| *name == **known && covers(code, sqlstate)),
    }
}

/// A code that ends with `000` stands for its whole class.
fn covers(code: &str, sqlstate: &str) -> bool {
    code == sqlstate || code.ends_with("000") && sqlstate.starts_with(&code[..2])
}

/// The conditions that a change of definitions can meet. Source: appendix A of the PostgreSQL 15 manual.
#[rustfmt::skip]
const NAMES: &[(&str, &str)] = &[
    ("feature_not_supported", "0A000"), ("dependent_objects_still_exist", "2BP01"), ("invalid_schema_name", "3F000"),
    ("syntax_error_or_access_rule_violation", "42000"), ("insufficient_privilege", "42501"),
    ("syntax_error", "42601"), ("duplicate_column", "42701"), ("undefined_column", "42703"),
    ("undefined_object", "42704"), ("duplicate_object", "42710"), ("duplicate_function", "42723"),
    ("datatype_mismatch", "42804"), ("wrong_object_type", "42809"), ("invalid_foreign_key", "42830"),
    ("undefined_function", "42883"), ("undefined_table", "42P01"), ("duplicate_schema", "42P06"),
    ("duplicate_table", "42P07"), ("invalid_column_reference", "42P10"), ("invalid_table_definition", "42P16"),
    ("invalid_object_definition", "42P17"), ("object_not_in_prerequisite_state", "55000"),
    ("object_in_use", "55006"), ("raise_exception", "P0001"),
];
