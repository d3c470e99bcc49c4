//! PostgreSQL's own relations: which hold definitions only, and nothing that was learnt from rows.
//!
//! Statistics (`pg_stats`, `pg_statistic_ext_data`), counters (`pg_stat_*`), large objects and the texts of running
//! queries come from tenants' rows and are left out.

use super::Name;

/// Relations of `pg_catalog` that hold definitions; sorted.
#[rustfmt::skip]
const DEFINITIONS: &[&str] = &[
    "pg_aggregate", "pg_am", "pg_amop", "pg_amproc", "pg_attrdef", "pg_attribute", "pg_auth_members", "pg_authid",
    "pg_available_extension_versions", "pg_available_extensions", "pg_cast", "pg_class", "pg_collation", "pg_config",
    "pg_constraint", "pg_conversion", "pg_database", "pg_db_role_setting", "pg_default_acl", "pg_depend",
    "pg_description", "pg_enum", "pg_event_trigger", "pg_extension", "pg_foreign_data_wrapper", "pg_foreign_server",
    "pg_foreign_table", "pg_group", "pg_index", "pg_indexes", "pg_inherits", "pg_init_privs", "pg_language",
    "pg_matviews", "pg_namespace", "pg_opclass", "pg_operator", "pg_opfamily", "pg_parameter_acl",
    "pg_partitioned_table", "pg_policies", "pg_policy", "pg_proc", "pg_publication", "pg_publication_namespace",
    "pg_publication_rel", "pg_publication_tables", "pg_range", "pg_rewrite", "pg_roles", "pg_rules", "pg_seclabel",
    "pg_seclabels", "pg_sequence", "pg_settings", "pg_shdepend", "pg_shdescription", "pg_shseclabel",
    "pg_statistic_ext", "pg_subscription", "pg_subscription_rel", "pg_tables", "pg_tablespace",
    "pg_timezone_abbrevs", "pg_timezone_names", "pg_transform", "pg_trigger", "pg_ts_config", "pg_ts_config_map",
    "pg_ts_dict", "pg_ts_parser", "pg_ts_template", "pg_type", "pg_user", "pg_views",
];

/// Columns of those relations that count rows.
const COUNTS: &[&str] = &["reltuples", "relpages", "relallvisible", "relallfrozen"];

/// Says whether a relation that nothing creates is one of PostgreSQL's own and holds definitions.
pub fn holds_definitions(name: &Name) -> bool {
    match name.schema() {
        Some(schema) if *schema == "information_schema" => true,
        Some(schema) if *schema != "pg_catalog" => false,
        _ => DEFINITIONS.binary_search(&name.last().as_str()).is_ok(),
    }
}

/// Says whether a column of PostgreSQL's own relations tells how many rows tenants have.
pub fn counts_rows(column: &str) -> bool {
    COUNTS.contains(&column)
}

/// Says whether a collation is one of PostgreSQL's own by its name: those are deterministic.
pub fn is_collation(name: &Name) -> bool {
    const NAMES: &[&str] = &["default", "C", "POSIX", "ucs_basic", "unicode", "pg_c_utf8", "pg_unicode_fast"];
    let text = name.last().as_str();
    let is_own = name.schema().is_none_or(|schema| *schema == "pg_catalog");
    is_own && (NAMES.contains(&text) || text.ends_with("-x-icu") || is_locale(text))
}

/// Says whether a text is a locale of the operating system, as `de_DE.utf8`.
fn is_locale(text: &str) -> bool {
    let (language, territory) = text.split_once('_').unwrap_or((text, ""));
    let territory = territory.as_bytes();
    (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && territory.iter().take(2).filter(|byte| byte.is_ascii_uppercase()).count() == 2
        && territory.get(2).is_none_or(|byte| matches!(byte, b'.' | b'@'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pg::Ident;
    use crate::source::Span;

    #[test]
    fn a_collation_of_somebody_is_none_of_ours() {
        let name = |text: &str| Name::simple(Ident::exact(text), Span::default());
        assert!(["C", "de_DE.utf8", "ca_ES@valencia", "und-x-icu"].into_iter().all(|text| is_collation(&name(text))));
        assert!(!["lax", "en_us", "case_insensitive", "de_DEx"].into_iter().any(|text| is_collation(&name(text))));
    }

    #[test]
    fn what_is_learnt_from_rows_is_no_definition() {
        let name = |text: &str| Name::simple(Ident::exact(text), Span::default());
        assert!(DEFINITIONS.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(holds_definitions(&name("pg_constraint")) && !holds_definitions(&name("pg_stats")));
        assert!(
            !["pg_things", "pg_largeobject", "pg_stat_activity"].into_iter().any(|text| holds_definitions(&name(text)))
        );
    }
}
