-- Runs: whom one that has not ended is about, which ones worked on what is half done, and how long what is recorded is kept.

-- A run over all tenants of shared tables. While one has not ended, whoever goes on with it works on the tenants that it began with.
CREATE TABLE tenet.run (
    run text PRIMARY KEY,
    version text NOT NULL,
    phase integer NOT NULL,
    tool text,
    actor text,
    began timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended timestamptz
);

COMMENT ON COLUMN tenet.run.version IS 'of the last phase that it is to run for tenants, as phase is';

CREATE UNIQUE INDEX run_open ON tenet.run ((ended IS NULL)) WHERE ended IS NULL;

CREATE TABLE tenet.run_tenant (
    run text NOT NULL REFERENCES tenet.run (run) ON DELETE CASCADE,
    at bigint NOT NULL,
    tenant text NOT NULL,
    is_absent boolean NOT NULL,
    PRIMARY KEY (run, at)
);

COMMENT ON COLUMN tenet.run_tenant.is_absent IS 'it has rows, and was not in the inventory when the run began';

ALTER TABLE tenet.batch ADD COLUMN runs text[] NOT NULL DEFAULT '{}';

COMMENT ON COLUMN tenet.batch.runs IS 'the runs that worked on it';

ALTER TABLE tenet.capture ADD COLUMN expired_at timestamptz;

COMMENT ON COLUMN tenet.capture.expired_at IS 'when its rows were taken away, because they are kept for a time only';

-- Takes down whom a run is about, unless one that has not ended is there already.
CREATE FUNCTION tenet.run_begin(
    of_run text, of_version text, of_phase integer, of_tool text, of_actor text, tenants text[], absent text[]
) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
BEGIN
    INSERT INTO tenet.run (run, version, phase, tool, actor) VALUES (of_run, of_version, of_phase, of_tool, of_actor)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        INSERT INTO tenet.run_tenant (run, at, tenant, is_absent)
        SELECT of_run, row_number() OVER (), found.tenant, found.is_absent
        FROM (SELECT tenant, false AS is_absent FROM unnest(tenants) AS tenant
              UNION ALL SELECT tenant, true FROM unnest(absent) AS tenant) AS found;
    END IF;
END
$body$;

CREATE FUNCTION tenet.run_end(of_run text) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
    AS $body$
    UPDATE tenet.run AS r SET ended = clock_timestamp() WHERE r.run = of_run AND r.ended IS NULL;
    DELETE FROM tenet.run_tenant AS t WHERE t.run = of_run
$body$;

-- Takes away the rows that were recorded longer ago than they are kept; what was recorded, and that it is gone, stays known.
CREATE FUNCTION tenet.capture_expire(kept interval) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    captures bigint[] := ARRAY(
        SELECT c.id FROM tenet.capture AS c WHERE c.expired_at IS NULL AND c.at < clock_timestamp() - kept FOR UPDATE SKIP LOCKED
    );
    log_name text;
BEGIN
    IF cardinality(captures) = 0 THEN
        RETURN 0;
    END IF;
    FOR log_name IN SELECT DISTINCT l.log FROM tenet.capture AS c
        JOIN tenet.capture_log AS l ON (l.version, l.phase, l.step) = (c.version, c.phase, c.step)
        WHERE c.id = ANY (captures) AND to_regclass(format('tenet_undo.%I', l.log)) IS NOT NULL ORDER BY 1
    LOOP
        EXECUTE format('DELETE FROM tenet_undo.%I WHERE tenet_capture = ANY ($1)', log_name) USING captures;
    END LOOP;
    UPDATE tenet.capture AS c SET expired_at = clock_timestamp() WHERE c.id = ANY (captures);
    RETURN cardinality(captures);
END
$body$;

-- Until when the last migration that recorded rows can be brought back, for each tenant.
CREATE FUNCTION tenet.undoable_until(kept interval) RETURNS TABLE (tenant text, until text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT c.tenant, to_char((min(c.at) + kept) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    FROM (SELECT k.tenant, k.at, k.version, first_value(k.version) OVER (PARTITION BY k.tenant ORDER BY k.id DESC) AS last
          FROM tenet.capture AS k WHERE k.way = 'forward' AND k.undone_at IS NULL AND k.tenant IS NOT NULL) AS c
    WHERE c.version = c.last GROUP BY c.tenant
$body$;

-- Begins a phase, or goes on with one that was begun; only the first time is an event.
CREATE OR REPLACE FUNCTION tenet.batch_start(of_tenant text, of_version text, of_phase integer, of_source text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    own text := coalesce(current_setting('tenet.run', true), '');
BEGIN
    PERFORM tenet.lock(of_tenant);
    IF NOT EXISTS (SELECT FROM tenet.batch AS b WHERE (b.version, b.phase) = (of_version, of_phase)
                   AND b.tenant IS NOT DISTINCT FROM of_tenant) THEN
        INSERT INTO tenet.batch (tenant, version, phase) VALUES (of_tenant, of_version, of_phase);
        PERFORM tenet.record(of_tenant, of_version, of_phase, 'intended', of_source);
    END IF;
    UPDATE tenet.batch AS b SET runs = b.runs || own
    WHERE (b.version, b.phase) = (of_version, of_phase) AND b.tenant IS NOT DISTINCT FROM of_tenant
      AND own <> '' AND NOT own = ANY (b.runs);
END
$body$;

-- Brings back what a phase changed for a tenant, or with `rollback` what undoing it changed; returns how many rows.
CREATE OR REPLACE FUNCTION tenet.undo(of_tenant text, of_version text, of_phase integer, of_step integer, of_way text DEFAULT 'forward')
    RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp SET extra_float_digits = '3' SET "DateStyle" = iso SET "IntervalStyle" = postgres
    AS $body$
DECLARE
    policy text := coalesce(nullif(current_setting('tenet.conflicts', true), ''), 'fail');
    captures bigint[];
    logs tenet.capture_log[];
    held tenet.capture_log[] := '{}';
    log tenet.capture_log;
    own bigint;
    rows bigint := 0;
    pairs bigint;
BEGIN
    PERFORM set_config('client_min_messages', 'warning', true);
    PERFORM tenet.require(policy IN ('fail', 'skip', 'force'), format('tenet.conflicts is %s: fail, skip or force', policy));
    SELECT array_agg(c.id) INTO captures FROM tenet.capture AS c
    WHERE (c.version, c.phase, c.step, c.way) = (of_version, of_phase, of_step, of_way) AND c.undone_at IS NULL
      AND c.tenant IS NOT DISTINCT FROM of_tenant;
    PERFORM tenet.require(captures IS NOT NULL, 'nothing was recorded that could be brought back');
    PERFORM tenet.require(NOT EXISTS (SELECT FROM tenet.capture AS c WHERE c.id = ANY (captures) AND c.expired_at IS NOT NULL),
        format('what %s recorded in phase %s was kept for a time that is over: its rows cannot be brought back', of_version, of_phase));
    INSERT INTO tenet.capture (tenant, version, phase, step, way)
    VALUES (of_tenant, of_version, of_phase, of_step, CASE of_way WHEN 'forward' THEN 'rollback' ELSE 'forward' END)
    RETURNING id INTO own;
    logs := coalesce(tenet.undo_logs(captures), '{}');
    FOREACH log IN ARRAY logs LOOP
        pairs := tenet.undo_pair(log, captures);
        CONTINUE WHEN pairs = 0;
        PERFORM tenet.undo_fold(log, captures);
        EXECUTE format('ANALYZE %I', tenet.undo_work(log.relation));
        rows := rows + pairs;
        held := held || log;
    END LOOP;
    IF rows > 0 THEN
        PERFORM tenet.undo_hush(held);
        IF NOT tenet.undo_try(held, of_tenant, own) THEN
            PERFORM tenet.undo_settle(held, of_tenant, own, policy);
            PERFORM tenet.require(tenet.undo_try(held, of_tenant, own),
                'rows cannot be brought back: they change meanwhile, others have their unique values, or what they name is gone');
        END IF;
        PERFORM tenet.undo_wake(held);
    END IF;
    UPDATE tenet.capture SET undone_at = clock_timestamp() WHERE id = ANY (captures) OR (id = own AND rows = 0);
    RETURN rows;
END
$body$;

-- The rows that this transaction has written so far, in the tables that it has locked for writing and that stay.
CREATE OR REPLACE FUNCTION tenet.changed_rows() RETURNS bigint
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT sum(pg_stat_get_xact_tuples_inserted(c.oid) + pg_stat_get_xact_tuples_updated(c.oid)
               + pg_stat_get_xact_tuples_deleted(c.oid))::bigint
    FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
    WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.mode = 'RowExclusiveLock'
      AND c.relkind = 'r' AND c.relpersistence <> 't' AND c.oid >= 16384
      AND c.relnamespace NOT IN (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname LIKE 'tenet%')
$body$;
