SELECT f.oid::int8 AS oid, n.nspname AS schema, f.opfname AS name,
    format('CREATE OPERATOR FAMILY %I.%I USING %I', n.nspname, f.opfname, a.amname) AS definition, m.more
FROM pg_opfamily f
JOIN pg_namespace n ON n.oid = f.opfnamespace
JOIN pg_am a ON a.oid = f.opfmethod
LEFT JOIN LATERAL (
    -- Members that no operator class brought.
    SELECT json_agg(format('ALTER OPERATOR FAMILY %I.%I USING %I ADD %s', n.nspname, f.opfname, a.amname, item)
        ORDER BY rank, number, item) AS more
    FROM (
        SELECT 1 AS rank, o.amopstrategy AS number, format('OPERATOR %s %s', o.amopstrategy, o.amopopr::regoperator)
            || COALESCE(' FOR ORDER BY ' || (SELECT format('%I.%I', s.nspname, sf.opfname) FROM pg_opfamily sf
                JOIN pg_namespace s ON s.oid = sf.opfnamespace WHERE sf.oid = o.amopsortfamily), '') AS item
        FROM pg_amop o
        JOIN pg_depend d ON d.classid = 'pg_amop'::regclass AND d.objid = o.oid
        WHERE d.refclassid = 'pg_opfamily'::regclass AND d.refobjid = f.oid
        UNION ALL
        SELECT 2, p.amprocnum, format('FUNCTION %s (%s, %s) %s', p.amprocnum, format_type(p.amproclefttype, NULL),
            format_type(p.amprocrighttype, NULL), p.amproc::oid::regprocedure)
        FROM pg_amproc p
        JOIN pg_depend d ON d.classid = 'pg_amproc'::regclass AND d.objid = p.oid
        WHERE d.refclassid = 'pg_opfamily'::regclass AND d.refobjid = f.oid
    ) members
) m ON true
WHERE OWN(pg_opfamily, f)
