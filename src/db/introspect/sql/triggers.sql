SELECT t.oid::int8 AS oid, t.tgrelid::int8 AS relation, t.tgname AS name, pg_get_triggerdef(t.oid) AS definition,
    t.tgenabled AS firing, t.tgparentid <> 0 AS inherited
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint
-- Before PostgreSQL 15 the copies that partitions get count as internal, as do those behind foreign keys ever since.
WHERE (NOT t.tgisinternal OR t.tgparentid <> 0 AND COALESCE(k.contype, 't') = 't')
    AND c.relpersistence <> 't' AND OWN(pg_class, c)
