SELECT m.umid::int8 AS oid, NULL AS schema, NULL AS name,
    format('CREATE USER MAPPING FOR %s SERVER %I', CASE WHEN m.umuser = 0 THEN 'PUBLIC' WHEN m.usename = current_user THEN 'CURRENT_USER'
        ELSE quote_ident(m.usename) END,
        m.srvname) || OPTIONS(m.umoptions) AS definition
FROM (SELECT u.umid AS oid, u.* FROM pg_user_mappings u) m
WHERE OWN(pg_user_mapping, m)
