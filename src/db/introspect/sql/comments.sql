SELECT d.classoid::regclass::text AS catalog, d.objoid::int8 AS oid, d.objsubid AS part, d.description AS text
FROM pg_description d
WHERE d.objoid >= 16384 OR d.classoid = 'pg_namespace'::regclass AND d.objoid = 'public'::regnamespace
    AND d.description <> 'standard public schema'
