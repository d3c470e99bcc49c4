SELECT d.classid::regclass::text AS catalog, d.objid::int8 AS oid, e.extname AS extension
FROM pg_depend d
JOIN pg_extension e ON e.oid = d.refobjid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x'
