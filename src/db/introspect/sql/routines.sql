SELECT p.oid::int8 AS oid, n.nspname AS schema, p.proname AS name,
    -- It writes nothing for a list without items.
    regexp_replace(pg_get_functiondef(p.oid), '^( SET [^\n]* TO )$', '\1''''', 'n') AS definition
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind IN ('f', 'p', 'w') AND n.nspname !~ '^pg_temp_' AND OWN(pg_proc, p)
    -- PostgreSQL makes the constructors of range types.
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_type'::regclass AND d.deptype = 'i'
    )
