SELECT l.oid::int8 AS oid, NULL AS schema, l.lanname AS name,
    format('CREATE %sLANGUAGE %I HANDLER %s', CASE WHEN l.lanpltrusted THEN 'TRUSTED ' ELSE '' END, l.lanname,
        l.lanplcallfoid::regproc)
    || COALESCE(' INLINE ' || NULLIF(l.laninline, 0)::regproc, '')
    || COALESCE(' VALIDATOR ' || NULLIF(l.lanvalidator, 0)::regproc, '') AS definition
FROM pg_language l
WHERE l.lanispl AND OWN(pg_language, l)
