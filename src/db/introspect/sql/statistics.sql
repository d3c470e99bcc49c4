SELECT s.oid::int8 AS oid, n.nspname AS schema, s.stxname AS name, pg_get_statisticsobjdef(s.oid) AS definition,
    CASE WHEN s.stxstattarget >= 0 THEN json_build_array(
        format('ALTER STATISTICS %I.%I SET STATISTICS %s', n.nspname, s.stxname, s.stxstattarget)) END AS more
FROM pg_statistic_ext s
JOIN pg_namespace n ON n.oid = s.stxnamespace
JOIN pg_class c ON c.oid = s.stxrelid
WHERE c.relpersistence <> 't' AND OWN(pg_statistic_ext, s)
