SELECT c.oid::int8 AS oid, n.nspname AS schema, c.collname AS name,
    format('CREATE COLLATION %I.%I (', n.nspname, c.collname) || concat_ws(', ',
        'PROVIDER = ' || CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
        CASE WHEN NOT c.collisdeterministic THEN 'DETERMINISTIC = false' END,
        'RULES = ' || quote_literal(c.collicurules), -- since 16
        'LOCALE = ' || quote_literal(c.colllocale), -- since 17
        'LOCALE = ' || quote_literal(c.colliculocale), -- since 15, before 17
        CASE WHEN c.collcollate = c.collctype THEN 'LOCALE = ' || quote_literal(c.collcollate) END,
        CASE WHEN c.collcollate <> c.collctype THEN 'LC_COLLATE = ' || quote_literal(c.collcollate) END,
        CASE WHEN c.collcollate <> c.collctype THEN 'LC_CTYPE = ' || quote_literal(c.collctype) END)
    || ')' AS definition
FROM pg_collation c
JOIN pg_namespace n ON n.oid = c.collnamespace
WHERE OWN(pg_collation, c)
