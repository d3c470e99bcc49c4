SELECT n.oid::int8 AS oid, n.nspname AS name
FROM pg_namespace n
WHERE (OWN(pg_namespace, n) OR n.nspname = 'public') AND n.nspname !~ '^pg_(toast|temp)_'
