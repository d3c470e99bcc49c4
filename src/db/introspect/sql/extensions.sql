SELECT e.oid::int8 AS oid, e.extname AS name, n.nspname AS schema, e.extversion AS version, a.comment
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
LEFT JOIN pg_available_extensions() a ON a.name = e.extname
WHERE OWN(pg_extension, e)
