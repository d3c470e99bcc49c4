-- What a run asks of every tenant, at less cost: of which version these tables are, and whether there is anything to do.

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
