-- What statements replace, as it was: positions, privileges, definitions.

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
