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
    CONSTRAINT capture_way_known CHECK (way IN ('forward', 'rollback'))
);

COMMENT ON COLUMN tenet.capture.tenant IS 'null for what runs once per database';

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
