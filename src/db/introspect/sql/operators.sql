SELECT o.oid::int8 AS oid, n.nspname AS schema, o.oprname AS name,
    format('CREATE OPERATOR %I.%s (', n.nspname, o.oprname) || concat_ws(', ',
        'FUNCTION = ' || o.oprcode,
        'LEFTARG = ' || format_type(NULLIF(o.oprleft, 0), NULL), 'RIGHTARG = ' || format_type(NULLIF(o.oprright, 0), NULL),
        'COMMUTATOR = ' || (SELECT CASE WHEN c.oprnamespace = o.oprnamespace THEN c.oprname
                ELSE format('OPERATOR(%I.%s)', s.nspname, c.oprname) END
            FROM pg_operator c JOIN pg_namespace s ON s.oid = c.oprnamespace WHERE c.oid = o.oprcom),
        'NEGATOR = ' || (SELECT CASE WHEN c.oprnamespace = o.oprnamespace THEN c.oprname
                ELSE format('OPERATOR(%I.%s)', s.nspname, c.oprname) END
            FROM pg_operator c JOIN pg_namespace s ON s.oid = c.oprnamespace WHERE c.oid = o.oprnegate),
        'RESTRICT = ' || NULLIF(o.oprrest::text, '-'), 'JOIN = ' || NULLIF(o.oprjoin::text, '-'),
        CASE WHEN o.oprcanhash THEN 'HASHES' END, CASE WHEN o.oprcanmerge THEN 'MERGES' END)
    || ')' AS definition
FROM pg_operator o
JOIN pg_namespace n ON n.oid = o.oprnamespace
-- One without a function is only named by another that is its commutator or negator.
WHERE o.oprcode <> 0 AND OWN(pg_operator, o)
