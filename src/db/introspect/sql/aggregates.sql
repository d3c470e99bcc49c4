SELECT p.oid::int8 AS oid, n.nspname AS schema, p.proname AS name,
    format('CREATE AGGREGATE %I.%I (%s) (', n.nspname, p.proname, COALESCE(NULLIF(pg_get_function_arguments(p.oid), ''), '*'))
    || concat_ws(', ',
        'SFUNC = ' || a.aggtransfn, 'STYPE = ' || format_type(a.aggtranstype, NULL),
        'SSPACE = ' || NULLIF(a.aggtransspace, 0),
        'FINALFUNC = ' || NULLIF(a.aggfinalfn::text, '-'), CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
        CASE WHEN a.aggfinalmodify <> CASE WHEN a.aggkind = 'n' THEN 'r' ELSE 'w' END THEN 'FINALFUNC_MODIFY = '
            || CASE a.aggfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
        'COMBINEFUNC = ' || NULLIF(a.aggcombinefn::text, '-'), 'SERIALFUNC = ' || NULLIF(a.aggserialfn::text, '-'),
        'DESERIALFUNC = ' || NULLIF(a.aggdeserialfn::text, '-'), 'INITCOND = ' || quote_literal(a.agginitval),
        'MSFUNC = ' || NULLIF(a.aggmtransfn::text, '-'), 'MINVFUNC = ' || NULLIF(a.aggminvtransfn::text, '-'),
        'MSTYPE = ' || format_type(NULLIF(a.aggmtranstype, 0), NULL), 'MSSPACE = ' || NULLIF(a.aggmtransspace, 0),
        'MFINALFUNC = ' || NULLIF(a.aggmfinalfn::text, '-'), CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
        CASE WHEN a.aggmfinalmodify <> CASE WHEN a.aggkind = 'n' THEN 'r' ELSE 'w' END THEN 'MFINALFUNC_MODIFY = '
            || CASE a.aggmfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
        'MINITCOND = ' || quote_literal(a.aggminitval),
        'SORTOP = OPERATOR(' || (SELECT format('%I.%s', s.nspname, o.oprname) FROM pg_operator o
            JOIN pg_namespace s ON s.oid = o.oprnamespace WHERE o.oid = a.aggsortop) || ')',
        'PARALLEL = ' || CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' END,
        CASE WHEN a.aggkind = 'h' THEN 'HYPOTHETICAL' END)
    || ')' AS definition
FROM pg_aggregate a
JOIN pg_proc p ON p.oid = a.aggfnoid
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^pg_temp_' AND OWN(pg_proc, p)
