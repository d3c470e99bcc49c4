//! The rules: what each one finds, what the pattern does, and what to write instead.
//!
//! A rule is a value in a file of its own; `explain`, `RULES.md` and the SARIF rule list are made from these values.

pub mod inverse;
mod levels;
pub mod parse;
mod rule;
pub mod schema;
pub mod scope;

pub use levels::judge;
pub(crate) use rule::sample;
pub use rule::{Rule, Sample};

/// The families, in the order of reports, with what each is about.
pub const FAMILIES: &[(&str, &str)] = &[
    ("parse", "what tenet cannot read"),
    ("scope", "tenant isolation: a statement must stay within one tenant"),
    ("inverse", "what cannot be undone, or would be lost"),
    ("lock", "what blocks others, rewrites or scans a table"),
    ("compat", "what breaks code that is running"),
    ("transaction", "what fails or misbehaves in its transaction"),
    ("schema", "the shape of the schema and of its history"),
];

/// Every rule, by family.
pub const ALL: &[Rule] = &[
    parse::opaque::RULE,
    parse::invalid_utf8::RULE,
    parse::template_placeholder::RULE,
    parse::directive::RULE,
    scope::unclassified_table::RULE,
    scope::unscoped_update::RULE,
    scope::unscoped_delete::RULE,
    scope::unscoped_insert::RULE,
    scope::unscoped_merge::RULE,
    scope::unscoped_read::RULE,
    scope::unscoped_truncate::RULE,
    scope::unscoped_copy::RULE,
    scope::aligned_without_directive::RULE,
    scope::unprovable::RULE,
    scope::raw_parameter::RULE,
    scope::nullable_tenant_column::RULE,
    scope::foreign_key_without_tenant::RULE,
    scope::unique_key_without_tenant::RULE,
    scope::missing_row_security::RULE,
    scope::unforced_row_security::RULE,
    scope::row_security_without_policy::RULE,
    scope::open_policy::RULE,
    scope::view_as_owner::RULE,
    scope::view_mixing_tenants::RULE,
    scope::mutable_search_path::RULE,
    scope::bypassing_role::RULE,
    scope::grant_to_public::RULE,
    scope::weakened_isolation::RULE,
    inverse::underivable::RULE,
    inverse::lossy_drop::RULE,
    inverse::retired_column::RULE,
    inverse::unrecorded_rows::RULE,
    schema::history_order::RULE,
    schema::refused_statement::RULE,
    schema::uncertain_history::RULE,
    schema::drift::RULE,
    schema::possible_drift::RULE,
];

/// Returns the rule of a name.
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.id == id)
}

/// Says whether settings may name this family.
pub fn is_family(name: &str) -> bool {
    FAMILIES.iter().any(|(family, _)| *family == name)
}

/// Returns every name that settings may use: families first, then rules.
pub fn names() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().map(|(family, _)| *family).chain(ALL.iter().map(|rule| rule.id))
}
