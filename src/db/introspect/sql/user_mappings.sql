SELECT m.umid::int8 AS oid, NULL AS schema, NULL AS name,
    format('CREATE USER MAPPING FOR %s SERVER %I', CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE quote_ident(m.usename) END,
        m.srvname) || OPTIONS(m.umoptions) AS definition
FROM pg_user_mappings m
WHERE m.umid >= 16384
