SELECT k.oid::int8 AS oid, k.contypid::int8 AS domain, k.conname AS name, pg_get_constraintdef(k.oid) AS definition
FROM pg_constraint k
JOIN pg_type t ON t.oid = k.contypid
WHERE k.contype = 'c' AND OWN(pg_type, t)
