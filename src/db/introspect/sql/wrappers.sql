SELECT w.oid::int8 AS oid, NULL AS schema, w.fdwname AS name,
    format('CREATE FOREIGN DATA WRAPPER %I', w.fdwname) || COALESCE(' HANDLER ' || NULLIF(w.fdwhandler, 0)::regproc, '')
    || COALESCE(' VALIDATOR ' || NULLIF(w.fdwvalidator, 0)::regproc, '') || OPTIONS(w.fdwoptions) AS definition
FROM pg_foreign_data_wrapper w
WHERE OWN(pg_foreign_data_wrapper, w)
