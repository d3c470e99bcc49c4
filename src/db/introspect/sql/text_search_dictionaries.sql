SELECT d.oid::int8 AS oid, n.nspname AS schema, d.dictname AS name,
    format('CREATE TEXT SEARCH DICTIONARY %I.%I (TEMPLATE = %I.%I%s)', n.nspname, d.dictname, tn.nspname, t.tmplname,
        COALESCE(', ' || d.dictinitoption, '')) AS definition
FROM pg_ts_dict d
JOIN pg_namespace n ON n.oid = d.dictnamespace
JOIN pg_ts_template t ON t.oid = d.dicttemplate
JOIN pg_namespace tn ON tn.oid = t.tmplnamespace
WHERE OWN(pg_ts_dict, d)
