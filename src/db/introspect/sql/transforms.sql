SELECT t.oid::int8 AS oid, NULL AS schema, NULL AS name,
    format('CREATE TRANSFORM FOR %s LANGUAGE %I (', format_type(t.trftype, NULL), l.lanname) || concat_ws(', ',
        'FROM SQL WITH FUNCTION ' || NULLIF(t.trffromsql, 0)::regprocedure,
        'TO SQL WITH FUNCTION ' || NULLIF(t.trftosql, 0)::regprocedure)
    || ')' AS definition
FROM pg_transform t
JOIN pg_language l ON l.oid = t.trflang
WHERE OWN(pg_transform, t)
