SELECT x.indexrelid::int8 AS oid, x.indrelid::int8 AS relation, i.relname AS name,
    pg_get_indexdef(x.indexrelid) AS definition, x.indisvalid AS valid, i.relispartition AS inherited,
    s.spcname AS tablespace, a.statistics, x.indisclustered AS clustered, x.indisreplident AS replica_identity
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class c ON c.oid = x.indrelid
LEFT JOIN pg_tablespace s ON s.oid = i.reltablespace
LEFT JOIN (
    SELECT a.attrelid, json_agg(json_build_array(a.attnum, a.attstattarget)) AS statistics
    FROM pg_attribute a
    WHERE a.attstattarget >= 0 AND a.attnum > 0
    GROUP BY a.attrelid
) a ON a.attrelid = x.indexrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x'))
    AND c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND OWN(pg_class, c)
ORDER BY x.indrelid, x.indexrelid
