SELECT r.oid::int8 AS oid, r.ev_class::int8 AS relation, r.rulename AS name, pg_get_ruledef(r.oid) AS definition,
    r.ev_enabled AS firing
FROM pg_rewrite r
JOIN pg_class c ON c.oid = r.ev_class
WHERE r.rulename <> '_RETURN' AND c.relpersistence <> 't' AND OWN(pg_class, c)
