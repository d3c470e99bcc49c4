SELECT s.seqrelid::int8 AS oid, format_type(s.seqtypid, NULL) AS type_name, s.seqincrement AS increment, s.seqmin AS min,
    s.seqmax AS max, s.seqstart AS start, s.seqcache AS cache, s.seqcycle AS cycle,
    o.owner, COALESCE(o.identity, false) AS identity
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
LEFT JOIN (
    SELECT d.objid, d.deptype = 'i' AS identity, json_build_array(n.nspname, t.relname, a.attname) AS owner
    FROM pg_depend d
    JOIN pg_class t ON t.oid = d.refobjid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
        AND d.deptype IN ('a', 'i')
) o ON o.objid = s.seqrelid
WHERE c.relpersistence <> 't' AND OWN(pg_class, c)
