SELECT p.oid::int8 AS oid, NULL AS schema, p.pubname AS name,
    format('CREATE PUBLICATION %I', p.pubname)
    || CASE WHEN p.puballtables THEN ' FOR ALL TABLES' ELSE COALESCE(' FOR ' || o.objects, '') END
    || COALESCE(' WITH (' || NULLIF(concat_ws(', ',
        CASE WHEN NOT (p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate)
            THEN 'publish = ' || quote_literal(concat_ws(', ',
                CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
                CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END)) END,
        CASE p.pubgencols WHEN 's' THEN 'publish_generated_columns = stored' END, -- since 18
        CASE WHEN p.pubviaroot THEN 'publish_via_partition_root = true' END), '') || ')', '') AS definition
FROM pg_publication p
LEFT JOIN LATERAL (
    SELECT string_agg(item, ', ' ORDER BY rank, item) AS objects
    FROM (
        -- Tables that inherit are members of their own.
        SELECT 0 AS rank, 'TABLE ' || CASE WHEN c.relhassubclass AND c.relkind = 'r' THEN 'ONLY ' ELSE '' END
            || c.oid::regclass
            || COALESCE(' (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) -- since 15
                FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (r.prattrs)) || ')', '') -- since 15
            || COALESCE(' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')', '') -- since 15
            AS item
        FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid WHERE r.prpubid = p.oid
        UNION ALL -- since 15
        SELECT 1, format('TABLES IN SCHEMA %I', n.nspname) -- since 15
        FROM pg_publication_namespace r JOIN pg_namespace n ON n.oid = r.pnnspid WHERE r.pnpubid = p.oid -- since 15
    ) members
) o ON true
WHERE OWN(pg_publication, p)
