SELECT s.oid::int8 AS oid, NULL AS schema, s.subname AS name,
    format('CREATE SUBSCRIPTION %I CONNECTION %L PUBLICATION %s WITH (', s.subname, CONNECTION(s),
        (SELECT string_agg(quote_ident(name), ', ' ORDER BY at) FROM unnest(s.subpublications) WITH ORDINALITY AS p (name, at)))
    || concat_ws(', ', 'connect = false', CASE WHEN NOT s.subenabled THEN 'enabled = false' END,
        CASE WHEN s.subslotname IS NULL THEN 'slot_name = NONE'
            WHEN s.subslotname <> s.subname THEN 'slot_name = ' || quote_literal(s.subslotname) END,
        CASE WHEN s.subbinary THEN 'binary = true' END, -- since 14
        CASE WHEN s.substream THEN 'streaming = on' END, -- since 14, before 16
        CASE s.substream WHEN 't' THEN 'streaming = on' WHEN 'p' THEN 'streaming = parallel' END, -- since 16, before 18
        CASE s.substream WHEN 't' THEN 'streaming = on' WHEN 'f' THEN 'streaming = off' END, -- since 18
        CASE WHEN s.subtwophasestate <> 'd' THEN 'two_phase = true' END, -- since 15
        CASE WHEN s.subdisableonerr THEN 'disable_on_error = true' END, -- since 15
        CASE WHEN NOT s.subpasswordrequired THEN 'password_required = false' END, -- since 16
        CASE WHEN s.subrunasowner THEN 'run_as_owner = true' END, -- since 16
        CASE WHEN s.suborigin <> 'any' THEN 'origin = ' || quote_literal(s.suborigin) END, -- since 16
        CASE WHEN s.subfailover THEN 'failover = true' END, -- since 17
        CASE WHEN s.subsynccommit <> 'off' THEN 'synchronous_commit = ' || quote_literal(s.subsynccommit) END)
    || ')' AS definition
FROM pg_subscription s
WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND OWN(pg_subscription, s)
