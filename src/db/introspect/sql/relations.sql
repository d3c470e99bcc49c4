SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
    c.relpersistence = 'u' AS unlogged, c.relrowsecurity AS row_security, c.relforcerowsecurity AS force_row_security,
    c.relreplident AS replica_identity, k.firing AS key_firing, c.relispopulated AS populated,
    a.amname AS access_method, s.spcname AS tablespace, c.reloptions AS options, t.reloptions AS toast_options,
    CASE WHEN c.reloftype <> 0 THEN c.reloftype::regtype::text END AS of_type,
    CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_by,
    pg_get_expr(c.relpartbound, c.oid) AS bound,
    CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END AS query,
    f.srvname AS server, f.options AS server_options, i.parents
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
LEFT JOIN pg_am a ON a.oid = c.relam AND a.amname <> 'heap'
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
LEFT JOIN (
    SELECT t.ftrelid, s.srvname, t.ftoptions AS options
    FROM pg_foreign_table t JOIN pg_foreign_server s ON s.oid = t.ftserver
) f ON f.ftrelid = c.oid
LEFT JOIN (
    SELECT i.inhrelid, json_agg(json_build_array(n.nspname, p.relname) ORDER BY i.inhseqno) AS parents
    FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace n ON n.oid = p.relnamespace
    GROUP BY i.inhrelid
) i ON i.inhrelid = c.oid
LEFT JOIN (
    SELECT tgrelid, min(tgenabled) AS firing FROM pg_trigger WHERE tgisinternal GROUP BY tgrelid
) k ON k.tgrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c') AND c.relpersistence <> 't' AND OWN(pg_class, c)
