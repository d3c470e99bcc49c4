SELECT e.oid::int8 AS oid, NULL AS schema, e.evtname AS name,
    format('CREATE EVENT TRIGGER %I ON %I%s EXECUTE FUNCTION %s()', e.evtname, e.evtevent,
        COALESCE((SELECT ' WHEN TAG IN (' || string_agg(quote_literal(tag), ', ' ORDER BY at) || ')'
            FROM unnest(e.evttags) WITH ORDINALITY AS t (tag, at)), ''), e.evtfoid::regproc) AS definition,
    e.evtenabled AS firing
FROM pg_event_trigger e
WHERE OWN(pg_event_trigger, e)
