-- What statements replace, as it was: positions, privileges, definitions.

-- A sequence goes back from where a statement set it to where it had stood; if numbers were given out since, they are
-- not given out again.
CREATE FUNCTION tenet.restore_set_position(of_sequence regclass, of_name text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    was jsonb;
    made jsonb := tenet.kept(of_name || ', set');
    reached bigint;
    called boolean;
BEGIN
    EXECUTE format('SELECT last_value, is_called FROM %s', of_sequence) INTO reached, called;
    IF jsonb_build_object('value', reached, 'called', called) = made THEN
        was := tenet.kept(of_name);
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

-- Gives roles the privileges on an object that they had; null stands for PUBLIC.
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
              AND EXISTS (SELECT FROM unnest(of_roles) AS r (name)
                          WHERE r.name IS NOT DISTINCT FROM coalesce(o.role, n.role))
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

-- Returns what an index, constraint, statistics object, routine or view is, with what its definition does not say; null
-- where there is none.
CREATE FUNCTION tenet.definition(of_class regclass, of_object oid) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $body$
    SELECT jsonb_build_object('definition', pg_get_indexdef(i.indexrelid), 'clustered', i.indisclustered,
               'identity', i.indisreplident, 'comment', obj_description(i.indexrelid, 'pg_class'),
               'targets', (SELECT jsonb_object_agg(a.attnum, a.attstattarget) FROM pg_attribute AS a
                           WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0))
    FROM pg_index AS i WHERE of_class = 'pg_class'::regclass AND i.indexrelid = of_object
    UNION ALL
    SELECT jsonb_build_object('definition', pg_get_constraintdef(c.oid), 'clustered', i.indisclustered,
               'identity', i.indisreplident, 'comment', obj_description(c.oid, 'pg_constraint'))
    FROM pg_constraint AS c LEFT JOIN pg_index AS i ON i.indexrelid = c.conindid AND c.contype IN ('p', 'u', 'x')
    WHERE of_class = 'pg_constraint'::regclass AND c.oid = of_object
    UNION ALL
    SELECT jsonb_build_object('definition', pg_get_statisticsobjdef(s.oid), 'target', s.stxstattarget,
               'comment', obj_description(s.oid, 'pg_statistic_ext'))
    FROM pg_statistic_ext AS s WHERE of_class = 'pg_statistic_ext'::regclass AND s.oid = of_object
    UNION ALL
    SELECT jsonb_build_object('definition', pg_get_functiondef(p.oid))
    FROM pg_proc AS p WHERE of_class = 'pg_proc'::regclass AND p.oid = of_object AND p.prokind <> 'a'
$body$;

-- Makes an index, a constraint or a statistics object again when its definition is no longer what it was: a change of a
-- column's type and back leaves casts in expressions.
CREATE FUNCTION tenet.restore_definition(of_class regclass, of_object oid, of_name text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    was jsonb := tenet.kept(of_name);
    of_table text;
    named text;
    home text;
    target record;
BEGIN
    IF was IS NULL OR was ->> 'definition' = tenet.definition(of_class, of_object) ->> 'definition' THEN
        RETURN;
    END IF;
    CASE of_class::text
    WHEN 'pg_class' THEN
        SELECT i.indrelid::regclass, quote_ident(c.relname), quote_ident(n.nspname) INTO of_table, named, home
        FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE i.indexrelid = of_object;
        EXECUTE format('DROP INDEX %s.%s', home, named);
        EXECUTE was ->> 'definition';
        FOR target IN SELECT * FROM jsonb_each_text(coalesce(nullif(was -> 'targets', 'null'), '{}')) LOOP
            EXECUTE format('ALTER INDEX %s.%s ALTER COLUMN %s SET STATISTICS %s', home, named, target.key, target.value);
        END LOOP;
        IF was ->> 'comment' IS NOT NULL THEN
            EXECUTE format('COMMENT ON INDEX %s.%s IS %L', home, named, was ->> 'comment');
        END IF;
    WHEN 'pg_constraint' THEN
        SELECT c.conrelid::regclass, quote_ident(c.conname) INTO of_table, named
        FROM pg_constraint AS c WHERE c.oid = of_object;
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %s', of_table, named);
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %s %s', of_table, named, was ->> 'definition');
        IF was ->> 'comment' IS NOT NULL THEN
            EXECUTE format('COMMENT ON CONSTRAINT %s ON %s IS %L', named, of_table, was ->> 'comment');
        END IF;
    WHEN 'pg_statistic_ext' THEN
        SELECT format('%I.%I', n.nspname, s.stxname) INTO named
        FROM pg_statistic_ext AS s JOIN pg_namespace AS n ON n.oid = s.stxnamespace WHERE s.oid = of_object;
        EXECUTE format('DROP STATISTICS %s', named);
        EXECUTE was ->> 'definition';
        IF (was ->> 'target')::integer >= 0 THEN
            EXECUTE format('ALTER STATISTICS %s SET STATISTICS %s', named, was ->> 'target');
        END IF;
        IF was ->> 'comment' IS NOT NULL THEN
            EXECUTE format('COMMENT ON STATISTICS %s IS %L', named, was ->> 'comment');
        END IF;
    ELSE
        EXECUTE was ->> 'definition';
    END CASE;
    IF (was ->> 'clustered')::boolean THEN
        EXECUTE format('ALTER TABLE %s CLUSTER ON %s', of_table, named);
    END IF;
    IF (was ->> 'identity')::boolean THEN
        EXECUTE format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %s', of_table, named);
    END IF;
END
$body$;
