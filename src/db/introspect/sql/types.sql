SELECT t.oid::int8 AS oid, n.nspname AS schema, t.typname AS name,
    CASE WHEN t.typisdefined THEN t.typtype ELSE 'p' END AS kind,
    (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) AS labels,
    format_type(NULLIF(t.typbasetype, 0), t.typtypmod) AS base,
    CASE WHEN t.typcollation <> b.typcollation THEN t.typcollation::regcollation::text END AS collation,
    t.typnotnull AS not_null, pg_get_expr(t.typdefaultbin, 0) AS value,
    CASE WHEN t.typtype = 'r' THEN r.definition
        WHEN t.typtype = 'b' THEN concat_ws(', ',
            'INPUT = ' || t.typinput, 'OUTPUT = ' || t.typoutput,
            'RECEIVE = ' || NULLIF(t.typreceive::text, '-'), 'SEND = ' || NULLIF(t.typsend::text, '-'),
            'TYPMOD_IN = ' || NULLIF(t.typmodin::text, '-'), 'TYPMOD_OUT = ' || NULLIF(t.typmodout::text, '-'),
            'ANALYZE = ' || NULLIF(t.typanalyze::text, '-'),
            'SUBSCRIPT = ' || NULLIF(t.typsubscript::text, '-'), -- since 14
            'INTERNALLENGTH = ' || CASE WHEN t.typlen = -1 THEN 'VARIABLE' ELSE t.typlen::text END,
            CASE WHEN t.typbyval THEN 'PASSEDBYVALUE' END,
            'ALIGNMENT = ' || CASE t.typalign WHEN 'c' THEN 'char' WHEN 's' THEN 'int2' WHEN 'i' THEN 'int4'
                ELSE 'double' END,
            'STORAGE = ' || CASE t.typstorage WHEN 'e' THEN 'external' WHEN 'x' THEN 'extended' WHEN 'm' THEN 'main' END,
            CASE WHEN t.typcategory <> 'U' THEN 'CATEGORY = ' || quote_literal(t.typcategory::text) END, CASE WHEN t.typispreferred THEN 'PREFERRED = true' END,
            'DEFAULT = ' || quote_literal(t.typdefault),
            'ELEMENT = ' || format_type(NULLIF(t.typelem, 0), NULL),
            CASE WHEN t.typdelim <> ',' THEN 'DELIMITER = ' || quote_literal(t.typdelim::text) END,
            CASE WHEN t.typcollation <> 0 THEN 'COLLATABLE = true' END)
    END AS definition, t.typrelid::int8 AS relation
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_class c ON c.oid = t.typrelid
LEFT JOIN pg_type b ON b.oid = t.typbasetype
LEFT JOIN (
    SELECT r.rngtypid, concat_ws(', ',
        'SUBTYPE = ' || format_type(r.rngsubtype, NULL),
        'SUBTYPE_OPCLASS = ' || CASE WHEN NOT o.opcdefault THEN format('%I.%I', n.nspname, o.opcname) END,
        'COLLATION = ' || CASE WHEN r.rngcollation <> s.typcollation THEN r.rngcollation::regcollation::text END,
        'CANONICAL = ' || NULLIF(r.rngcanonical::text, '-'), 'SUBTYPE_DIFF = ' || NULLIF(r.rngsubdiff::text, '-'),
        'MULTIRANGE_TYPE_NAME = ' || r.rngmultitypid::regtype, -- since 14
        NULL) AS definition
    FROM pg_range r
    JOIN pg_type s ON s.oid = r.rngsubtype
    JOIN pg_opclass o ON o.oid = r.rngsubopc
    JOIN pg_namespace n ON n.oid = o.opcnamespace
) r ON r.rngtypid = t.oid
WHERE (t.typtype IN ('e', 'd', 'r', 'b') OR c.relkind = 'c' OR NOT t.typisdefined) AND n.nspname !~ '^pg_(toast|temp)_'
    AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid) AND OWN(pg_type, t)
