SELECT p.oid::int8 AS oid, n.nspname AS schema, p.prsname AS name,
    format('CREATE TEXT SEARCH PARSER %I.%I (', n.nspname, p.prsname) || concat_ws(', ',
        'START = ' || p.prsstart, 'GETTOKEN = ' || p.prstoken, 'END = ' || p.prsend, 'LEXTYPES = ' || p.prslextype,
        'HEADLINE = ' || NULLIF(p.prsheadline::text, '-'))
    || ')' AS definition
FROM pg_ts_parser p
JOIN pg_namespace n ON n.oid = p.prsnamespace
WHERE OWN(pg_ts_parser, p)
