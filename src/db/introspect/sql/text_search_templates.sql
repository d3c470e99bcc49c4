SELECT t.oid::int8 AS oid, n.nspname AS schema, t.tmplname AS name,
    format('CREATE TEXT SEARCH TEMPLATE %I.%I (', n.nspname, t.tmplname) || concat_ws(', ',
        'INIT = ' || NULLIF(t.tmplinit::text, '-'), 'LEXIZE = ' || t.tmpllexize)
    || ')' AS definition
FROM pg_ts_template t
JOIN pg_namespace n ON n.oid = t.tmplnamespace
WHERE OWN(pg_ts_template, t)
