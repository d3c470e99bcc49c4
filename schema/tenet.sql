-- tenet's own tables: what was done to which tenant, and when.

CREATE SCHEMA tenet;

-- The migrations of these tables themselves.
CREATE TABLE tenet.ledger (
    version text PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Says of which version these tables are, as the last row of tenet.ledger does; a name is found sooner than a table is read.
CREATE FUNCTION tenet.version() RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $body$ SELECT '0008' $body$;

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

CREATE FUNCTION tenet.is_applied(of_tenant text, of_version text, of_phase integer) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT coalesce(tenet.last_action(of_tenant, of_version, of_phase, '{applied,rolled_back}') = 'applied', false)
$body$;

-- Says whether an earlier attempt recorded that it was about to begin, and nothing came of it so far.
CREATE FUNCTION tenet.is_intended(of_tenant text, of_version text, of_phase integer) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT coalesce(tenet.last_action(of_tenant, of_version, of_phase, '{intended,applied,rolled_back}') = 'intended', false)
$body$;

-- Says whether there is anything to do; fails while another session works on the tenant.
CREATE FUNCTION tenet.claim(of_tenant text, of_version text, of_phase integer, wanted text) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
BEGIN
    PERFORM tenet.lock(of_tenant);
    RETURN (tenet.last_action(of_tenant, of_version, of_phase, '{applied,rolled_back}') IS NOT DISTINCT FROM 'applied')
        <> (wanted = 'applied');
END
$body$;

-- The rows that this transaction has written so far, in the tables that it has locked for writing and that stay.
CREATE FUNCTION tenet.changed_rows() RETURNS bigint
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT sum(pg_stat_get_xact_tuples_inserted(l.relation) + pg_stat_get_xact_tuples_updated(l.relation)
               + pg_stat_get_xact_tuples_deleted(l.relation))::bigint
    FROM pg_lock_status() AS l
    WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.mode = 'RowExclusiveLock'
      AND l.relation >= 16384 AND l.relation::regclass::text !~ '^([0-9]|"?(tenet|pg_))'
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

-- What scripts found when they ran, for those that undo them.
CREATE TABLE tenet.effect (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text,
    version text NOT NULL,
    phase integer NOT NULL,
    name text NOT NULL,
    value jsonb,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

COMMENT ON COLUMN tenet.effect.name IS 'what was found: the last one of a name is undone first';

CREATE INDEX effect_by_phase ON tenet.effect (version, phase, tenant, name, id);

-- Says whose effects keep and kept are about.
CREATE FUNCTION tenet.enter(of_tenant text, of_version text, of_phase integer) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT set_config('tenet.phase', jsonb_build_array(of_tenant, of_version, of_phase)::text, false)
$body$;

CREATE FUNCTION tenet.keep(of_name text, found jsonb) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
    AS $body$
    INSERT INTO tenet.effect (tenant, version, phase, name, value)
    SELECT p ->> 0, p ->> 1, (p ->> 2)::integer, of_name, found
    FROM (SELECT current_setting('tenet.phase')::jsonb AS p) AS setting
$body$;

-- Takes back what was kept last under a name.
CREATE FUNCTION tenet.kept(of_name text) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    p jsonb := current_setting('tenet.phase')::jsonb;
    taken jsonb;
BEGIN
    DELETE FROM tenet.effect WHERE id = (
        SELECT max(e.id) FROM tenet.effect AS e
        WHERE e.version = p ->> 1 AND e.phase = (p ->> 2)::integer AND e.tenant IS NOT DISTINCT FROM p ->> 0
          AND e.name = of_name
    ) RETURNING value INTO taken;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'nothing is recorded of %', of_name;
    END IF;
    RETURN taken;
END
$body$;

-- Numbers that were given out since are not given out again.
CREATE FUNCTION tenet.restore_position(of_sequence regclass, of_name text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    was jsonb := tenet.kept(of_name);
    step bigint := (SELECT s.seqincrement FROM pg_sequence AS s WHERE s.seqrelid = of_sequence);
    reached bigint;
    called boolean;
BEGIN
    EXECUTE format('SELECT last_value, is_called FROM %s', of_sequence) INTO reached, called;
    IF NOT called OR (reached - (was ->> 'value')::bigint) * sign(step) <= 0 THEN
        PERFORM setval(of_sequence, (was ->> 'value')::bigint, (was ->> 'called')::boolean);
    END IF;
END
$body$;

-- Capture and undo: the rows that a phase changes are recorded before and after, and brought back from the record.
--
-- A record holds images of rows: what a row was (`b` before an update, `d` deleted) and what it became (`a` after an update,
-- `i` inserted). Along the life of one key every image that a row became is the image that it was next, so taking the ones from
-- the others leaves what was at the beginning and what is at the end, in whatever order the images were recorded.

CREATE SCHEMA tenet_undo;

-- One recording of a phase, or of the part of one between changes of definitions.
CREATE TABLE tenet.capture (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text,
    version text NOT NULL,
    phase integer NOT NULL,
    step integer NOT NULL,
    way text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    undone_at timestamptz,
    expired_at timestamptz,
    CONSTRAINT capture_way_known CHECK (way IN ('forward', 'rollback'))
);

COMMENT ON COLUMN tenet.capture.tenant IS 'null for what runs once per database';
COMMENT ON COLUMN tenet.capture.expired_at IS 'when its rows were taken away, because they are kept for a time only';

CREATE INDEX capture_by_phase ON tenet.capture (version, phase, step, tenant) WHERE undone_at IS NULL;

-- How many rows of each relation a recording holds.
CREATE TABLE tenet.capture_rows (
    capture bigint NOT NULL REFERENCES tenet.capture (id) ON DELETE CASCADE,
    relation text NOT NULL,
    inserted bigint NOT NULL,
    updated bigint NOT NULL,
    deleted bigint NOT NULL,
    PRIMARY KEY (capture, relation)
);

-- What an undo met that was changed since: keys, never contents.
CREATE TABLE tenet.capture_conflict (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    capture bigint NOT NULL REFERENCES tenet.capture (id) ON DELETE CASCADE,
    relation text NOT NULL,
    key text NOT NULL,
    reason text NOT NULL
);

CREATE INDEX capture_conflict_by_capture ON tenet.capture_conflict (capture);

-- The relations that a phase may write, and the tables of tenet_undo that hold their images.
CREATE TABLE tenet.capture_log (
    version text NOT NULL,
    phase integer NOT NULL,
    step integer NOT NULL,
    relation regclass NOT NULL,
    log text NOT NULL,
    keys text[] NOT NULL,
    updated text[],
    tenant_column text,
    via text[],
    owner regclass,
    owner_keys text[],
    owner_tenant text,
    PRIMARY KEY (version, phase, step, relation)
);

COMMENT ON COLUMN tenet.capture_log.updated IS 'the columns that updates may change and that their images hold; null for all';
COMMENT ON COLUMN tenet.capture_log.via IS 'the foreign key through which the owner says whose a row is';
COMMENT ON COLUMN tenet.capture_log.owner_tenant IS 'the tenant of a row r of that kind, as SQL';

CREATE FUNCTION tenet.capture_log_name(of_version text, of_phase integer, of_step integer, target regclass) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    -- Without pg_catalog's path a regclass prints its schema.
    SELECT CASE WHEN octet_length(made.name) <= 63 THEN made.name
                ELSE substr(encode(sha256(convert_to(made.name, 'UTF8')), 'hex'), 1, 40) END
    FROM (SELECT format('%s.%s.%s %s', of_version, of_phase, of_step, target::text) AS name) AS made
$body$;

-- The type in which a log holds values: text for those that have no equality of their own, or that history may change.
CREATE FUNCTION tenet.capture_type(of_type oid) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT CASE WHEN of_type < 16384 AND t.typname IN (
        'bool', 'int2', 'int4', 'int8', 'float4', 'float8', 'numeric', 'money', 'text', 'varchar', 'bpchar', 'name', 'uuid',
        'date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval', 'bytea', 'jsonb', 'inet', 'cidr', 'macaddr', 'oid'
    ) THEN format_type(of_type, -1) ELSE 'text' END
    FROM pg_type AS t WHERE t.oid = of_type
$body$;

CREATE FUNCTION tenet.capture_parts(target regclass) RETURNS SETOF regclass
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    WITH RECURSIVE part (relation) AS (
        SELECT target::oid
        UNION
        SELECT i.inhrelid FROM pg_inherits AS i JOIN part ON i.inhparent = part.relation
    )
    SELECT part.relation::regclass FROM part
$body$;

-- Makes the log of a relation, or adds the columns that the relation got since.
CREATE FUNCTION tenet.capture_make_log(log_name text, target regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    made regclass := to_regclass(format('tenet_undo.%I', log_name));
    missing text;
BEGIN
    SELECT string_agg(format('%s %I %s', CASE WHEN made IS NULL THEN '' ELSE 'ADD COLUMN' END, a.attname,
                             tenet.capture_type(a.atttypid)), ', ' ORDER BY a.attnum)
    INTO missing
    FROM pg_attribute AS a
    WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      AND NOT EXISTS (SELECT FROM pg_attribute AS l WHERE l.attrelid = made AND l.attname = a.attname AND NOT l.attisdropped);
    IF made IS NOT NULL THEN
        IF missing IS NOT NULL THEN
            EXECUTE format('ALTER TABLE tenet_undo.%I %s', log_name, missing);
        END IF;
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE tenet_undo.%I (tenet_capture bigint NOT NULL, tenet_image "char" NOT NULL, %s)',
                   log_name, missing);
    EXECUTE format('CREATE INDEX ON tenet_undo.%I USING brin (tenet_capture)', log_name);
END
$body$;

-- Ends a statement that touches a row of another tenant.
CREATE FUNCTION tenet.capture_stranger(relation regclass) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
BEGIN
    RAISE EXCEPTION 'a row of another tenant is touched in %: nothing was changed', relation
        USING ERRCODE = 'integrity_constraint_violation';
END
$body$;

-- Counts rows that were recorded: inserted, updated, deleted. What a savepoint takes back is not counted.
CREATE FUNCTION tenet.capture_count(relation regclass, inserted bigint, updated bigint, deleted bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    setting text := format('tenet.captured_%s', relation::oid);
    known bigint[] := coalesce(nullif(current_setting(setting, true), ''), '{0,0,0}')::bigint[];
BEGIN
    PERFORM set_config(setting, ARRAY[known[1] + inserted, known[2] + updated, known[3] + deleted]::text, true);
END
$body$;

-- Writes the function that records images of a relation's rows, and refuses those of another tenant. Whose a row is is looked at
-- while its image is written: the rows are read once.
CREATE FUNCTION tenet.capture_make_function(log_name text, target regclass, updated_columns text[], by_column text)
    RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    tenant_type text := 'text';
    owned text := 'tenet_id';
    -- %1$s is the transition table and %2$s the letter of its images. No column should be called as our variables are.
    record text := 'INSERT INTO tenet_undo.%1$s (tenet_capture, tenet_image, %2$s) SELECT %4$s, ''%%2$s'', %3$s FROM %%1$s;
        GET DIAGNOSTICS tenet_rows = ROW_COUNT;';
    whole text;
    narrow text;
BEGIN
    IF by_column IS NOT NULL THEN
        SELECT format_type(a.atttypid, a.atttypmod) INTO STRICT tenant_type
        FROM pg_attribute AS a WHERE a.attrelid = target AND a.attname = by_column AND NOT a.attisdropped;
        owned := format('CASE WHEN tenet_tenant IS NULL OR %I IS NOT DISTINCT FROM tenet_tenant THEN tenet_id '
                        'ELSE tenet.capture_stranger(TG_RELID::regclass) END', by_column);
    END IF;
    SELECT format(record, replace(quote_ident(log_name), '%', '%%'), string_agg(written.name, ', ' ORDER BY a.attnum),
                  string_agg(written.value, ', ' ORDER BY a.attnum), replace(owned, '%', '%%')),
           format(record, replace(quote_ident(log_name), '%', '%%'), string_agg(written.name, ', ' ORDER BY a.attnum) FILTER (WHERE wanted.is_so),
                  string_agg(written.value, ', ' ORDER BY a.attnum) FILTER (WHERE wanted.is_so), replace(owned, '%', '%%'))
    INTO whole, narrow
    FROM pg_attribute AS a
    CROSS JOIN LATERAL (SELECT replace(quote_ident(a.attname), '%', '%%') AS name,
                               CASE tenet.capture_type(a.atttypid) WHEN 'text' THEN '::text' ELSE '' END AS cast_to) AS shown
    CROSS JOIN LATERAL (SELECT shown.name, shown.name || shown.cast_to AS value) AS written
    CROSS JOIN LATERAL (SELECT updated_columns IS NULL OR a.attname = ANY (updated_columns) AS is_so) AS wanted
    WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '';
    EXECUTE format($function$
CREATE OR REPLACE FUNCTION tenet_undo.%1$I() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET extra_float_digits = '3' SET "DateStyle" = iso SET "IntervalStyle" = postgres
    AS $inner$
DECLARE
    tenet_id bigint := current_setting('tenet.capture')::bigint;
    tenet_tenant %2$s := nullif(current_setting('tenet.capture_tenant', true), '')::%2$s;
    tenet_rows bigint;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        RAISE EXCEPTION 'TRUNCATE of %% cannot be undone for one tenant: use DELETE', TG_RELID::regclass;
    ELSIF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT FROM tenet_new) THEN RETURN NULL; END IF;
        %3$s
        PERFORM tenet.capture_count(%7$L::regclass, tenet_rows, 0, 0);
    ELSIF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM tenet_old) THEN RETURN NULL; END IF;
        %4$s
        PERFORM tenet.capture_count(%7$L::regclass, 0, 0, tenet_rows);
    ELSE
        IF NOT EXISTS (SELECT FROM tenet_new) THEN RETURN NULL; END IF;
        %5$s
        %6$s
        PERFORM tenet.capture_count(%7$L::regclass, 0, tenet_rows, 0);
    END IF;
    RETURN NULL;
END
$inner$
$function$, log_name, tenant_type, format(whole, 'tenet_new', 'i'), format(whole, 'tenet_old', 'd'),
            format(narrow, 'tenet_old', 'b'), format(narrow, 'tenet_new', 'a'), target::text);
END
$body$;

-- Lets the changes of one relation be recorded while a recording of this phase and step runs, and at no other time.
CREATE FUNCTION tenet.capture_make_triggers(prefix text, log_name text, target regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    part regclass;
    event text;
    transition text;
    trigger_name text;
BEGIN
    FOR part IN SELECT tenet.capture_parts(target) LOOP
        FOR event, transition IN VALUES
            ('INSERT', 'AFTER INSERT ON %s REFERENCING NEW TABLE AS tenet_new'),
            ('UPDATE', 'AFTER UPDATE ON %s REFERENCING OLD TABLE AS tenet_old NEW TABLE AS tenet_new'),
            ('DELETE', 'AFTER DELETE ON %s REFERENCING OLD TABLE AS tenet_old'),
            ('TRUNCATE', 'BEFORE TRUNCATE ON %s')
        LOOP
            trigger_name := format('zzz_tenet %s %s', prefix, lower(event));
            CONTINUE WHEN EXISTS (SELECT FROM pg_trigger WHERE tgrelid = part AND tgname = left(trigger_name, 63));
            EXECUTE format('CREATE TRIGGER %I ' || transition || ' FOR EACH STATEMENT
                WHEN (pg_catalog.current_setting(''tenet.capture_of'', true) = %L) EXECUTE FUNCTION tenet_undo.%I()',
                left(trigger_name, 63), part, prefix, log_name);
            EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %I', part, left(trigger_name, 63));
        END LOOP;
    END LOOP;
END
$body$;

-- Prepares the recording of a relation's rows: its log, the function and the triggers that write it.
CREATE FUNCTION tenet.capture_table(
    of_version text, of_phase integer, of_step integer, target regclass, key_columns text[], updated_columns text[],
    by_column text, via_columns text[], by_owner regclass, owner_columns text[], by_expression text
) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    log_name text := tenet.capture_log_name(of_version, of_phase, of_step, target);
    prefix text := format('%s.%s.%s', of_version, of_phase, of_step);
BEGIN
    PERFORM tenet.require(EXISTS (
        SELECT FROM pg_index AS i
        WHERE i.indrelid = target AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
          AND (SELECT array_agg(a.attname::text ORDER BY a.attname::text) FILTER (WHERE a.attnotnull)
               FROM unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) AS key (attnum)
               JOIN pg_attribute AS a ON a.attrelid = target AND a.attnum = key.attnum)
            = (SELECT array_agg(wanted.name ORDER BY wanted.name) FROM unnest(key_columns) AS wanted (name))
    ), format('%s has no unique key on (%s) that is NOT NULL: its rows cannot be told apart', target,
              array_to_string(key_columns, ', ')));
    PERFORM tenet.require(NOT EXISTS (
        SELECT FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent IN (SELECT tenet.capture_parts(target)) AND NOT c.relispartition
    ), format('tables inherit from %s: their rows are not recorded', target));
    PERFORM tenet.capture_make_log(log_name, target);
    PERFORM tenet.capture_make_function(log_name, target,
        CASE WHEN updated_columns IS NOT NULL THEN key_columns || updated_columns END, by_column);
    PERFORM tenet.capture_make_triggers(prefix, log_name, target);
    INSERT INTO tenet.capture_log AS known VALUES (of_version, of_phase, of_step, target, log_name, key_columns,
        updated_columns, by_column, via_columns, by_owner, owner_columns, by_expression)
    ON CONFLICT (version, phase, step, relation) DO UPDATE SET
        log = excluded.log, keys = excluded.keys, tenant_column = excluded.tenant_column, via = excluded.via,
        owner = excluded.owner, owner_keys = excluded.owner_keys,
        owner_tenant = excluded.owner_tenant, updated = excluded.updated;
END
$body$;

-- Refuses what a cascade may write and nothing records.
CREATE FUNCTION tenet.capture_ready(of_version text, of_phase integer, of_step integer) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    unrecorded text;
BEGIN
    SELECT string_agg(format('%s (by %s of %s)', c.conrelid::regclass, c.conname, c.confrelid::regclass), ', ')
    INTO unrecorded
    FROM pg_constraint AS c
    WHERE c.contype = 'f' AND c.conparentid = 0 AND (c.confdeltype NOT IN ('a', 'r') OR c.confupdtype NOT IN ('a', 'r'))
      AND EXISTS (SELECT FROM tenet.capture_log AS l WHERE (l.version, l.phase, l.step) = (of_version, of_phase, of_step)
                  AND c.confrelid IN (SELECT tenet.capture_parts(l.relation)))
      AND NOT EXISTS (SELECT FROM tenet.capture_log AS l WHERE (l.version, l.phase, l.step) = (of_version, of_phase, of_step)
                      AND c.conrelid IN (SELECT tenet.capture_parts(l.relation)))
      -- What the phase itself makes is known.
      AND c.xmin::text <> (pg_current_xact_id()::text::bigint % 4294967296)::text
      -- Rows of what has no key are refused one by one.
      AND NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = c.conrelid AND NOT t.tgisinternal
                      AND t.tgname = left(format('zzz_tenet %s.%s.%s refused', of_version, of_phase, of_step), 63));
    PERFORM tenet.require(unrecorded IS NULL, format('a cascade may write what tenet does not know of: %s', unrecorded));
END
$body$;

CREATE FUNCTION tenet.capture_begin(of_tenant text, of_version text, of_phase integer, of_step integer) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    made bigint;
BEGIN
    PERFORM tenet.require(of_tenant IS DISTINCT FROM '', 'a tenant without a name cannot be told from none');
    INSERT INTO tenet.capture (tenant, version, phase, step, way) VALUES (of_tenant, of_version, of_phase, of_step, 'forward')
    RETURNING id INTO made;
    PERFORM set_config('tenet.capture', made::text, true), set_config('tenet.capture_tenant', coalesce(of_tenant, ''), true),
            set_config('tenet.capture_of', format('%s.%s.%s', of_version, of_phase, of_step), true);
    RETURN made;
END
$body$;

-- Refuses images of rows whose owner is another tenant's. An owner may be gone by now: what was recorded of it was its own tenant's.
CREATE FUNCTION tenet.capture_guard(own bigint, of_log tenet.capture_log, of_tenant text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    owner_log text;
    recorded text := 'false';
    is_violated boolean;
BEGIN
    SELECT l.log INTO owner_log FROM tenet.capture_log AS l
    WHERE (l.version, l.phase, l.step, l.relation) = (of_log.version, of_log.phase, of_log.step, of_log.owner);
    IF owner_log IS NOT NULL THEN
        SELECT format('EXISTS (SELECT FROM tenet_undo.%I AS o WHERE o.tenet_capture = %s AND %s)', owner_log, own,
                      string_agg(format('o.%I::text = r.%I::text', o.name, v.name), ' AND '))
        INTO recorded
        FROM unnest(of_log.via) WITH ORDINALITY AS v (name, at)
        JOIN unnest(of_log.owner_keys) WITH ORDINALITY AS o (name, at) USING (at);
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM (SELECT DISTINCT %s FROM tenet_undo.%I WHERE tenet_capture = $1) AS r
        WHERE (%s)::text IS DISTINCT FROM $2 AND NOT %s)',
        (SELECT string_agg(quote_ident(name), ', ') FROM unnest(of_log.via) AS name), of_log.log, of_log.owner_tenant, recorded)
    INTO is_violated USING own, of_tenant;
    IF is_violated THEN
        RAISE EXCEPTION 'a row of another tenant is touched in %: nothing was changed', of_log.relation
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
END
$body$;

-- Ends a recording: whose the rows are that only their owners tell, and how many there are of all.
CREATE FUNCTION tenet.capture_end() RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
    AS $body$
DECLARE
    own tenet.capture;
    log tenet.capture_log;
    counted bigint[];
BEGIN
    SELECT * INTO STRICT own FROM tenet.capture WHERE id = current_setting('tenet.capture')::bigint;
    PERFORM set_config('tenet.capture_of', '', true), set_config('tenet.capture_tenant', '', true);
    FOR log IN SELECT * FROM tenet.capture_log AS l WHERE (l.version, l.phase, l.step) = (own.version, own.phase, own.step)
        AND to_regclass(format('tenet_undo.%I', l.log)) IS NOT NULL ORDER BY l.log
    LOOP
        IF own.tenant IS NOT NULL AND log.owner IS NOT NULL THEN
            PERFORM tenet.capture_guard(own.id, log, own.tenant);
        END IF;
        counted := nullif(current_setting(format('tenet.captured_%s', log.relation::oid), true), '')::bigint[];
        CONTINUE WHEN counted IS NULL;
        INSERT INTO tenet.capture_rows VALUES (own.id, log.relation::text, counted[1], counted[2], counted[3]);
        PERFORM set_config(format('tenet.captured_%s', log.relation::oid), '', true);
    END LOOP;
    RETURN own.id;
END
$body$;

-- Takes away what recorded a phase and step: triggers and functions, and logs that hold nothing.
CREATE FUNCTION tenet.capture_release(of_version text, of_phase integer, of_step integer) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    refused record;
    log tenet.capture_log;
    is_used boolean;
BEGIN
    FOR log IN SELECT * FROM tenet.capture_log AS l WHERE (l.version, l.phase, l.step) = (of_version, of_phase, of_step)
        AND to_regclass(format('tenet_undo.%I', l.log)) IS NOT NULL ORDER BY l.log
    LOOP
        EXECUTE format('DROP FUNCTION IF EXISTS tenet_undo.%I() CASCADE', log.log);
        EXECUTE format('SELECT EXISTS (SELECT FROM tenet_undo.%I)', log.log) INTO is_used;
        IF NOT is_used THEN
            EXECUTE format('DROP TABLE tenet_undo.%I', log.log);
            DELETE FROM tenet.capture_log AS l WHERE (l.version, l.phase, l.step, l.relation)
                = (log.version, log.phase, log.step, log.relation);
        END IF;
    END LOOP;
    FOR refused IN SELECT tgname, tgrelid::regclass AS relation FROM pg_trigger
        WHERE tgname = left(format('zzz_tenet %s.%s.%s refused', of_version, of_phase, of_step), 63) AND NOT tgisinternal
          AND tgfoid = 'tenet.capture_refused()'::regprocedure AND tgparentid = 0
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', refused.tgname, refused.relation);
    END LOOP;
END
$body$;

-- Takes away all that a phase and step recorded; refused while something of it is not undone.
CREATE FUNCTION tenet.capture_drop(of_version text, of_phase integer, of_step integer) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    refused record;
    log tenet.capture_log;
BEGIN
    PERFORM tenet.require(NOT EXISTS (
        SELECT FROM tenet.capture AS c JOIN tenet.capture_rows AS r ON r.capture = c.id
        WHERE (c.version, c.phase, c.step, c.way) = (of_version, of_phase, of_step, 'forward') AND c.undone_at IS NULL
    ), 'tenants still have what this phase recorded: roll them back first');
    FOR log IN SELECT * FROM tenet.capture_log AS l WHERE (l.version, l.phase, l.step) = (of_version, of_phase, of_step)
    LOOP
        EXECUTE format('DROP FUNCTION IF EXISTS tenet_undo.%I() CASCADE', log.log);
        EXECUTE format('DROP TABLE IF EXISTS tenet_undo.%I', log.log);
    END LOOP;
    DELETE FROM tenet.capture_log AS l WHERE (l.version, l.phase, l.step) = (of_version, of_phase, of_step);
    FOR refused IN SELECT tgname, tgrelid::regclass AS relation FROM pg_trigger
        WHERE tgname = left(format('zzz_tenet %s.%s.%s refused', of_version, of_phase, of_step), 63) AND NOT tgisinternal
          AND tgfoid = 'tenet.capture_refused()'::regprocedure AND tgparentid = 0
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', refused.tgname, refused.relation);
    END LOOP;
END
$body$;

-- Takes away all that was recorded of tenants that are gone: what is left of them is nobody's to bring back. Returns how many
-- recordings there were.
CREATE FUNCTION tenet.capture_purge(gone text[]) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    captures bigint[] := ARRAY(SELECT c.id FROM tenet.capture AS c WHERE c.tenant = ANY (gone));
    log_name text;
BEGIN
    FOR log_name IN SELECT DISTINCT l.log FROM tenet.capture_log AS l
        WHERE cardinality(captures) > 0 AND to_regclass(format('tenet_undo.%I', l.log)) IS NOT NULL ORDER BY 1
    LOOP
        EXECUTE format('DELETE FROM tenet_undo.%I WHERE tenet_capture = ANY ($1)', log_name) USING captures;
    END LOOP;
    DELETE FROM tenet.batch AS b WHERE b.tenant = ANY (gone);
    DELETE FROM tenet.capture AS c WHERE c.id = ANY (captures);
    RETURN cardinality(captures);
END
$body$;

-- Refuses the rows of a relation that has no key while a recording of this phase and step runs.
CREATE FUNCTION tenet.capture_refused() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
BEGIN
    RAISE EXCEPTION 'rows of % cannot be recorded: it has no key', TG_RELID::regclass;
END
$body$;

CREATE FUNCTION tenet.capture_refuse(of_version text, of_phase integer, of_step integer, target regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    prefix text := format('%s.%s.%s', of_version, of_phase, of_step);
    trigger_name text := left(format('zzz_tenet %s refused', prefix), 63);
BEGIN
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = target AND tgname = trigger_name) THEN
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW
            WHEN (pg_catalog.current_setting(''tenet.capture_of'', true) = %L) EXECUTE FUNCTION tenet.capture_refused()',
            trigger_name, target, prefix);
    END IF;
END
$body$;

-- Undo: what was recorded of rows is folded to one change for each key, compared with what the rows are now, and undone.

-- The columns of a log as the relation has them now. Types that a log holds as text are compared as text.
CREATE FUNCTION tenet.undo_columns(of_log tenet.capture_log)
    RETURNS TABLE (at integer, name text, is_key boolean, is_updated boolean, is_settable boolean, real_type text,
                   log_type text, same text, unchanged text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT l.attnum::integer, quote_ident(l.attname), l.attname = ANY (of_log.keys),
           of_log.updated IS NULL OR l.attname = ANY (of_log.keys || of_log.updated),
           NOT l.attname = ANY (of_log.keys) AND a.attidentity <> 'a' AND a.attgenerated = '',
           format_type(a.atttypid, a.atttypmod), format_type(l.atttypid, -1),
           format(CASE WHEN l.atttypid = 'text'::regtype THEN 't.%1$I::text COLLATE "C" IS NOT DISTINCT FROM w.n%2$s COLLATE "C"'
                       WHEN l.attcollation <> 0 THEN 't.%1$I COLLATE "C" IS NOT DISTINCT FROM w.n%2$s COLLATE "C"'
                       ELSE 't.%1$I IS NOT DISTINCT FROM w.n%2$s' END, l.attname, l.attnum),
           -- Where all columns are recorded, those that no update changed are the application's to change.
           CASE WHEN of_log.updated IS NOT NULL THEN 'false'
                WHEN l.atttypid = ANY (ARRAY['int2', 'int4', 'int8', 'bool', 'uuid', 'date', 'timestamp', 'timestamptz']::regtype[])
                    THEN format('w.o%1$s IS NOT DISTINCT FROM w.n%1$s', l.attnum)
                ELSE format('w.o%1$s::text COLLATE "C" IS NOT DISTINCT FROM w.n%1$s::text COLLATE "C"', l.attnum) END
    FROM pg_attribute AS l
    LEFT JOIN pg_attribute AS a ON a.attrelid = of_log.relation AND a.attname = l.attname AND NOT a.attisdropped
    WHERE l.attrelid = to_regclass(format('tenet_undo.%I', of_log.log)) AND l.attnum > 2 AND NOT l.attisdropped
$body$;

-- The name of the temporary table that holds what is to be undone in a relation.
CREATE FUNCTION tenet.undo_work(target regclass) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $body$ SELECT format('tenet_work_%s', target::oid) $body$;

-- The condition that a row `t` of the relation is the one of the work `w`, and the tenant's own.
CREATE FUNCTION tenet.undo_match(of_log tenet.capture_log, of_tenant text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT string_agg(format('t.%s = w.k%s', c.name, c.at), ' AND ') || coalesce((
        SELECT format(' AND t.%I = %L::%s', of_log.tenant_column, of_tenant, own.real_type)
        FROM tenet.undo_columns(of_log) AS own
        WHERE own.name = quote_ident(of_log.tenant_column) AND of_tenant IS NOT NULL), '')
    FROM tenet.undo_columns(of_log) AS c WHERE c.is_key
$body$;

-- Pairs the images of every key: D is to be inserted again, I to be deleted, U to be set back.
CREATE FUNCTION tenet.undo_pair(of_log tenet.capture_log, captures bigint[]) RETURNS bigint
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

-- Folds the images of keys that were changed more than once: what a row became and was next is neither its beginning nor its end.
CREATE FUNCTION tenet.undo_fold(of_log tenet.capture_log, captures bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    work text := tenet.undo_work(of_log.relation);
    keys text;
    is_any boolean;
    m text[];
BEGIN
    SELECT string_agg(format('k%s', c.at), ', ' ORDER BY c.at) INTO keys FROM tenet.undo_columns(of_log) AS c WHERE c.is_key;
    EXECUTE format('DROP TABLE IF EXISTS pg_temp.tenet_many; CREATE TEMP TABLE tenet_many ON COMMIT DROP AS
        SELECT %1$s FROM %2$I GROUP BY %1$s HAVING count(*) > 1 OR bool_or(is_again)', keys, work);
    EXECUTE 'SELECT EXISTS (SELECT FROM tenet_many)' INTO is_any;
    IF NOT is_any THEN
        RETURN;
    END IF;
    EXECUTE format('DELETE FROM %I AS w USING tenet_many AS m WHERE (%s) = (%s)', work, 'w.' || replace(keys, ', ', ', w.'),
                   'm.' || replace(keys, ', ', ', m.'));
    SELECT ARRAY[string_agg(format('l.%s::%s = m.k%s', c.name, c.real_type, c.at), ' AND ') FILTER (WHERE c.is_key),
                 string_agg(format('(%s, l.%s::text, %L::boolean)', c.at, c.name, c.is_updated), ', '),
                 string_agg(format('o%1$s, n%1$s', c.at), ', ' ORDER BY c.at),
                 string_agg(format('(CASE WHEN left(f.o->>%2$L, 1) = ''v'' THEN substr(f.o->>%2$L, 2) END)::%3$s,
                     (CASE WHEN left(f.n->>%2$L, 1) = ''v'' THEN substr(f.n->>%2$L, 2) END)::%4$s', NULL, c.at, c.real_type,
                     c.log_type), ', ' ORDER BY c.at)]
    INTO m
    FROM tenet.undo_columns(of_log) AS c;
    EXECUTE format($query$
WITH image AS MATERIALIZED (
    SELECT %1$s, l.tenet_image, v.at, coalesce('v' || v.value, 'n') AS value
    FROM tenet_undo.%2$I AS l JOIN tenet_many AS m ON %3$s
    CROSS JOIN LATERAL (VALUES %4$s) AS v (at, value, is_updated)
    WHERE l.tenet_capture = ANY (%5$L::bigint[]) AND (v.is_updated OR l.tenet_image IN ('d', 'i'))
), was AS (
    SELECT %6$s, at, value FROM image WHERE tenet_image IN ('b', 'd')
    EXCEPT ALL SELECT %6$s, at, value FROM image WHERE tenet_image IN ('a', 'i')
), becomes AS (
    SELECT %6$s, at, value FROM image WHERE tenet_image IN ('a', 'i')
    EXCEPT ALL SELECT %6$s, at, value FROM image WHERE tenet_image IN ('b', 'd')
), balance AS (
    SELECT %6$s, count(*) FILTER (WHERE tenet_image IN ('b', 'd')) - count(*) FILTER (WHERE tenet_image IN ('a', 'i')) AS of_key
    FROM image WHERE at = %7$s GROUP BY %6$s
), old AS (SELECT %6$s, jsonb_object_agg(at, value) AS o FROM was GROUP BY %6$s),
new AS (SELECT %6$s, jsonb_object_agg(at, value) AS n FROM becomes GROUP BY %6$s)
INSERT INTO %8$I (op, is_again, o, n, %6$s, %9$s)
SELECT CASE f.of_key WHEN 1 THEN 'D' WHEN -1 THEN 'I' ELSE 'M' END::"char", false, f.o, f.n, %10$s, %11$s
FROM (SELECT * FROM balance LEFT JOIN old USING (%6$s) LEFT JOIN new USING (%6$s)) AS f
WHERE f.of_key <> 0 OR f.o IS NOT NULL
$query$, 'm.' || replace(keys, ', ', ', m.'), of_log.log, m[1], m[2], captures, keys,
        (SELECT min(c.at) FROM tenet.undo_columns(of_log) AS c WHERE c.is_key), work, m[3],
        'f.' || replace(keys, ', ', ', f.'), m[4]);
END
$body$;

-- Records what an undo is about to do, so that it can be undone itself.
CREATE FUNCTION tenet.undo_record(of_log tenet.capture_log, own bigint, of_tenant text, after boolean) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    l text[];
BEGIN
    SELECT ARRAY[string_agg(c.name, ', ' ORDER BY c.at), string_agg(format('w.n%s', c.at), ', ' ORDER BY c.at),
                 string_agg(format('w.o%s::%s', c.at, c.log_type), ', ' ORDER BY c.at),
                 string_agg(format('t.%s::%s', c.name, c.log_type), ', ' ORDER BY c.at),
                 string_agg(c.name, ', ' ORDER BY c.at) FILTER (WHERE c.is_updated),
                 string_agg(format('w.n%s', c.at), ', ' ORDER BY c.at) FILTER (WHERE c.is_updated),
                 string_agg(format('w.o%s::%s', c.at, c.log_type), ', ' ORDER BY c.at) FILTER (WHERE c.is_updated)]
    INTO l FROM tenet.undo_columns(of_log) AS c;
    -- Rows that were folded may be set back in columns that no single update changed: all of them are recorded.
    EXECUTE format('INSERT INTO tenet_undo.%I (tenet_capture, tenet_image, %s) SELECT %s, %L, %s FROM %I AS w JOIN %s AS t ON %s
        WHERE w.op = ''M''', of_log.log, l[1], own, CASE WHEN after THEN 'i' ELSE 'd' END, l[4],
        tenet.undo_work(of_log.relation), of_log.relation, tenet.undo_match(of_log, of_tenant));
    IF after THEN
        RETURN;
    END IF;
    EXECUTE format('INSERT INTO tenet_undo.%1$I (tenet_capture, tenet_image, %2$s)
        SELECT %3$s, ''d'', %4$s FROM %6$I AS w WHERE op = ''I''
        UNION ALL SELECT %3$s, ''i'', %5$s FROM %6$I AS w WHERE op = ''D''', of_log.log, l[1], own, l[2], l[3],
        tenet.undo_work(of_log.relation));
    EXECUTE format('INSERT INTO tenet_undo.%1$I (tenet_capture, tenet_image, %2$s)
        SELECT %3$s, ''b'', %4$s FROM %6$I AS w WHERE op = ''U''
        UNION ALL SELECT %3$s, ''a'', %5$s FROM %6$I AS w WHERE op = ''U''', of_log.log, l[5], own, l[6], l[7],
        tenet.undo_work(of_log.relation));
END
$body$;

-- Sets rows back that trade the values of a unique key among themselves: all are taken out before any is put in.
CREATE FUNCTION tenet.undo_trade(of_log tenet.capture_log, assignments text, condition text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    columns text;
    keys text;
    moved bigint;
BEGIN
    PERFORM tenet.require(current_setting('session_replication_role') = 'replica',
        format('rows of %s trade unique values, and only a role that may set session_replication_role can undo that', of_log.relation));
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO columns FROM pg_attribute AS a
    WHERE a.attrelid = of_log.relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '';
    SELECT string_agg(format('t.%s = w.k%s', c.name, c.at), ' AND ') INTO keys FROM tenet.undo_columns(of_log) AS c WHERE c.is_key;
    EXECUTE format('DROP TABLE IF EXISTS pg_temp.tenet_moved; CREATE TEMP TABLE tenet_moved ON COMMIT DROP AS
        SELECT %s FROM %s AS t LIMIT 0', columns, of_log.relation);
    EXECUTE format('WITH d AS (DELETE FROM %s AS t USING %I AS w WHERE %s RETURNING t.*) INSERT INTO tenet_moved SELECT %s FROM d',
        of_log.relation, tenet.undo_work(of_log.relation), condition, columns);
    EXECUTE format('UPDATE tenet_moved AS t SET %s FROM %I AS w WHERE %s AND w.op IN (''U'', ''M'')', assignments,
        tenet.undo_work(of_log.relation), keys);
    EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM tenet_moved', of_log.relation, columns, columns);
    GET DIAGNOSTICS moved = ROW_COUNT;
    RETURN moved;
END
$body$;

-- Sets back the rows of one operation, U or M, that are what was recorded.
CREATE FUNCTION tenet.undo_updates(of_log tenet.capture_log, of_tenant text, of_op "char") RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    assignments text;
    condition text;
    done bigint;
BEGIN
    SELECT string_agg(format(CASE WHEN of_op = 'M' THEN '%1$s = CASE WHEN w.o ? ''%2$s'' THEN w.o%2$s ELSE t.%1$s END'
                             WHEN c.unchanged = 'false' THEN '%1$s = w.o%2$s'
                             ELSE '%1$s = CASE WHEN %3$s THEN t.%1$s ELSE w.o%2$s END' END, c.name, c.at, c.unchanged), ', ')
               FILTER (WHERE c.is_settable),
           format('w.op = %L AND %s AND %s', of_op, tenet.undo_match(of_log, of_tenant),
                  string_agg(format(CASE WHEN of_op = 'M' THEN '(NOT w.n ? ''%2$s'' OR %1$s)' WHEN c.unchanged = 'false' THEN '%1$s'
                                    ELSE '(%3$s OR %1$s)' END, c.same, c.at, c.unchanged), ' AND '))
    INTO assignments, condition
    FROM tenet.undo_columns(of_log) AS c WHERE c.is_updated OR of_op = 'M';
    IF assignments IS NULL THEN
        RETURN 0;
    END IF;
    BEGIN
        EXECUTE format('UPDATE %s AS t SET %s FROM %I AS w WHERE %s', of_log.relation, assignments,
                       tenet.undo_work(of_log.relation), condition);
        GET DIAGNOSTICS done = ROW_COUNT;
    EXCEPTION WHEN unique_violation OR exclusion_violation THEN
        done := tenet.undo_trade(of_log, assignments, condition);
    END;
    RETURN done;
END
$body$;

CREATE FUNCTION tenet.undo_deletes(of_log tenet.capture_log, of_tenant text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    done bigint;
BEGIN
    EXECUTE format('DELETE FROM %s AS t USING %I AS w WHERE w.op = ''I'' AND %s AND %s', of_log.relation,
        tenet.undo_work(of_log.relation), tenet.undo_match(of_log, of_tenant),
        (SELECT string_agg(c.same, ' AND ') FROM tenet.undo_columns(of_log) AS c));
    GET DIAGNOSTICS done = ROW_COUNT;
    RETURN done;
END
$body$;

CREATE FUNCTION tenet.undo_inserts(of_log tenet.capture_log) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    done bigint;
BEGIN
    -- ON CONFLICT refuses constraints that can be deferred.
    BEGIN
        EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %I AS w WHERE op = ''D''',
            of_log.relation, (SELECT string_agg(c.name, ', ' ORDER BY c.at) FROM tenet.undo_columns(of_log) AS c),
            (SELECT string_agg(format('w.o%s', c.at), ', ' ORDER BY c.at) FROM tenet.undo_columns(of_log) AS c),
            tenet.undo_work(of_log.relation));
        GET DIAGNOSTICS done = ROW_COUNT;
    EXCEPTION WHEN unique_violation OR exclusion_violation THEN
        done := -1;
    END;
    RETURN done;
END
$body$;

CREATE FUNCTION tenet.undo_count(of_log tenet.capture_log, of_op "char") RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    wanted bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM %I WHERE op = %L', tenet.undo_work(of_log.relation), of_op) INTO wanted;
    RETURN wanted;
END
$body$;

-- The foreign keys between rows: how a child names its parent, as conditions on `c` and `p`.
CREATE FUNCTION tenet.undo_references(targets regclass[])
    RETURNS TABLE (name text, child regclass, parent regclass, matches text, is_set text, child_columns text[],
                   parent_columns text[])
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT f.conname::text, f.conrelid::regclass, f.confrelid::regclass,
           string_agg(format('p.%I OPERATOR(%I.%s) c.%I', pa.attname, s.nspname, o.oprname, ca.attname), ' AND '),
           string_agg(format('c.%I IS NOT NULL', ca.attname), ' AND '),
           array_agg(ca.attname::text ORDER BY k.at), array_agg(pa.attname::text ORDER BY k.at)
    FROM pg_constraint AS f
    CROSS JOIN LATERAL unnest(f.conkey, f.confkey, f.conpfeqop) WITH ORDINALITY AS k (child, parent, operator, at)
    JOIN pg_attribute AS ca ON ca.attrelid = f.conrelid AND ca.attnum = k.child
    JOIN pg_attribute AS pa ON pa.attrelid = f.confrelid AND pa.attnum = k.parent
    JOIN pg_operator AS o ON o.oid = k.operator
    JOIN pg_namespace AS s ON s.oid = o.oprnamespace
    WHERE f.contype = 'f' AND f.conparentid = 0 AND f.convalidated AND (f.conrelid = ANY (targets) OR f.confrelid = ANY (targets))
    GROUP BY f.oid, f.conname, f.conrelid, f.confrelid
$body$;

-- The recorded values of some columns under their own names and types.
CREATE FUNCTION tenet.undo_columns_as(of_log tenet.capture_log, names text[], alias text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT string_agg(format('%sn%s::%s AS %s', alias, c.at, c.real_type, c.name), ', ')
    FROM tenet.undo_columns(of_log) AS c
    WHERE c.name IN (SELECT quote_ident(n) FROM unnest(names) AS n)
$body$;

-- Says whether no row names what an undo takes away from a relation.
CREATE FUNCTION tenet.undo_is_unnamed(of_log tenet.capture_log) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    f record;
    is_broken boolean;
BEGIN
    FOR f IN SELECT * FROM tenet.undo_references(ARRAY[of_log.relation]) LOOP
        CONTINUE WHEN f.parent <> of_log.relation OR tenet.undo_count(of_log, 'I') + tenet.undo_count(of_log, 'M') = 0
            AND NOT (of_log.updated IS NULL OR f.parent_columns && of_log.updated);
        EXECUTE format('SELECT EXISTS (SELECT FROM (SELECT %s FROM %I WHERE op <> ''D'') AS p JOIN %s AS c ON %s
            WHERE NOT EXISTS (SELECT FROM %s AS p WHERE %s))', tenet.undo_columns_as(of_log, f.parent_columns, ''),
            tenet.undo_work(of_log.relation), f.child, f.matches, f.parent, f.matches)
        INTO is_broken;
        IF is_broken THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END
$body$;

-- Says whether all that the rows name that an undo brings back is there.
CREATE FUNCTION tenet.undo_is_founded(of_log tenet.capture_log) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    f record;
    keys text;
    is_broken boolean;
BEGIN
    SELECT string_agg(format('c.%s = w.k%s', k.name, k.at), ' AND ') INTO keys
    FROM tenet.undo_columns(of_log) AS k WHERE k.is_key;
    FOR f IN SELECT * FROM tenet.undo_references(ARRAY[of_log.relation]) LOOP
        CONTINUE WHEN f.child <> of_log.relation OR tenet.undo_count(of_log, 'D') + tenet.undo_count(of_log, 'M') = 0
            AND NOT (of_log.updated IS NULL OR f.child_columns && of_log.updated);
        EXECUTE format('SELECT EXISTS (SELECT FROM %I AS w JOIN %s AS c ON %s WHERE w.op <> ''I'' AND %s
            AND NOT EXISTS (SELECT FROM %s AS p WHERE %s))', tenet.undo_work(of_log.relation), f.child, keys, f.is_set, f.parent,
            f.matches)
        INTO is_broken;
        IF is_broken THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END
$body$;

-- Says whether an undo keeps every foreign key: nothing else checks them while triggers sleep.
CREATE FUNCTION tenet.undo_is_sound(logs tenet.capture_log[]) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    log tenet.capture_log;
BEGIN
    FOREACH log IN ARRAY logs LOOP
        IF NOT (tenet.undo_is_unnamed(log) AND tenet.undo_is_founded(log)) THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END
$body$;

-- Marks what is not any more as it was recorded.
CREATE FUNCTION tenet.undo_mark_changed(of_log tenet.capture_log, of_tenant text) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    work text := tenet.undo_work(of_log.relation);
    condition text := tenet.undo_match(of_log, of_tenant);
    changed text;
    marked bigint;
    total bigint := 0;
BEGIN
    SELECT format('concat_ws('', '', %s)', string_agg(format('CASE WHEN (%s) AND NOT (%s) THEN %L END',
        CASE WHEN c.is_updated THEN format('w.op = ''I'' OR w.op = ''U'' AND NOT (%s) OR w.n ? ''%s''', c.unchanged, c.at)
             ELSE format('w.op = ''I'' OR w.n ? ''%s''', c.at) END, c.same, c.name), ', '))
    INTO changed FROM tenet.undo_columns(of_log) AS c;
    EXECUTE format('UPDATE %1$I AS w SET conflict = ''is gone since'' WHERE op IN (''U'', ''I'', ''M'') AND conflict IS NULL
        AND NOT EXISTS (SELECT FROM %2$s AS t WHERE %3$s)', work, of_log.relation, condition);
    GET DIAGNOSTICS marked = ROW_COUNT;
    total := total + marked;
    EXECUTE format('UPDATE %1$I AS w SET conflict = ''was changed since: '' || %4$s FROM %2$s AS t
        WHERE w.op IN (''U'', ''I'', ''M'') AND w.conflict IS NULL AND %3$s AND length(%4$s) > 0',
        work, of_log.relation, condition, changed);
    GET DIAGNOSTICS marked = ROW_COUNT;
    total := total + marked;
    EXECUTE format('UPDATE %1$I AS w SET conflict = ''is there again'' FROM %2$s AS t
        WHERE w.op = ''D'' AND w.conflict IS NULL AND %3$s', work, of_log.relation, tenet.undo_match(of_log, NULL));
    GET DIAGNOSTICS marked = ROW_COUNT;
    total := total + marked;
    RETURN total;
END
$body$;

-- Marks what rows name that were made since: deleting it would take them along, or leave them without what they name.
CREATE FUNCTION tenet.undo_mark_named(of_log tenet.capture_log, logs tenet.capture_log[]) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    f record;
    child tenet.capture_log;
    stays text;
    marked bigint;
    total bigint := 0;
BEGIN
    FOR f IN SELECT * FROM tenet.undo_references(ARRAY[of_log.relation]) LOOP
        CONTINUE WHEN f.parent <> of_log.relation;
        stays := 'true';
        SELECT * INTO child FROM unnest(logs) AS l WHERE l.relation = f.child;
        IF child.log IS NOT NULL THEN
            SELECT format('NOT EXISTS (SELECT FROM %I AS x WHERE x.op <> ''D'' AND x.conflict IS NULL AND %s)',
                          tenet.undo_work(f.child), string_agg(format('x.k%s = c.%s', k.at, k.name), ' AND '))
            INTO stays FROM tenet.undo_columns(child) AS k WHERE k.is_key;
        END IF;
        EXECUTE format('UPDATE %I AS w SET conflict = %L WHERE op = ''I'' AND conflict IS NULL AND EXISTS (
            SELECT FROM (SELECT %s) AS p JOIN %s AS c ON %s WHERE %s)', tenet.undo_work(of_log.relation),
            format('is named by %s (%s) since', f.child, f.name), tenet.undo_columns_as(of_log, f.parent_columns, 'w.'),
            f.child, f.matches, stays);
        GET DIAGNOSTICS marked = ROW_COUNT;
        total := total + marked;
    END LOOP;
    RETURN total;
END
$body$;

-- Takes what the rows are now for what was recorded: they are overwritten whatever they are.
CREATE FUNCTION tenet.undo_force(of_log tenet.capture_log, of_tenant text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    work text := tenet.undo_work(of_log.relation);
    l text[];
BEGIN
    SELECT ARRAY[string_agg(format('n%s = t.%s::%s', c.at, c.name, c.log_type), ', '),
                 string_agg(format('%L, ''v''', c.at), ', ')]
    INTO l FROM tenet.undo_columns(of_log) AS c;
    EXECUTE format('UPDATE %I AS w SET %s, conflict = NULL FROM %s AS t WHERE conflict LIKE ''was changed%%'' AND %s', work, l[1],
        of_log.relation, tenet.undo_match(of_log, of_tenant));
    EXECUTE format('UPDATE %I AS w SET %s, op = ''M'', o = jsonb_build_object(%s), n = ''{}'', conflict = NULL FROM %s AS t
        WHERE conflict = ''is there again'' AND %s', work, l[1], l[2], of_log.relation, tenet.undo_match(of_log, of_tenant));
    EXECUTE format('DELETE FROM %I WHERE conflict = ''is gone since''', work);
END
$body$;

-- Settles what is in the way as the policy says: `fail`, `skip` or `force`.
CREATE FUNCTION tenet.undo_settle(logs tenet.capture_log[], of_tenant text, own bigint, policy text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    log tenet.capture_log;
    marked bigint := 1;
    listed text;
    conflicts bigint;
BEGIN
    -- A row that stays because of a conflict may name another that then must stay too.
    WHILE marked > 0 LOOP
        marked := 0;
        FOREACH log IN ARRAY logs LOOP
            marked := marked + tenet.undo_mark_changed(log, of_tenant) + tenet.undo_mark_named(log, logs);
        END LOOP;
    END LOOP;
    FOREACH log IN ARRAY logs LOOP
        EXECUTE format('INSERT INTO tenet.capture_conflict (capture, relation, key, reason)
            SELECT %s, %L, concat_ws('', '', %s), conflict FROM %I WHERE conflict IS NOT NULL ORDER BY 3', own, log.relation::text,
            (SELECT string_agg(format('k%s', c.at), ', ' ORDER BY c.at) FROM tenet.undo_columns(log) AS c WHERE c.is_key),
            tenet.undo_work(log.relation));
    END LOOP;
    SELECT count(*), string_agg(format('%s (%s) %s', c.relation, c.key, c.reason), chr(10) ORDER BY c.id) FILTER (WHERE c.at <= 50)
    INTO conflicts, listed
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS at FROM tenet.capture_conflict WHERE capture = own) AS c;
    IF conflicts > 0 AND (policy = 'fail' OR policy = 'force' AND EXISTS (
        SELECT FROM tenet.capture_conflict WHERE capture = own AND reason LIKE 'is named by%')) THEN
        RAISE EXCEPTION '% of the rows to bring back are not what the migration left: nothing was undone', conflicts
            USING DETAIL = listed, ERRCODE = 'integrity_constraint_violation',
                  HINT = 'Set tenet.conflicts to skip to leave them, or to force to overwrite them.';
    END IF;
    FOREACH log IN ARRAY logs LOOP
        IF policy = 'force' THEN
            PERFORM tenet.undo_force(log, of_tenant);
        ELSE
            EXECUTE format('DELETE FROM %I WHERE conflict IS NOT NULL', tenet.undo_work(log.relation));
        END IF;
    END LOOP;
    IF conflicts > 0 THEN
        RAISE WARNING '% rows were not what the migration left: they were %', conflicts,
            CASE policy WHEN 'force' THEN 'overwritten' ELSE 'left alone' END USING DETAIL = listed;
    END IF;
END
$body$;

-- Lets the triggers of the application sleep: what they did was recorded too.
CREATE FUNCTION tenet.undo_hush(logs tenet.capture_log[]) RETURNS void
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

CREATE FUNCTION tenet.undo_wake(logs tenet.capture_log[]) RETURNS void
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

-- Undoes all relations; false, and nothing is done, when some row is not what was recorded.
CREATE FUNCTION tenet.undo_try(logs tenet.capture_log[], of_tenant text, own bigint) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    log tenet.capture_log;
    is_whole boolean := true;
BEGIN
    FOREACH log IN ARRAY logs LOOP
        PERFORM tenet.undo_record(log, own, of_tenant, false);
    END LOOP;
    IF current_setting('session_replication_role') = 'replica' THEN
        -- Nothing checks references meanwhile, so unique values are given back before they are taken.
        FOREACH log IN ARRAY logs LOOP
            is_whole := is_whole AND tenet.undo_deletes(log, of_tenant) = tenet.undo_count(log, 'I');
            is_whole := is_whole AND tenet.undo_updates(log, of_tenant, 'U') = tenet.undo_count(log, 'U');
            is_whole := is_whole AND tenet.undo_updates(log, of_tenant, 'M') = tenet.undo_count(log, 'M');
            is_whole := is_whole AND tenet.undo_inserts(log) = tenet.undo_count(log, 'D');
        END LOOP;
    ELSE
        -- Parents come first in the list.
        FOREACH log IN ARRAY logs LOOP
            is_whole := is_whole AND tenet.undo_inserts(log) = tenet.undo_count(log, 'D');
        END LOOP;
        FOREACH log IN ARRAY logs LOOP
            is_whole := is_whole AND tenet.undo_updates(log, of_tenant, 'U') = tenet.undo_count(log, 'U');
            is_whole := is_whole AND tenet.undo_updates(log, of_tenant, 'M') = tenet.undo_count(log, 'M');
        END LOOP;
        -- A cascade would take the application's own rows along.
        FOR at IN REVERSE array_upper(logs, 1)..1 LOOP
            is_whole := is_whole AND tenet.undo_mark_named(logs[at], logs) = 0;
            is_whole := is_whole AND tenet.undo_deletes(logs[at], of_tenant) = tenet.undo_count(logs[at], 'I');
        END LOOP;
    END IF;
    FOREACH log IN ARRAY logs LOOP
        PERFORM tenet.undo_record(log, own, of_tenant, true);
    END LOOP;
    IF is_whole AND current_setting('session_replication_role') = 'replica' THEN
        is_whole := tenet.undo_is_sound(logs);
    END IF;
    IF NOT is_whole THEN
        RAISE EXCEPTION 'not whole' USING ERRCODE = 'TN001';
    END IF;
    RETURN true;
EXCEPTION
    WHEN SQLSTATE 'TN001' THEN
        RETURN false;
END
$body$;

-- The relations that some recordings hold rows of, parents before their children.
CREATE FUNCTION tenet.undo_logs(captures bigint[]) RETURNS tenet.capture_log[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    WITH RECURSIVE log AS (
        SELECT DISTINCT l.version, l.phase, l.step, l.relation
        FROM tenet.capture AS c
        JOIN tenet.capture_log AS l ON (l.version, l.phase, l.step) = (c.version, c.phase, c.step)
        WHERE c.id = ANY (captures)
    ), depth (relation, level) AS (
        SELECT log.relation::oid, 0 FROM log
        UNION
        SELECT f.conrelid, depth.level + 1
        FROM depth JOIN pg_constraint AS f ON f.confrelid = depth.relation AND f.contype = 'f' AND f.conrelid <> f.confrelid
        WHERE depth.level < (SELECT count(*) FROM log) AND f.conrelid IN (SELECT log.relation FROM log)
    )
    SELECT array_agg(l ORDER BY (SELECT max(level) FROM depth WHERE depth.relation = l.relation), l.log)
    FROM log JOIN tenet.capture_log AS l USING (version, phase, step, relation)
    WHERE to_regclass(format('tenet_undo.%I', l.log)) IS NOT NULL
$body$;

-- Brings back what a phase changed for a tenant, or with `rollback` what undoing it changed; returns how many rows.
CREATE FUNCTION tenet.undo(of_tenant text, of_version text, of_phase integer, of_step integer, of_way text DEFAULT 'forward')
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

-- A sequence goes back from where a statement set it to where it had stood; if numbers were given out since, they are
-- not given out again.
CREATE FUNCTION tenet.restore_set_position(of_sequence regclass, of_name text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    was jsonb;
    made jsonb := tenet.kept(of_name || ', set');
    patience text := current_setting('lock_timeout');
    is_owned boolean := true;
    is_busy boolean := false;
    reached bigint;
    called boolean;
BEGIN
    -- Under this lock nobody takes a number between the look and the change.
    BEGIN
        PERFORM set_config('lock_timeout', '100ms', true);
        EXECUTE format('ALTER SEQUENCE %s CACHE %s', of_sequence,
            (SELECT s.seqcache FROM pg_sequence AS s WHERE s.seqrelid = of_sequence));
        PERFORM set_config('lock_timeout', patience, true);
    EXCEPTION
        WHEN lock_not_available THEN is_busy := true;
        WHEN insufficient_privilege THEN is_owned := false;
    END;
    EXECUTE format('SELECT last_value, is_called FROM %s', of_sequence) INTO reached, called;
    IF NOT is_busy AND jsonb_build_object('value', reached, 'called', called) = made THEN
        was := tenet.kept(of_name);
        -- What setval does outlasts a transaction that fails, unless the transaction made the sequence's file.
        IF is_owned THEN
            EXECUTE format('ALTER SEQUENCE %s RESTART', of_sequence);
        END IF;
        PERFORM setval(of_sequence, (was ->> 'value')::bigint, (was ->> 'called')::boolean);
    ELSE
        PERFORM tenet.restore_position(of_sequence, of_name);
    END IF;
END
$body$;

-- Returns what the owner of an object grants, one entry for each privilege of each role; a role that is null is PUBLIC.
CREATE FUNCTION tenet.privileges(of_class regclass, of_object oid) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    WITH lists (place, list, owner) AS (
        SELECT NULL::text, coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)),
               c.relowner
        FROM pg_class AS c WHERE of_class = 'pg_class'::regclass AND c.oid = of_object
        UNION ALL
        SELECT quote_ident(a.attname), a.attacl, c.relowner
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE of_class = 'pg_class'::regclass AND c.oid = of_object AND a.attacl IS NOT NULL AND NOT a.attisdropped
        UNION ALL
        SELECT NULL, coalesce(p.proacl, acldefault('f', p.proowner)), p.proowner
        FROM pg_proc AS p WHERE of_class = 'pg_proc'::regclass AND p.oid = of_object
        UNION ALL
        SELECT NULL, coalesce(n.nspacl, acldefault('n', n.nspowner)), n.nspowner
        FROM pg_namespace AS n WHERE of_class = 'pg_namespace'::regclass AND n.oid = of_object
        UNION ALL
        SELECT NULL, coalesce(t.typacl, acldefault('T', t.typowner)), t.typowner
        FROM pg_type AS t WHERE of_class = 'pg_type'::regclass AND t.oid = of_object
        UNION ALL
        SELECT NULL, coalesce(l.lanacl, acldefault('l', l.lanowner)), l.lanowner
        FROM pg_language AS l WHERE of_class = 'pg_language'::regclass AND l.oid = of_object
        UNION ALL
        SELECT NULL, coalesce(f.fdwacl, acldefault('F', f.fdwowner)), f.fdwowner
        FROM pg_foreign_data_wrapper AS f WHERE of_class = 'pg_foreign_data_wrapper'::regclass AND f.oid = of_object
        UNION ALL
        SELECT NULL, coalesce(s.srvacl, acldefault('S', s.srvowner)), s.srvowner
        FROM pg_foreign_server AS s WHERE of_class = 'pg_foreign_server'::regclass AND s.oid = of_object
    )
    SELECT coalesce(jsonb_agg(jsonb_build_object(
               'column', l.place, 'privilege', e.privilege_type, 'option', e.is_grantable,
               'role', CASE e.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(e.grantee) END
           )), '[]')
    FROM lists AS l CROSS JOIN LATERAL aclexplode(l.list) AS e
    WHERE e.grantor = l.owner
$body$;

-- Gives roles the privileges on an object that they had, where null stands for PUBLIC; all roles where no list is given.
CREATE FUNCTION tenet.restore_privileges(of_class regclass, of_object oid, of_name text, of_roles text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    was jsonb := tenet.kept(of_name);
    target text := CASE of_class::text
        WHEN 'pg_class' THEN CASE (SELECT c.relkind FROM pg_class AS c WHERE c.oid = of_object)
            WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || of_object::regclass
        WHEN 'pg_proc' THEN 'ROUTINE ' || of_object::regprocedure
        WHEN 'pg_namespace' THEN 'SCHEMA ' || of_object::regnamespace
        WHEN 'pg_type' THEN 'TYPE ' || of_object::regtype
        WHEN 'pg_language' THEN 'LANGUAGE ' || (SELECT quote_ident(lanname) FROM pg_language WHERE oid = of_object)
        WHEN 'pg_foreign_data_wrapper'
            THEN 'FOREIGN DATA WRAPPER ' || (SELECT quote_ident(fdwname) FROM pg_foreign_data_wrapper WHERE oid = of_object)
        ELSE 'FOREIGN SERVER ' || (SELECT quote_ident(srvname) FROM pg_foreign_server WHERE oid = of_object)
    END;
    is_column boolean;
    change record;
BEGIN
    -- What is taken on a table is taken on its columns, so these come second.
    FOREACH is_column IN ARRAY ARRAY[false, true] LOOP
        FOR change IN
            SELECT coalesce(o.role, n.role) AS role, coalesce(o.privilege, n.privilege) AS privilege,
                   ' (' || coalesce(o.place, n.place) || ')' AS place, o.option AS had, n.option AS has
            FROM (SELECT e ->> 'column' AS place, e ->> 'role' AS role, e ->> 'privilege' AS privilege,
                         (e ->> 'option')::boolean AS option FROM jsonb_array_elements(was) AS e) AS o
            FULL JOIN (SELECT e ->> 'column' AS place, e ->> 'role' AS role, e ->> 'privilege' AS privilege,
                              (e ->> 'option')::boolean AS option
                       FROM jsonb_array_elements(tenet.privileges(of_class, of_object)) AS e) AS n
              ON concat_ws('.', quote_nullable(n.place), quote_nullable(n.role), n.privilege)
               = concat_ws('.', quote_nullable(o.place), quote_nullable(o.role), o.privilege)
            WHERE o.option IS DISTINCT FROM n.option AND (coalesce(o.place, n.place) IS NOT NULL) = is_column
              AND (of_roles IS NULL OR EXISTS (SELECT FROM unnest(of_roles) AS r (name)
                                               WHERE r.name IS NOT DISTINCT FROM coalesce(o.role, n.role)))
        LOOP
            EXECUTE CASE
                WHEN change.had IS NULL THEN format('REVOKE %s%s ON %s FROM %s', change.privilege, change.place, target,
                    coalesce(quote_ident(change.role), 'PUBLIC'))
                WHEN change.has THEN format('REVOKE GRANT OPTION FOR %s%s ON %s FROM %s', change.privilege, change.place,
                    target, coalesce(quote_ident(change.role), 'PUBLIC'))
                ELSE format('GRANT %s%s ON %s TO %s%s', change.privilege, change.place, target,
                    coalesce(quote_ident(change.role), 'PUBLIC'),
                    CASE WHEN change.had AND change.role IS NOT NULL THEN ' WITH GRANT OPTION' END)
            END;
        END LOOP;
    END LOOP;
END
$body$;

-- Returns what a role or a database attaches to its sessions; a role that is null is every role, a database that is null
-- is every database.
CREATE FUNCTION tenet.settings(of_role text, of_database text) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT coalesce((
        SELECT s.setconfig FROM pg_db_role_setting AS s
        WHERE s.setrole = CASE WHEN of_role IS NULL THEN 0
                ELSE (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = of_role) END
          AND s.setdatabase = CASE WHEN of_database IS NULL THEN 0
                ELSE (SELECT d.oid FROM pg_database AS d WHERE d.datname = of_database) END
    ), '{}')
$body$;

-- Returns a setting as SET takes it: `name=value`. Of lists whose parts are names, each part is a constant.
CREATE FUNCTION tenet.written_setting(setting text) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    WITH split (name, value) AS (SELECT split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1))
    SELECT (SELECT string_agg(quote_ident(part), '.' ORDER BY place)
            FROM unnest(string_to_array(name, '.')) WITH ORDINALITY AS p (part, place)) || ' TO ' || CASE
        WHEN name IN ('local_preload_libraries', 'search_path', 'session_preload_libraries', 'shared_preload_libraries',
                      'temp_tablespaces', 'unix_socket_directories')
        THEN coalesce((SELECT string_agg(quote_literal(coalesce(replace(m[1], '""', '"'), rtrim(m[2]))), ', ')
                       FROM regexp_matches(value, '"((?:[^"]|"")*)"|([^",\s][^,]*)', 'g') AS m), '''''')
        ELSE quote_literal(value) END
    FROM split
$body$;

-- Gives a role or a database the settings back that a statement changed. Where nobody changed others since, all stand in
-- their old order again.
CREATE FUNCTION tenet.restore_settings(of_role text, of_database text, of_name text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    was text[] := ARRAY(SELECT jsonb_array_elements_text(tenet.kept(of_name)));
    made text[] := ARRAY(SELECT jsonb_array_elements_text(tenet.kept(of_name || ', set')));
    held text[] := tenet.settings(of_role, of_database);
    target text := CASE WHEN of_role IS NULL AND of_database IS NOT NULL THEN 'ALTER DATABASE ' || quote_ident(of_database)
        ELSE concat_ws(' ', 'ALTER ROLE', coalesce(quote_ident(of_role), 'ALL'), 'IN DATABASE ' || quote_ident(of_database)) END;
    changed text[] := ARRAY(
        SELECT DISTINCT split_part(coalesce(w, m), '=', 1)
        FROM unnest(was) AS w FULL JOIN unnest(made) AS m ON m = w WHERE w IS NULL OR m IS NULL
    );
    same integer := 0;
    setting text;
BEGIN
    IF held = made THEN
        WHILE same < least(cardinality(was), cardinality(held)) AND was[same + 1] = held[same + 1] LOOP
            same := same + 1;
        END LOOP;
        changed := ARRAY(SELECT split_part(s, '=', 1) FROM unnest(held[same + 1:]) AS s);
        was := was[same + 1:];
    ELSE
        was := ARRAY(SELECT s FROM unnest(was) AS s WHERE split_part(s, '=', 1) = ANY (changed));
    END IF;
    FOREACH setting IN ARRAY changed LOOP
        EXECUTE format('%s RESET %s', target,
            (SELECT string_agg(quote_ident(part), '.' ORDER BY place)
             FROM unnest(string_to_array(setting, '.')) WITH ORDINALITY AS p (part, place)));
    END LOOP;
    FOREACH setting IN ARRAY was LOOP
        EXECUTE format('%s SET %s', target, tenet.written_setting(setting));
    END LOOP;
END
$body$;

-- Returns the statements that give roles the privileges on an object that they have: an array, none where it is as new.
CREATE FUNCTION tenet.grants(of_class regclass, of_object oid, target text) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    WITH held (list, owner, kind) AS (
        SELECT c.relacl, c.relowner, 'r'::"char" FROM pg_class AS c WHERE of_class = 'pg_class'::regclass AND c.oid = of_object
        UNION ALL
        SELECT p.proacl, p.proowner, 'f' FROM pg_proc AS p WHERE of_class = 'pg_proc'::regclass AND p.oid = of_object
    )
    SELECT coalesce(jsonb_agg(statement ORDER BY place, statement), '[]') FROM (
        SELECT 1, format('REVOKE ALL ON %s FROM %s', target, role)
        FROM held, unnest(ARRAY['PUBLIC', quote_ident(pg_get_userbyid(owner))]) AS role WHERE list IS NOT NULL
        UNION ALL
        SELECT 2, format('GRANT %s ON %s TO %s%s', e.privilege_type, target,
            CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END,
            CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' END)
        FROM held CROSS JOIN LATERAL aclexplode(list) AS e WHERE e.grantor = owner
        UNION ALL
        SELECT 3, format('GRANT %s (%I) ON %s TO %s%s', e.privilege_type, a.attname, target,
            CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END,
            CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' END)
        FROM pg_attribute AS a CROSS JOIN LATERAL aclexplode(a.attacl) AS e
        WHERE of_class = 'pg_class'::regclass AND a.attrelid = of_object
    ) AS grants (place, statement)
$body$;

-- Returns how an object is made, how it is taken away, and what its definition does not say; null where there is none. What
-- `replaces` is made in the place of what has its name.
CREATE FUNCTION tenet.definition(of_class regclass, of_object oid) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT jsonb_build_object('definition', pg_get_indexdef(i.indexrelid), 'drop', 'DROP INDEX ' || i.indexrelid::regclass,
        'rest', array_remove(ARRAY(
            SELECT format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s', i.indexrelid::regclass, a.attnum, a.attstattarget)
            FROM pg_attribute AS a WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0 ORDER BY a.attnum
        ) || ARRAY[
            format('COMMENT ON INDEX %s IS ', i.indexrelid::regclass) || quote_literal(obj_description(i.indexrelid, 'pg_class')),
            CASE WHEN i.indisclustered THEN format('ALTER TABLE %s CLUSTER ON %I', i.indrelid::regclass, c.relname) END,
            CASE WHEN i.indisreplident
                THEN format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %I', i.indrelid::regclass, c.relname) END
        ], NULL))
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE of_class = 'pg_class'::regclass AND i.indexrelid = of_object
    UNION ALL
    SELECT jsonb_build_object('replaces', true, 'drop', 'DROP VIEW ' || c.oid::regclass,
        'definition', format('CREATE OR REPLACE VIEW %s%s AS %s', c.oid::regclass,
            ' WITH (' || array_to_string(c.reloptions, ', ') || ')', rtrim(pg_get_viewdef(c.oid), ';')),
        'rest', to_jsonb(array_remove(ARRAY[
            format('ALTER VIEW %s OWNER TO %I', c.oid::regclass, pg_get_userbyid(c.relowner)),
            format('COMMENT ON VIEW %s IS ', c.oid::regclass) || quote_literal(obj_description(c.oid, 'pg_class'))
        ] || ARRAY(
            SELECT format('COMMENT ON COLUMN %s.%I IS %L', c.oid::regclass, a.attname, col_description(c.oid, a.attnum))
            FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND col_description(c.oid, a.attnum) IS NOT NULL ORDER BY a.attnum
        ) || ARRAY(
            SELECT format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s', c.oid::regclass, a.attname,
                pg_get_expr(d.adbin, d.adrelid))
            FROM pg_attrdef AS d JOIN pg_attribute AS a ON (a.attrelid, a.attnum) = (d.adrelid, d.adnum)
            WHERE d.adrelid = c.oid ORDER BY a.attnum
        ) || ARRAY(
            SELECT pg_get_triggerdef(t.oid) FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
            ORDER BY t.tgname
        ) || ARRAY(
            SELECT pg_get_ruledef(r.oid) FROM pg_rewrite AS r WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN'
            ORDER BY r.rulename
        ), NULL)) || tenet.grants(of_class, of_object, 'TABLE ' || c.oid::regclass))
    FROM pg_class AS c WHERE of_class = 'pg_class'::regclass AND c.oid = of_object AND c.relkind = 'v'
    UNION ALL
    SELECT jsonb_build_object(
        'definition', format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid)),
        'drop', format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname),
        'rest', array_remove(ARRAY[
            format('COMMENT ON CONSTRAINT %I ON %s IS ', c.conname, c.conrelid::regclass)
                || quote_literal(obj_description(c.oid, 'pg_constraint')),
            CASE WHEN i.indisclustered THEN format('ALTER TABLE %s CLUSTER ON %I', c.conrelid::regclass, c.conname) END,
            CASE WHEN i.indisreplident
                THEN format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %I', c.conrelid::regclass, c.conname) END
        ], NULL))
    FROM pg_constraint AS c LEFT JOIN pg_index AS i ON i.indexrelid = c.conindid AND c.contype IN ('p', 'u', 'x')
    WHERE of_class = 'pg_constraint'::regclass AND c.oid = of_object
    UNION ALL
    SELECT jsonb_build_object('definition', pg_get_statisticsobjdef(s.oid),
        'drop', format('DROP STATISTICS %I.%I', n.nspname, s.stxname),
        'rest', array_remove(ARRAY[
            CASE WHEN s.stxstattarget >= 0
                THEN format('ALTER STATISTICS %I.%I SET STATISTICS %s', n.nspname, s.stxname, s.stxstattarget) END,
            format('COMMENT ON STATISTICS %I.%I IS ', n.nspname, s.stxname)
                || quote_literal(obj_description(s.oid, 'pg_statistic_ext')),
            format('ALTER STATISTICS %I.%I OWNER TO %I', n.nspname, s.stxname, pg_get_userbyid(s.stxowner))
        ], NULL))
    FROM pg_statistic_ext AS s JOIN pg_namespace AS n ON n.oid = s.stxnamespace
    WHERE of_class = 'pg_statistic_ext'::regclass AND s.oid = of_object
    UNION ALL
    SELECT jsonb_build_object('replaces', true, 'definition', pg_get_functiondef(p.oid),
        'drop', 'DROP ROUTINE ' || p.oid::regprocedure,
        'rest', to_jsonb(array_remove(ARRAY[
            format('ALTER ROUTINE %s OWNER TO %I', p.oid::regprocedure, pg_get_userbyid(p.proowner)),
            format('COMMENT ON ROUTINE %s IS ', p.oid::regprocedure) || quote_literal(obj_description(p.oid, 'pg_proc'))
        ], NULL)) || tenet.grants(of_class, of_object, 'ROUTINE ' || p.oid::regprocedure))
    FROM pg_proc AS p WHERE of_class = 'pg_proc'::regclass AND p.oid = of_object AND p.prokind <> 'a'
    UNION ALL
    SELECT jsonb_build_object('definition', pg_get_triggerdef(t.oid),
        'drop', format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass),
        'rest', array_remove(ARRAY[
            CASE WHEN t.tgenabled <> 'O' THEN format('ALTER TABLE %s %s TRIGGER %I', t.tgrelid::regclass,
                CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, t.tgname) END,
            format('COMMENT ON TRIGGER %I ON %s IS ', t.tgname, t.tgrelid::regclass)
                || quote_literal(obj_description(t.oid, 'pg_trigger'))
        ], NULL))
    FROM pg_trigger AS t WHERE of_class = 'pg_trigger'::regclass AND t.oid = of_object
    UNION ALL
    SELECT jsonb_build_object('definition', pg_get_ruledef(r.oid),
        'drop', format('DROP RULE %I ON %s', r.rulename, r.ev_class::regclass),
        'rest', array_remove(ARRAY[
            CASE WHEN r.ev_enabled <> 'O' THEN format('ALTER TABLE %s %s RULE %I', r.ev_class::regclass,
                CASE r.ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END,
                r.rulename) END,
            format('COMMENT ON RULE %I ON %s IS ', r.rulename, r.ev_class::regclass)
                || quote_literal(obj_description(r.oid, 'pg_rewrite'))
        ], NULL))
    FROM pg_rewrite AS r WHERE of_class = 'pg_rewrite'::regclass AND r.oid = of_object
    UNION ALL
    SELECT jsonb_build_object(
        'definition', concat_ws(' ', format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, p.polrelid::regclass,
            CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
            CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
                ELSE 'ALL' END,
            (SELECT string_agg(CASE role WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END, ', ')
             FROM unnest(p.polroles) AS role)),
            'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
            'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'),
        'drop', format('DROP POLICY %I ON %s', p.polname, p.polrelid::regclass),
        'rest', array_remove(ARRAY[
            format('COMMENT ON POLICY %I ON %s IS ', p.polname, p.polrelid::regclass)
                || quote_literal(obj_description(p.oid, 'pg_policy'))
        ], NULL))
    FROM pg_policy AS p WHERE of_class = 'pg_policy'::regclass AND p.oid = of_object
$body$;

-- Makes an object again as it was, when it is no longer there or its definition is another: by a statement that replaced or
-- dropped it, or by a change of a column's type, which leaves casts in expressions and takes targets away.
CREATE FUNCTION tenet.restore_definition(of_class regclass, of_object oid, of_name text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET check_function_bodies = off
    AS $body$
DECLARE
    was jsonb := tenet.kept(of_name);
    found jsonb := tenet.definition(of_class, of_object);
    is_other boolean := found ->> 'definition' IS DISTINCT FROM was ->> 'definition';
    statement text;
BEGIN
    IF was IS NULL OR was = 'null' OR NOT is_other AND found -> 'rest' = was -> 'rest' THEN
        RETURN;
    END IF;
    IF is_other AND found IS NOT NULL AND NOT coalesce((was -> 'replaces')::boolean, false) THEN
        EXECUTE found ->> 'drop';
    END IF;
    IF is_other THEN
        EXECUTE was ->> 'definition';
    END IF;
    -- What replaces keeps what its definition does not say.
    IF found IS NULL OR was -> 'replaces' IS NULL THEN
        FOR statement IN SELECT jsonb_array_elements_text(was -> 'rest') LOOP
            EXECUTE statement;
        END LOOP;
    END IF;
END
$body$;

-- Returns the name that the server gave to a constraint or an index of a table that a statement has just made without saying
-- how it is called; `expected` are the names that all those of the statement were expected to get.
CREATE FUNCTION tenet.given_name(of_table regclass, expected text[], of_name text) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    WITH made (id, name) AS (
        SELECT c.oid, c.conname FROM pg_constraint AS c
        WHERE c.conrelid = of_table AND c.xmin::text = (pg_current_xact_id()::text::bigint % 4294967296)::text
        UNION ALL
        SELECT c.oid, c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
        WHERE i.indrelid = of_table AND c.xmin::text = (pg_current_xact_id()::text::bigint % 4294967296)::text
          AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = c.oid AND k.conrelid = of_table)
    ), other (place, name) AS (
        SELECT row_number() OVER (ORDER BY id DESC), name FROM made WHERE name <> ALL (expected)
    ), missed (place, name) AS (
        SELECT row_number() OVER (ORDER BY place DESC), name FROM unnest(expected) WITH ORDINALITY AS e (name, place)
        WHERE name NOT IN (SELECT m.name FROM made AS m)
    )
    SELECT to_jsonb(coalesce((SELECT o.name::text FROM missed AS m JOIN other AS o USING (place) WHERE m.name = of_name), of_name))
$body$;

-- Drops a constraint or an index of a table under the name that the server gave it.
CREATE FUNCTION tenet.drop_given(of_table regclass, of_name text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    given text := tenet.kept(of_name) #>> '{}';
BEGIN
    IF EXISTS (SELECT FROM pg_constraint AS c WHERE c.conrelid = of_table AND c.conname = given) THEN
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', of_table, given);
    ELSE
        EXECUTE (SELECT 'DROP INDEX ' || i.indexrelid::regclass
                 FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
                 WHERE i.indrelid = of_table AND c.relname = given);
    END IF;
END
$body$;

-- Returns a digest of all definitions that are not temporary: it is the same as long as none of them changes.
CREATE FUNCTION tenet.definitions() RETURNS text
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
    AS $body$
    WITH own AS (
        SELECT c.oid, c.xmin FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.oid >= 16384 AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_toast', 'tenet', 'tenet_undo')
    )
    SELECT md5(string_agg(part, ',' ORDER BY part)) FROM (
        SELECT format('c%s:%s', oid, xmin) FROM own
        UNION ALL SELECT format('a%s.%s:%s', attrelid, attnum, xmin) FROM pg_attribute WHERE attrelid IN (SELECT oid FROM own)
        UNION ALL SELECT format('d%s:%s', oid, xmin) FROM pg_attrdef WHERE adrelid IN (SELECT oid FROM own)
        UNION ALL SELECT format('i%s:%s', indexrelid, xmin) FROM pg_index WHERE indrelid IN (SELECT oid FROM own)
        UNION ALL SELECT format('k%s:%s', oid, xmin) FROM pg_constraint
            WHERE conrelid IN (SELECT oid FROM own) OR contypid >= 16384
        UNION ALL SELECT format('g%s:%s', oid, xmin) FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM own)
        UNION ALL SELECT format('p%s:%s', oid, xmin) FROM pg_policy WHERE polrelid IN (SELECT oid FROM own)
        UNION ALL SELECT format('r%s:%s', oid, xmin) FROM pg_rewrite WHERE ev_class IN (SELECT oid FROM own)
        UNION ALL SELECT format('t%s:%s', oid, xmin) FROM pg_type
            WHERE oid >= 16384 AND (typrelid = 0 OR typrelid IN (SELECT oid FROM own)) AND typelem = 0
        UNION ALL SELECT format('e%s:%s', oid, xmin) FROM pg_enum
        UNION ALL SELECT format('f%s:%s', oid, xmin) FROM pg_proc WHERE oid >= 16384
        UNION ALL SELECT format('n%s:%s', oid, xmin) FROM pg_namespace WHERE nspname !~ '^pg_'
        UNION ALL SELECT format('x%s:%s', oid, xmin) FROM pg_extension
        UNION ALL SELECT format('b%s:%s', oid, xmin) FROM pg_publication
        UNION ALL SELECT format('l%s:%s', oid, xmin) FROM pg_default_acl
    ) AS parts (part)
$body$;

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
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    runs text[] NOT NULL DEFAULT '{}'
);

COMMENT ON COLUMN tenet.batch.reached IS 'the key at which the next batch begins; null before the first';
COMMENT ON COLUMN tenet.batch.runs IS 'the runs that worked on it';

CREATE INDEX batch_by_phase ON tenet.batch (version, phase, tenant);

-- Begins a phase, or goes on with one that was begun; only the first time is an event.
CREATE FUNCTION tenet.batch_start(of_tenant text, of_version text, of_phase integer, of_source text) RETURNS void
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
