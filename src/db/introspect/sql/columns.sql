SELECT a.attrelid::int8 AS relation, a.attnum AS number, a.attname AS name,
    format_type(a.atttypid, a.atttypmod) AS type_name, a.attnotnull AS not_null,
    CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END AS collation,
    pg_get_expr(d.adbin, d.adrelid) AS value,
    NULLIF(a.attidentity, '') AS identity, NULLIF(a.attgenerated, '') AS generated,
    CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END AS storage,
    NULLIF(a.attcompression, '') AS compression, -- since 14
    NULLIF(a.attstattarget, -1) AS statistics, a.attoptions AS options, a.attfdwoptions AS foreign_options,
    NOT a.attislocal AS inherited
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped
    AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND c.relpersistence <> 't' AND OWN(pg_class, c)
ORDER BY a.attrelid, a.attnum
