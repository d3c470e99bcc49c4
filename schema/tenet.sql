-- tenet's own tables in every database that it migrates: what was done to which tenant, and when.

CREATE SCHEMA tenet;

-- The migrations of these tables themselves.
CREATE TABLE tenet.ledger (
    version text PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Rows are only ever added: what is undone is another event.
CREATE TABLE tenet.event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text,
    version text NOT NULL,
    phase integer NOT NULL,
    action text NOT NULL,
    checksum text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    by_role name NOT NULL DEFAULT session_user,
    CONSTRAINT event_phase_positive CHECK (phase > 0),
    CONSTRAINT event_action_known CHECK (action IN ('intended', 'applied', 'rolled_back'))
);

COMMENT ON COLUMN tenet.event.tenant IS 'null for what runs once per database';
COMMENT ON COLUMN tenet.event.checksum IS 'of the migration''s source';

CREATE INDEX event_by_phase ON tenet.event (version, phase, tenant, id);

CREATE VIEW tenet.migration AS
SELECT e.tenant, e.version, e.phase, e.checksum,
       CASE e.action WHEN 'applied' THEN e.at ELSE (
           SELECT max(a.at) FROM tenet.event AS a
           WHERE a.version = e.version AND a.phase = e.phase AND a.tenant IS NOT DISTINCT FROM e.tenant
             AND a.action = 'applied'
       ) END AS applied_at,
       CASE e.action WHEN 'rolled_back' THEN e.at END AS rolled_back_at
FROM tenet.event AS e
WHERE e.action <> 'intended'
  AND NOT EXISTS (
      SELECT FROM tenet.event AS later
      WHERE later.version = e.version AND later.phase = e.phase AND later.tenant IS NOT DISTINCT FROM e.tenant
        AND later.action <> 'intended' AND later.id > e.id
  );

CREATE FUNCTION tenet.refuse_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
BEGIN
    RAISE EXCEPTION 'tenet.event is append-only';
END
$body$;

CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON tenet.event
    FOR EACH ROW EXECUTE FUNCTION tenet.refuse_change();
CREATE TRIGGER event_never_truncated BEFORE TRUNCATE ON tenet.event
    FOR EACH STATEMENT EXECUTE FUNCTION tenet.refuse_change();

CREATE FUNCTION tenet.require(met boolean, otherwise text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
BEGIN
    IF met IS NOT TRUE THEN
        RAISE EXCEPTION '%', otherwise;
    END IF;
END
$body$;

CREATE FUNCTION tenet.is_applied(of_tenant text, of_version text, of_phase integer) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT EXISTS (
        SELECT FROM tenet.migration AS m
        WHERE m.tenant IS NOT DISTINCT FROM of_tenant AND m.version = of_version AND m.phase = of_phase
          AND m.rolled_back_at IS NULL
    )
$body$;

-- Waits until no other transaction works on the tenant, and says whether there is anything to do.
CREATE FUNCTION tenet.claim(of_tenant text, of_version text, of_phase integer, wanted text) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('tenet:' || coalesce(of_tenant, ''), 0));
    RETURN tenet.is_applied(of_tenant, of_version, of_phase) <> (wanted = 'applied');
END
$body$;

CREATE FUNCTION tenet.record(of_tenant text, of_version text, of_phase integer, done text, of_source text)
    RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
    AS $body$
    INSERT INTO tenet.event (tenant, version, phase, action, checksum)
    VALUES (of_tenant, of_version, of_phase, done, of_source)
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
