-- Batches: a change of many rows in pieces along a key, each with a transaction of its own.

-- How far a phase has come that is begun and not ended.
CREATE TABLE tenet.batch (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text,
    version text NOT NULL,
    phase integer NOT NULL,
    reached text[],
    is_done boolean NOT NULL DEFAULT false,
    batches bigint NOT NULL DEFAULT 0,
    changed_rows bigint NOT NULL DEFAULT 0,
    last_rows bigint NOT NULL DEFAULT 0,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

COMMENT ON COLUMN tenet.batch.reached IS 'the key at which the next batch begins; null before the first';

CREATE INDEX batch_by_phase ON tenet.batch (version, phase, tenant);

-- Begins a phase, or goes on with one that was begun; only the first time is an event.
CREATE FUNCTION tenet.batch_start(of_tenant text, of_version text, of_phase integer, of_source text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
BEGIN
    PERFORM tenet.lock(of_tenant);
    IF NOT EXISTS (SELECT FROM tenet.batch AS b WHERE (b.version, b.phase) = (of_version, of_phase)
                   AND b.tenant IS NOT DISTINCT FROM of_tenant) THEN
        INSERT INTO tenet.batch (tenant, version, phase) VALUES (of_tenant, of_version, of_phase);
        PERFORM tenet.record(of_tenant, of_version, of_phase, 'intended', of_source);
    END IF;
END
$body$;

-- Writes each batch that is still to come as a text of statements, which is one transaction. A batch takes the keys from where the
-- one before it ended; the first and the last are open, so that no row falls between.
CREATE FUNCTION tenet.batches(
    of_tenant text, of_version text, of_phase integer, target regclass, keys text[], size integer, source text, head text, tail text,
    of_step integer
) RETURNS SETOF text
    LANGUAGE plpgsql
    AS $body$
DECLARE
    known tenet.batch;
    named text := (SELECT string_agg(quote_ident(k), ', ' ORDER BY at) FROM unnest(keys) WITH ORDINALITY AS u (k, at));
    types text[] := (
        SELECT array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY u.at)
        FROM unnest(keys) WITH ORDINALITY AS u (k, at) JOIN pg_attribute AS a ON a.attrelid = target AND a.attname = u.k
    );
    phase_key text := format('%L, %L, %s', of_tenant, of_version, of_phase);
    lower_bound text[];
    upper_bound text[];
    range text;
BEGIN
    SELECT * INTO STRICT known FROM tenet.batch AS b
    WHERE (b.version, b.phase) = (of_version, of_phase) AND b.tenant IS NOT DISTINCT FROM of_tenant;
    IF known.is_done THEN
        RETURN;
    END IF;
    lower_bound := known.reached;
    FOR upper_bound IN
        EXECUTE format('SELECT ARRAY[%s] FROM (SELECT %s, row_number() OVER (ORDER BY %s) AS tenet_at FROM (%s) AS found WHERE %s)
            AS numbered WHERE tenet_at > 1 AND (tenet_at - 1) %% %s = 0 ORDER BY tenet_at',
            (SELECT string_agg(quote_ident(k) || '::text', ', ' ORDER BY at) FROM unnest(keys) WITH ORDINALITY AS u (k, at)),
            named, named, source, coalesce(tenet.batch_bound(named, '>=', lower_bound, types), 'true'), size)
    LOOP
        range := concat_ws(' AND ', tenet.batch_bound(named, '>=', lower_bound, types),
                           tenet.batch_bound(named, '<', upper_bound, types));
        RETURN NEXT tenet.batch_text(phase_key, of_step, lower_bound, upper_bound, format('%s %s%s', head, range, tail));
        lower_bound := upper_bound;
    END LOOP;
    range := coalesce(tenet.batch_bound(named, '>=', lower_bound, types), 'true');
    RETURN NEXT tenet.batch_text(phase_key, of_step, lower_bound, NULL, format('%s %s%s', head, range, tail));
END
$body$;

-- Writes a comparison of the key with a bound; null where there is none.
CREATE FUNCTION tenet.batch_bound(named text, operator text, bound text[], types text[]) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT format('(%s) %s (%s)', named, operator, string_agg(format('%L::%s', b.value, t.of_type), ', ' ORDER BY b.at))
    FROM unnest(bound) WITH ORDINALITY AS b (value, at) JOIN unnest(types) WITH ORDINALITY AS t (of_type, at) USING (at)
    HAVING count(*) > 0
$body$;

CREATE FUNCTION tenet.batch_text(phase_key text, of_step integer, lower_bound text[], upper_bound text[], statement text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT concat_ws(E';\n', format('SELECT tenet.batch_begin(%s, %L::text[])', phase_key, lower_bound),
                     CASE WHEN of_step IS NOT NULL THEN format('SELECT tenet.capture_begin(%s, %s)', phase_key, of_step) END,
                     statement, CASE WHEN of_step IS NOT NULL THEN 'SELECT tenet.capture_end()' END,
                     format('SELECT tenet.batch_next(%s, %L::text[])', phase_key, upper_bound))
$body$;

-- Begins a batch: nobody else works on the tenant, and the phase is where this batch takes it on. Where a limit of rows a second is
-- set, the time that the batch before it was too fast is waited for first, before any lock is taken.
CREATE FUNCTION tenet.batch_begin(of_tenant text, of_version text, of_phase integer, lower_bound text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    allowed numeric := nullif(nullif(current_setting('tenet.rows_per_second', true), ''), '0')::numeric;
    known tenet.batch;
BEGIN
    SELECT * INTO known FROM tenet.batch AS b
    WHERE (b.version, b.phase) = (of_version, of_phase) AND b.tenant IS NOT DISTINCT FROM of_tenant;
    IF allowed > 0 AND known.last_rows > 0 THEN
        PERFORM pg_sleep(greatest(0, known.last_rows / allowed - extract(epoch FROM clock_timestamp() - known.at)));
    END IF;
    PERFORM tenet.lock(of_tenant);
    SELECT * INTO known FROM tenet.batch AS b
    WHERE (b.version, b.phase) = (of_version, of_phase) AND b.tenant IS NOT DISTINCT FROM of_tenant FOR UPDATE;
    PERFORM tenet.require(known.id IS NOT NULL AND NOT known.is_done AND known.reached IS NOT DISTINCT FROM lower_bound,
        'another session has taken this phase on: begin again');
    PERFORM set_config('tenet.batch_at', clock_timestamp()::text, true);
END
$body$;

CREATE FUNCTION tenet.batch_next(of_tenant text, of_version text, of_phase integer, upper_bound text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    changed bigint := coalesce(tenet.changed_rows(), 0);
BEGIN
    PERFORM tenet.counted();
    UPDATE tenet.batch AS b
    SET reached = upper_bound, is_done = upper_bound IS NULL, batches = b.batches + 1, changed_rows = b.changed_rows + changed,
        last_rows = changed, at = current_setting('tenet.batch_at')::timestamptz
    WHERE (b.version, b.phase) = (of_version, of_phase) AND b.tenant IS NOT DISTINCT FROM of_tenant;
END
$body$;

-- Ends a phase all of whose batches are done.
CREATE FUNCTION tenet.batch_end(of_tenant text, of_version text, of_phase integer, of_source text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    known tenet.batch;
BEGIN
    PERFORM tenet.lock(of_tenant);
    DELETE FROM tenet.batch AS b
    WHERE (b.version, b.phase) = (of_version, of_phase) AND b.tenant IS NOT DISTINCT FROM of_tenant AND b.is_done
    RETURNING * INTO known;
    PERFORM tenet.require(known.id IS NOT NULL, 'not all batches are done');
    INSERT INTO tenet.event (tenant, version, phase, action, checksum, run, script, tool, actor, changed_rows, began)
    VALUES (of_tenant, of_version, of_phase, 'applied', of_source, nullif(current_setting('tenet.run', true), ''),
            nullif(current_setting('tenet.script', true), ''), nullif(current_setting('tenet.tool', true), ''),
            nullif(current_setting('tenet.actor', true), ''), known.changed_rows, transaction_timestamp());
END
$body$;

-- Says whether a phase has anything to be undone: it is applied, or was begun.
CREATE FUNCTION tenet.batch_claim(of_tenant text, of_version text, of_phase integer) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
BEGIN
    PERFORM tenet.lock(of_tenant);
    RETURN tenet.is_applied(of_tenant, of_version, of_phase) OR EXISTS (
        SELECT FROM tenet.batch AS b
        WHERE (b.version, b.phase) = (of_version, of_phase) AND b.tenant IS NOT DISTINCT FROM of_tenant);
END
$body$;

CREATE FUNCTION tenet.is_recorded(of_tenant text, of_version text, of_phase integer) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT EXISTS (SELECT FROM tenet.capture AS c WHERE (c.version, c.phase, c.way) = (of_version, of_phase, 'forward')
                   AND c.tenant IS NOT DISTINCT FROM of_tenant AND c.undone_at IS NULL)
$body$;

-- Takes down that a phase is undone; one that was only begun was never applied.
CREATE FUNCTION tenet.batch_undone(of_tenant text, of_version text, of_phase integer, of_source text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
BEGIN
    PERFORM tenet.record(of_tenant, of_version, of_phase,
        CASE WHEN tenet.is_applied(of_tenant, of_version, of_phase) THEN 'rolled_back' ELSE 'withdrawn' END, of_source);
    DELETE FROM tenet.batch AS b WHERE (b.version, b.phase) = (of_version, of_phase) AND b.tenant IS NOT DISTINCT FROM of_tenant;
END
$body$;
