-- What scripts found when they ran.

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
