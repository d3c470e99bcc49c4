SELECT d.classoid::regclass::text AS catalog, d.objoid::int8 AS oid, d.objsubid AS part, d.description AS text
FROM pg_description d
LEFT JOIN pg_extension e ON d.classoid = 'pg_extension'::regclass AND e.oid = d.objoid
LEFT JOIN pg_available_extensions() a ON a.name = e.extname
WHERE (d.objoid >= 16384 OR d.classoid = 'pg_namespace'::regclass AND d.objoid = 'public'::regnamespace
       AND d.description <> 'standard public schema')
    -- CREATE EXTENSION sets the comment of the control file.
    AND d.description IS DISTINCT FROM a.comment
