SELECT s.oid::int8 AS oid, NULL AS schema, s.subname AS name,
    format('CREATE SUBSCRIPTION %I CONNECTION %L PUBLICATION %s WITH (', s.subname, CONNECTION(s),
        (SELECT string_agg(quote_ident(name), ', ' ORDER BY at) FROM unnest(s.subpublications) WITH ORDINALITY AS p (name, at)))
    || concat_ws(', ', 'connect = false', CASE WHEN NOT s.subenabled THEN 'enabled = false' END,
        CASE WHEN s.subslotname IS NULL THEN 'slot_name = NONE'
            WHEN s.subslotname <> s.subname THEN 'slot_name = ' || quote_literal(s.subslotname) END,
        CASE WHEN s.subbinary THEN 'binary = true' END, -- since 14
        CASE WHEN s.subsynccommit <> 'off' THEN 'synchronous_commit = ' || quote_literal(s.subsynccommit) END)
    || ')' AS definition
FROM pg_subscription s
WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND OWN(pg_subscription, s)
