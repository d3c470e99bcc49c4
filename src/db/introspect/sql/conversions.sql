SELECT c.oid::int8 AS oid, n.nspname AS schema, c.conname AS name,
    format('CREATE %sCONVERSION %I.%I FOR %L TO %L FROM %s', CASE WHEN c.condefault THEN 'DEFAULT ' ELSE '' END,
        n.nspname, c.conname, pg_encoding_to_char(c.conforencoding), pg_encoding_to_char(c.contoencoding), c.conproc)
        AS definition
FROM pg_conversion c
JOIN pg_namespace n ON n.oid = c.connamespace
WHERE OWN(pg_conversion, c)
