SELECT a.oid::int8 AS oid, NULL AS schema, a.amname AS name,
    format('CREATE ACCESS METHOD %I TYPE %s HANDLER %s', a.amname, CASE a.amtype WHEN 't' THEN 'TABLE' ELSE 'INDEX' END,
        a.amhandler) AS definition
FROM pg_am a
WHERE OWN(pg_am, a)
