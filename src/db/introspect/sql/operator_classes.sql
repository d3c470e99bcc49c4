SELECT c.oid::int8 AS oid, n.nspname AS schema, c.opcname AS name,
    format('CREATE OPERATOR CLASS %I.%I%s FOR TYPE %s USING %I%s AS %s', n.nspname, c.opcname,
        CASE WHEN c.opcdefault THEN ' DEFAULT' ELSE '' END, format_type(c.opcintype, NULL), a.amname,
        CASE WHEN f.opfname <> c.opcname OR f.opfnamespace <> c.opcnamespace
            THEN format(' FAMILY %I.%I', fn.nspname, f.opfname) ELSE '' END,
        COALESCE(i.items, 'STORAGE ' || format_type(COALESCE(NULLIF(c.opckeytype, 0), c.opcintype), NULL))) AS definition
FROM pg_opclass c
JOIN pg_namespace n ON n.oid = c.opcnamespace
JOIN pg_am a ON a.oid = c.opcmethod
JOIN pg_opfamily f ON f.oid = c.opcfamily
JOIN pg_namespace fn ON fn.oid = f.opfnamespace
LEFT JOIN LATERAL (
    SELECT string_agg(item, ', ' ORDER BY rank, number, item) AS items
    FROM (
        SELECT 0 AS rank, 0 AS number, 'STORAGE ' || format_type(c.opckeytype, NULL) AS item
        WHERE c.opckeytype <> 0 AND c.opckeytype <> c.opcintype
        UNION ALL
        SELECT 1, o.amopstrategy, format('OPERATOR %s %s', o.amopstrategy, o.amopopr::regoperator)
            || COALESCE(' FOR ORDER BY ' || (SELECT format('%I.%I', s.nspname, sf.opfname) FROM pg_opfamily sf
                JOIN pg_namespace s ON s.oid = sf.opfnamespace WHERE sf.oid = o.amopsortfamily), '')
        FROM pg_amop o
        JOIN pg_depend d ON d.classid = 'pg_amop'::regclass AND d.objid = o.oid
        WHERE d.refclassid = 'pg_opclass'::regclass AND d.refobjid = c.oid
        UNION ALL
        SELECT 2, p.amprocnum, format('FUNCTION %s (%s, %s) %s', p.amprocnum, format_type(p.amproclefttype, NULL),
            format_type(p.amprocrighttype, NULL), p.amproc::oid::regprocedure)
        FROM pg_amproc p
        JOIN pg_depend d ON d.classid = 'pg_amproc'::regclass AND d.objid = p.oid
        WHERE d.refclassid = 'pg_opclass'::regclass AND d.refobjid = c.oid
    ) members
) i ON true
WHERE OWN(pg_opclass, c)
