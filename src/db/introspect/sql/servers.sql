SELECT s.oid::int8 AS oid, NULL AS schema, s.srvname AS name,
    format('CREATE SERVER %I', s.srvname) || COALESCE(' TYPE ' || quote_literal(s.srvtype), '')
    || COALESCE(' VERSION ' || quote_literal(s.srvversion), '')
    || format(' FOREIGN DATA WRAPPER %I', w.fdwname) || OPTIONS(s.srvoptions) AS definition
FROM pg_foreign_server s
JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
WHERE OWN(pg_foreign_server, s)
