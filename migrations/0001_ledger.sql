-- tenet's own tables in every database that it migrates: what was done to which tenant, and when.

CREATE SCHEMA tenet;

-- The migrations of these tables themselves.
CREATE TABLE tenet.ledger (
    version text PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Rows are only ever added: what is undone is another event. Each row carries the hash of the one before it that has
-- the same tenant, so that a row that is changed, left out or put in later breaks the chain.
CREATE TABLE tenet.event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text,
    version text NOT NULL,
    phase integer NOT NULL,
    action text NOT NULL,
    checksum text NOT NULL,
    run text,
    script text,
    tool text,
    actor text,
    changed_rows bigint,
    sqlstate text,
    error text,
    began timestamptz NOT NULL DEFAULT transaction_timestamp(),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    by_role name NOT NULL DEFAULT session_user,
    previous text NOT NULL DEFAULT '',
    hash text NOT NULL DEFAULT '',
    CONSTRAINT event_phase_positive CHECK (phase > 0),
    CONSTRAINT event_action_known CHECK (
        action IN ('intended', 'applied', 'rolled_back', 'withdrawn', 'failed', 'conflict', 'absent', 'closed')
    )
);

COMMENT ON COLUMN tenet.event.tenant IS 'null for what runs once per database';
COMMENT ON COLUMN tenet.event.action IS 'closed: every tenant of that time has the phase, later ones do not need it; absent: this one is of that time, and was left out; withdrawn: what was only begun is undone';
COMMENT ON COLUMN tenet.event.checksum IS 'of the migration''s source';
COMMENT ON COLUMN tenet.event.run IS 'what tenet names a run; null for psql';
COMMENT ON COLUMN tenet.event.script IS 'the checksum of the script, where tenet ran it';
COMMENT ON COLUMN tenet.event.previous IS 'the hash of the event before it in its chain';

CREATE INDEX event_by_phase ON tenet.event (version, phase, tenant, id);
CREATE INDEX event_by_tenant ON tenet.event (tenant, id);
CREATE INDEX event_by_run ON tenet.event (run, id);

-- One row for each chain: where it ends, and what is applied, so that nobody has to read all events to know.
CREATE TABLE tenet.standing (
    tenant text PRIMARY KEY,
    applied integer NOT NULL DEFAULT 0,
    digest bigint NOT NULL DEFAULT 0,
    state text NOT NULL,
    version text NOT NULL,
    phase integer NOT NULL,
    sqlstate text,
    error text,
    run text,
    at timestamptz NOT NULL,
    began bigint NOT NULL,
    events bigint NOT NULL DEFAULT 1,
    hash text NOT NULL
) WITH (fillfactor = 80);

COMMENT ON COLUMN tenet.standing.tenant IS 'empty for what runs once per database';
COMMENT ON COLUMN tenet.standing.applied IS 'how many phases';
COMMENT ON COLUMN tenet.standing.digest IS 'which phases: tenet.mark of each, all exclusive-ored';
COMMENT ON COLUMN tenet.standing.began IS 'the first event: who began before a phase was closed is not born with it';
COMMENT ON COLUMN tenet.standing.version IS 'of the last event, as phase, state, run and error are';

CREATE VIEW tenet.migration AS
SELECT e.tenant, e.version, e.phase, e.checksum,
       CASE e.action WHEN 'applied' THEN e.at ELSE (
           SELECT max(a.at) FROM tenet.event AS a
           WHERE a.version = e.version AND a.phase = e.phase AND a.tenant IS NOT DISTINCT FROM e.tenant
             AND a.action = 'applied'
       ) END AS applied_at,
       CASE e.action WHEN 'rolled_back' THEN e.at END AS rolled_back_at
FROM tenet.event AS e
WHERE e.action IN ('applied', 'rolled_back')
  AND NOT EXISTS (
      SELECT FROM tenet.event AS later
      WHERE later.version = e.version AND later.phase = e.phase AND later.tenant IS NOT DISTINCT FROM e.tenant
        AND later.action IN ('applied', 'rolled_back') AND later.id > e.id
  );

CREATE FUNCTION tenet.refuse_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
BEGIN
    RAISE EXCEPTION 'tenet.event is append-only';
END
$body$;

CREATE FUNCTION tenet.require(met boolean, otherwise text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
BEGIN
    IF met IS NOT TRUE THEN
        RAISE EXCEPTION '%', otherwise;
    END IF;
END
$body$;

-- Works on a tenant are told apart by this lock. It is tried and never waited for: who waits holds a snapshot, and
-- CREATE INDEX CONCURRENTLY waits for that.
CREATE FUNCTION tenet.lock(of_tenant text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('tenet:' || coalesce(of_tenant, ''), 0)) THEN
        RAISE EXCEPTION 'another session works on %', coalesce('tenant ' || of_tenant, 'what tenants share')
            USING ERRCODE = 'lock_not_available';
    END IF;
END
$body$;

CREATE FUNCTION tenet.mark(of_version text, of_phase integer, of_source text) RETURNS bigint
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT ('x' || left(encode(sha256(convert_to(concat_ws(':', of_version, of_phase, of_source), 'UTF8')), 'hex'), 16))
        ::bit(64)::bigint
$body$;

-- A plan that is made while the table is small is kept, and would read all of it for the thousandth tenant of a session.
CREATE FUNCTION tenet.chain() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
    AS $body$
DECLARE
    ends text;
    fields text[];
    field text;
    line text := '';
    step integer := CASE NEW.action WHEN 'applied' THEN 1 WHEN 'rolled_back' THEN -1 ELSE 0 END;
    marked bigint := CASE step WHEN 0 THEN 0 ELSE tenet.mark(NEW.version, NEW.phase, NEW.checksum) END;
BEGIN
    PERFORM tenet.lock(NEW.tenant);
    SELECT s.hash INTO ends FROM tenet.standing AS s WHERE s.tenant = coalesce(NEW.tenant, '');
    NEW.previous := coalesce(ends, '');
    fields := ARRAY[
        NEW.previous, NEW.id::text, NEW.tenant, NEW.version, NEW.phase::text, NEW.action, NEW.checksum, NEW.run,
        NEW.script, NEW.tool, NEW.actor, NEW.changed_rows::text, NEW.sqlstate, NEW.error,
        to_char(NEW.began AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
        to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), NEW.by_role::text
    ];
    FOREACH field IN ARRAY fields LOOP
        line := line || coalesce(octet_length(convert_to(field, 'UTF8')) || ':' || field, '-') || ';';
    END LOOP;
    NEW.hash := encode(sha256(convert_to(line, 'UTF8')), 'hex');
    INSERT INTO tenet.standing AS s (tenant, applied, digest, state, version, phase, sqlstate, error, run, at, began, hash)
    VALUES (coalesce(NEW.tenant, ''), step, marked, NEW.action, NEW.version, NEW.phase, NEW.sqlstate, NEW.error,
            NEW.run, NEW.at, NEW.id, NEW.hash)
    ON CONFLICT (tenant) DO UPDATE SET
        applied = s.applied + excluded.applied, digest = s.digest # excluded.digest, state = excluded.state,
        version = excluded.version, phase = excluded.phase, sqlstate = excluded.sqlstate, error = excluded.error,
        run = excluded.run, at = excluded.at, events = s.events + 1, hash = excluded.hash;
    RETURN NEW;
END
$body$;

CREATE TRIGGER event_chained BEFORE INSERT ON tenet.event
    FOR EACH ROW EXECUTE FUNCTION tenet.chain();
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON tenet.event
    FOR EACH ROW EXECUTE FUNCTION tenet.refuse_change();
CREATE TRIGGER event_never_truncated BEFORE TRUNCATE ON tenet.event
    FOR EACH STATEMENT EXECUTE FUNCTION tenet.refuse_change();

CREATE FUNCTION tenet.is_applied(of_tenant text, of_version text, of_phase integer) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT EXISTS (
        SELECT FROM tenet.migration AS m
        WHERE m.tenant IS NOT DISTINCT FROM of_tenant AND m.version = of_version AND m.phase = of_phase
          AND m.rolled_back_at IS NULL
    )
$body$;

-- Says whether an earlier attempt recorded that it was about to begin, and nothing came of it so far.
CREATE FUNCTION tenet.is_intended(of_tenant text, of_version text, of_phase integer) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT coalesce((
        SELECT e.action = 'intended' FROM tenet.event AS e
        WHERE e.tenant IS NOT DISTINCT FROM of_tenant AND e.version = of_version AND e.phase = of_phase
          AND e.action IN ('intended', 'applied', 'rolled_back')
        ORDER BY e.id DESC LIMIT 1
    ), false)
$body$;

-- Says whether there is anything to do; fails while another session works on the tenant.
CREATE FUNCTION tenet.claim(of_tenant text, of_version text, of_phase integer, wanted text) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
BEGIN
    PERFORM tenet.lock(of_tenant);
    RETURN tenet.is_applied(of_tenant, of_version, of_phase) <> (wanted = 'applied');
END
$body$;

-- The rows that this transaction has written so far, in the tables that it has locked for writing.
CREATE FUNCTION tenet.changed_rows() RETURNS bigint
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT sum(pg_stat_get_xact_tuples_inserted(c.oid) + pg_stat_get_xact_tuples_updated(c.oid)
               + pg_stat_get_xact_tuples_deleted(c.oid))::bigint
    FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
    WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.mode = 'RowExclusiveLock'
      AND c.relkind = 'r' AND c.oid >= 16384
      AND c.relnamespace NOT IN (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname LIKE 'tenet%')
$body$;

-- What was counted is of this transaction alone only where what was counted before has gone to the server's statistics.
CREATE FUNCTION tenet.counted() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
BEGIN
    IF current_setting('server_version_num')::integer >= 150000 THEN
        PERFORM pg_stat_force_next_flush();
    END IF;
END
$body$;

CREATE FUNCTION tenet.record(of_tenant text, of_version text, of_phase integer, done text, of_source text)
    RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT tenet.counted();
    INSERT INTO tenet.event (tenant, version, phase, action, checksum, run, script, tool, actor, changed_rows)
    VALUES (of_tenant, of_version, of_phase, done, of_source, nullif(current_setting('tenet.run', true), ''),
            nullif(current_setting('tenet.script', true), ''), nullif(current_setting('tenet.tool', true), ''),
            nullif(current_setting('tenet.actor', true), ''), tenet.changed_rows())
$body$;
