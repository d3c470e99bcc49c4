//! What common extensions bring: types, foreign-data wrappers, languages and dictionaries that later statements name.

/// What an extension brings. Its functions and operators need no list: a call of what nobody made is no error.
#[derive(Debug)]
pub struct Brings {
    /// The extension.
    pub extension: &'static str,
    /// The schema that its objects always lie in; `None` where the statement or the search path decides.
    pub schema: Option<&'static str>,
    /// The extensions that it needs.
    pub requires: &'static [&'static str],
    /// Its types, with those of its relations.
    pub types: &'static [&'static str],
    /// Its foreign-data wrappers.
    pub wrappers: &'static [&'static str],
    /// Its languages.
    pub languages: &'static [&'static str],
    /// Its text search dictionaries.
    pub dictionaries: &'static [&'static str],
}

const PLAIN: Brings =
    Brings { extension: "", schema: None, requires: &[], types: &[], wrappers: &[], languages: &[], dictionaries: &[] };

/// Source: `pg_depend` of a PostgreSQL 15 with its contrib modules; the documentation of the others.
#[rustfmt::skip]
const EXTENSIONS: &[Brings] = &[
    Brings { extension: "adminpack", schema: Some("pg_catalog"), ..PLAIN },
    Brings { extension: "btree_gist", types: &["gbtreekey16", "gbtreekey2", "gbtreekey32", "gbtreekey4", "gbtreekey8", "gbtreekey_var"], ..PLAIN },
    Brings { extension: "citext", types: &["citext"], ..PLAIN },
    Brings { extension: "cube", types: &["cube"], ..PLAIN },
    Brings { extension: "dblink", types: &["dblink_pkey_results"], wrappers: &["dblink_fdw"], ..PLAIN },
    Brings { extension: "dict_int", dictionaries: &["intdict"], ..PLAIN },
    Brings { extension: "dict_xsyn", dictionaries: &["xsyn"], ..PLAIN },
    Brings { extension: "earthdistance", requires: &["cube"], types: &["earth"], ..PLAIN },
    Brings { extension: "file_fdw", wrappers: &["file_fdw"], ..PLAIN },
    Brings { extension: "hstore", types: &["ghstore", "hstore"], ..PLAIN },
    Brings { extension: "intarray", types: &["intbig_gkey", "query_int"], ..PLAIN },
    Brings { extension: "isn", types: &["ean13", "isbn", "isbn13", "ismn", "ismn13", "issn", "issn13", "upc"], ..PLAIN },
    Brings { extension: "lo", types: &["lo"], ..PLAIN },
    Brings { extension: "ltree", types: &["lquery", "ltree", "ltree_gist", "ltxtquery"], ..PLAIN },
    Brings { extension: "pg_cron", schema: Some("pg_catalog"), ..PLAIN },
    Brings { extension: "pg_trgm", types: &["gtrgm"], ..PLAIN },
    Brings { extension: "plperl", schema: Some("pg_catalog"), languages: &["plperl"], ..PLAIN },
    Brings { extension: "plperlu", schema: Some("pg_catalog"), languages: &["plperlu"], ..PLAIN },
    Brings { extension: "plpgsql", schema: Some("pg_catalog"), languages: &["plpgsql"], ..PLAIN },
    Brings { extension: "plpython3u", schema: Some("pg_catalog"), languages: &["plpython3u"], ..PLAIN },
    Brings { extension: "pltcl", schema: Some("pg_catalog"), languages: &["pltcl"], ..PLAIN },
    Brings { extension: "plv8", schema: Some("pg_catalog"), languages: &["plv8"], ..PLAIN },
    Brings { extension: "postgis", types: &["box2d", "box2df", "box3d", "geography", "geometry", "geometry_dump", "gidx", "spheroid", "valid_detail"], ..PLAIN },
    Brings { extension: "postgis_raster", requires: &["postgis"], types: &["addbandarg", "geomval", "rastbandarg", "raster", "reclassarg", "summarystats", "unionarg"], ..PLAIN },
    Brings { extension: "postgis_tiger_geocoder", schema: Some("tiger"), requires: &["postgis", "fuzzystrmatch"], types: &["norm_addy"], ..PLAIN },
    Brings { extension: "postgis_topology", schema: Some("topology"), requires: &["postgis"], types: &["getfaceedges_returntype", "topoelement", "topoelementarray", "topogeometry", "validatetopology_returntype"], ..PLAIN },
    Brings { extension: "postgres_fdw", wrappers: &["postgres_fdw"], ..PLAIN },
    Brings { extension: "seg", types: &["seg"], ..PLAIN },
    Brings { extension: "tablefunc", types: &["tablefunc_crosstab_2", "tablefunc_crosstab_3", "tablefunc_crosstab_4"], ..PLAIN },
    Brings { extension: "unaccent", dictionaries: &["unaccent"], ..PLAIN },
    Brings { extension: "vector", types: &["halfvec", "sparsevec", "vector"], ..PLAIN },
];

/// Finds what an extension brings; `None` for one that brings nothing of this sort, or is not known.
pub fn brings(extension: &str) -> Option<&'static Brings> {
    let at = EXTENSIONS.binary_search_by(|found| found.extension.cmp(extension)).ok()?;
    EXTENSIONS.get(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_found_by_name() {
        assert!(EXTENSIONS.windows(2).all(|pair| pair[0].extension < pair[1].extension));
        assert_eq!(brings("hstore").map(|found| found.types), Some(&["ghstore", "hstore"][..]));
        assert!(brings("unheard_of").is_none());
    }
}
