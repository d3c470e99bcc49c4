-- What a run asks of every tenant, at less cost: of which version these tables are, and whether there is anything to do. And what
-- is brought back is held until it is back.

-- Says of which version these tables are, as the last row of tenet.ledger does; a name is found sooner than a table is read.
CREATE FUNCTION tenet.version() RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $body$ SELECT '0008' $body$;

-- Returns what was done last to a phase, of some actions. A tenant's own name is asked for as such, for then an index finds it
-- among those of all others; a plan that is made while the table is small is kept, and would read all of it.
CREATE FUNCTION tenet.last_action(of_tenant text, of_version text, of_phase integer, of_actions text[]) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
    AS $body$
BEGIN
    IF of_tenant IS NULL THEN
        RETURN (SELECT e.action FROM tenet.event AS e
                WHERE e.version = of_version AND e.phase = of_phase AND e.tenant IS NULL AND e.action = ANY (of_actions)
                ORDER BY e.id DESC LIMIT 1);
    END IF;
    RETURN (SELECT e.action FROM tenet.event AS e
            WHERE e.version = of_version AND e.phase = of_phase AND e.tenant = of_tenant AND e.action = ANY (of_actions)
            ORDER BY e.id DESC LIMIT 1);
END
$body$;

CREATE OR REPLACE FUNCTION tenet.is_applied(of_tenant text, of_version text, of_phase integer) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT coalesce(tenet.last_action(of_tenant, of_version, of_phase, '{applied,rolled_back}') = 'applied', false)
$body$;

CREATE OR REPLACE FUNCTION tenet.is_intended(of_tenant text, of_version text, of_phase integer) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT coalesce(tenet.last_action(of_tenant, of_version, of_phase, '{intended,applied,rolled_back}') = 'intended', false)
$body$;

CREATE OR REPLACE FUNCTION tenet.claim(of_tenant text, of_version text, of_phase integer, wanted text) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
BEGIN
    PERFORM tenet.lock(of_tenant);
    RETURN (tenet.last_action(of_tenant, of_version, of_phase, '{applied,rolled_back}') IS NOT DISTINCT FROM 'applied')
        <> (wanted = 'applied');
END
$body$;

-- The rows that this transaction has written so far, in the tables that it has locked for writing and that stay. The path
-- holds no schema but the server's own, so a table's name says where it is, and that of one that is gone is a number.
CREATE OR REPLACE FUNCTION tenet.changed_rows() RETURNS bigint
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT sum(pg_stat_get_xact_tuples_inserted(l.relation) + pg_stat_get_xact_tuples_updated(l.relation)
               + pg_stat_get_xact_tuples_deleted(l.relation))::bigint
    FROM pg_lock_status() AS l
    WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.mode = 'RowExclusiveLock'
      AND l.relation >= 16384 AND l.relation::regclass::text !~ '^([0-9]|"?(tenet|pg_))'
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
    -- What is kept for a time only is not taken away while it is read.
    SELECT array_agg(f.id) INTO captures FROM (
        SELECT c.id FROM tenet.capture AS c
        WHERE (c.version, c.phase, c.step, c.way) = (of_version, of_phase, of_step, of_way) AND c.undone_at IS NULL
          AND c.tenant IS NOT DISTINCT FROM of_tenant FOR UPDATE
    ) AS f;
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
    -- What it worked with holds back no type or domain that goes next.
    FOREACH log IN ARRAY logs LOOP
        EXECUTE format('DROP TABLE IF EXISTS pg_temp.%I', tenet.undo_work(log.relation));
    END LOOP;
    DROP TABLE IF EXISTS pg_temp.tenet_many, pg_temp.tenet_moved;
    UPDATE tenet.capture SET undone_at = clock_timestamp() WHERE id = ANY (captures) OR (id = own AND rows = 0);
    RETURN rows;
END
$body$;

-- Pairs the images of each key. A row that goes under the key that another had, or comes under one that another leaves, is no
-- change of one row: such images are folded. So are those of which the later is that of what was: where keys change, a row came
-- and went between them. Images are in the order of their commands.
CREATE OR REPLACE FUNCTION tenet.undo_pair(of_log tenet.capture_log, captures bigint[]) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    gone text;
    lists text[];
    pairs bigint;
BEGIN
    SELECT string_agg(c.name, ', ') FILTER (WHERE c.real_type IS NULL),
           ARRAY[string_agg(format('coalesce(b.%1$s, a.%1$s)::%2$s AS k%3$s', c.name, c.real_type, c.at), ', ')
                     FILTER (WHERE c.is_key),
                 string_agg(format('b.%1$s::%2$s AS o%3$s, a.%1$s AS n%3$s', c.name, c.real_type, c.at), ', '),
                 string_agg(format('b.%1$s = a.%1$s', c.name), ' AND ') FILTER (WHERE c.is_key),
                 CASE WHEN bool_or(c.is_key AND c.is_updated) THEN ', xmin::text AS tenet_by, cmin::text::bigint AS tenet_at'
                      ELSE ', NULL::text AS tenet_by, NULL::bigint AS tenet_at' END]
    INTO gone, lists
    FROM tenet.undo_columns(of_log) AS c;
    PERFORM tenet.require(gone IS NULL, format('what was recorded of %s has expired: %s is gone since', of_log.relation, gone));
    EXECUTE format('DROP TABLE IF EXISTS pg_temp.%1$I; CREATE TEMP TABLE %1$I ON COMMIT DROP AS
        SELECT (CASE WHEN a.tenet_image IS NULL THEN ''D'' WHEN b.tenet_image IS NULL THEN ''I'' ELSE ''U'' END)::"char" AS op,
               coalesce(b.tenet_image = ''d'' OR a.tenet_image = ''i'' OR b.tenet_by <> a.tenet_by OR b.tenet_at > a.tenet_at, false)
                   AND b.tenet_image IS NOT NULL AND a.tenet_image IS NOT NULL AS is_again,
               NULL::jsonb AS o, NULL::jsonb AS n, NULL::text AS conflict, %2$s, %3$s
        FROM (SELECT *%6$s FROM tenet_undo.%4$I WHERE tenet_capture = ANY (%5$L::bigint[]) AND tenet_image IN (''b'', ''d'')) AS b
        FULL JOIN (SELECT *%6$s FROM tenet_undo.%4$I WHERE tenet_capture = ANY (%5$L::bigint[]) AND tenet_image IN (''a'', ''i'')) AS a
        ON %7$s', tenet.undo_work(of_log.relation), lists[1], lists[2], of_log.log, captures, lists[4], lists[3]);
    GET DIAGNOSTICS pairs = ROW_COUNT;
    RETURN pairs;
END
$body$;

-- Triggers that fire for replicas, too, are switched off one by one, and each is switched on as it was.
CREATE OR REPLACE FUNCTION tenet.undo_hush(logs tenet.capture_log[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    is_replica boolean := true;
    awake record;
    hushed jsonb := '[]';
BEGIN
    BEGIN
        PERFORM set_config('session_replication_role', 'replica', true);
    EXCEPTION WHEN insufficient_privilege THEN
        is_replica := false;
    END;
    FOR awake IN
        SELECT t.tgrelid::regclass::text AS relation, t.tgname AS name, t.tgenabled AS state
        FROM pg_trigger AS t JOIN pg_proc AS f ON f.oid = t.tgfoid
        WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND NOT (is_replica AND t.tgenabled = 'O')
          AND f.pronamespace <> 'tenet'::regnamespace
          AND t.tgrelid IN (
              SELECT l.relation FROM unnest(logs) AS l
              UNION SELECT p.relid FROM unnest(logs) AS l, pg_partition_tree(l.relation) AS p)
        ORDER BY t.tgrelid, t.tgname
    LOOP
        EXECUTE format('ALTER TABLE ONLY %s DISABLE TRIGGER %I', awake.relation, awake.name);
        hushed := hushed || to_jsonb(awake);
    END LOOP;
    PERFORM set_config('tenet.hushed', hushed::text, true);
END
$body$;

CREATE OR REPLACE FUNCTION tenet.undo_wake(logs tenet.capture_log[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    hushed record;
BEGIN
    IF current_setting('session_replication_role') = 'replica' THEN
        PERFORM set_config('session_replication_role', 'origin', true);
    END IF;
    FOR hushed IN
        SELECT h.relation, h.name, h.state
        FROM jsonb_to_recordset(current_setting('tenet.hushed')::jsonb) AS h (relation text, name text, state text)
    LOOP
        EXECUTE format('ALTER TABLE ONLY %s ENABLE %s TRIGGER %I', hushed.relation,
            CASE hushed.state WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END, hushed.name);
    END LOOP;
END
$body$;
