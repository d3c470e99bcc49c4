SELECT x.indexrelid::int8 AS oid, x.indrelid::int8 AS relation, i.relname AS name,
    COALESCE(p.definition, pg_get_indexdef(x.indexrelid)) AS definition, x.indisvalid AS valid, i.relispartition AS inherited,
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
-- pg_get_indexdef looks through all operator classes for each key: plain columns in the usual order are written here.
LEFT JOIN (
    SELECT x.indexrelid, format('CREATE %sINDEX %I ON %I.%I USING %I (%s)',
        CASE WHEN x.indisunique THEN 'UNIQUE ' ELSE '' END, i.relname, n.nspname, c.relname, m.amname,
        string_agg(quote_ident(a.attname) || CASE k.option WHEN 3 THEN ' DESC' ELSE '' END, ', ' ORDER BY k.at))
        AS definition
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_am m ON m.oid = i.relam
    JOIN pg_class c ON c.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL unnest(x.indkey::int2[], x.indclass::oid[], x.indcollation::oid[], x.indoption::int2[])
        WITH ORDINALITY k (number, class, coll, option, at)
    JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number
    JOIN pg_opclass o ON o.oid = k.class
    WHERE x.indexprs IS NULL AND x.indpred IS NULL AND x.indnkeyatts = x.indnatts AND i.reloptions IS NULL
        AND NOT x.indnullsnotdistinct -- since 15
        AND NOT EXISTS (SELECT FROM pg_attribute ia WHERE ia.attrelid = x.indexrelid AND ia.attoptions IS NOT NULL)
        AND OWN(pg_class, c)
    GROUP BY x.indexrelid, x.indisunique, i.relname, n.nspname, c.relname, m.amname
    HAVING bool_and(o.opcdefault AND k.coll = a.attcollation AND k.option IN (0, 3)
        AND (o.opcintype = a.atttypid OR a.atttypid = 'varchar'::regtype AND o.opcintype = 'text'::regtype))
) p ON p.indexrelid = x.indexrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x'))
    AND c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND OWN(pg_class, c)
ORDER BY x.indrelid, x.indexrelid
