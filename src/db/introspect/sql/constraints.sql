SELECT k.oid::int8 AS oid, k.conrelid::int8 AS relation, k.conname AS name, k.contype AS kind,
    pg_get_constraintdef(k.oid) AS definition, NOT k.conislocal AS inherited,
    CASE WHEN k.contype IN ('p', 'u') THEN i.reloptions END AS options, s.spcname AS tablespace,
    x.indexrelid::int8 AS index, COALESCE(x.indisclustered, false) AS clustered, COALESCE(x.indisreplident, false) AS replica_identity
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
LEFT JOIN pg_index x ON x.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_class i ON i.oid = x.indexrelid
LEFT JOIN pg_tablespace s ON s.oid = i.reltablespace
LEFT JOIN pg_constraint above ON above.oid = k.conparentid
-- A foreign key to a partitioned table has a row of its own for each partition there, on the same table.
WHERE k.contype IN ('c', 'f', 'p', 'u', 'x', 'n') AND (above.conrelid IS NULL OR above.conrelid <> k.conrelid)
    AND c.relpersistence <> 't' AND OWN(pg_class, c)
ORDER BY k.conrelid, k.oid
