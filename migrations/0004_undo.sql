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
                 string_agg(format('b.%1$s = a.%1$s', c.name), ' AND ') FILTER (WHERE c.is_key)]
    INTO gone, lists
    FROM tenet.undo_columns(of_log) AS c;
    PERFORM tenet.require(gone IS NULL, format('what was recorded of %s has expired: %s is gone since', of_log.relation, gone));
    EXECUTE format('DROP TABLE IF EXISTS pg_temp.%1$I; CREATE TEMP TABLE %1$I ON COMMIT DROP AS
        SELECT (CASE WHEN a.tenet_image IS NULL THEN ''D'' WHEN b.tenet_image IS NULL THEN ''I'' ELSE ''U'' END)::"char" AS op,
               coalesce(b.tenet_image = ''d'' AND a.tenet_image = ''i'', false) AS is_again,
               NULL::jsonb AS o, NULL::jsonb AS n, NULL::text AS conflict, %2$s, %3$s
        FROM (SELECT * FROM tenet_undo.%4$I WHERE tenet_capture = ANY (%5$L::bigint[]) AND tenet_image IN (''b'', ''d'')) AS b
        FULL JOIN (SELECT * FROM tenet_undo.%4$I WHERE tenet_capture = ANY (%5$L::bigint[]) AND tenet_image IN (''a'', ''i'')) AS a
        ON %6$s', tenet.undo_work(of_log.relation), lists[1], lists[2], of_log.log, captures, lists[3]);
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
    log tenet.capture_log;
BEGIN
    PERFORM set_config('session_replication_role', 'replica', true);
EXCEPTION WHEN insufficient_privilege THEN
    FOREACH log IN ARRAY logs LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', log.relation);
    END LOOP;
END
$body$;

CREATE FUNCTION tenet.undo_wake(logs tenet.capture_log[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $body$
DECLARE
    log tenet.capture_log;
BEGIN
    IF current_setting('session_replication_role') = 'replica' THEN
        PERFORM set_config('session_replication_role', 'origin', true);
        RETURN;
    END IF;
    FOREACH log IN ARRAY logs LOOP
        EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', log.relation);
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
    SELECT array_agg(c.id) INTO captures FROM tenet.capture AS c
    WHERE (c.version, c.phase, c.step, c.way) = (of_version, of_phase, of_step, of_way) AND c.undone_at IS NULL
      AND c.tenant IS NOT DISTINCT FROM of_tenant;
    PERFORM tenet.require(captures IS NOT NULL, 'nothing was recorded that could be brought back');
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
