SELECT p.catalog::regclass::text AS catalog, p.oid::int8 AS oid, p.part, pg_get_userbyid(x.grantee) AS grantee,
    x.grantee = 0 AS is_public, x.grantee = p.owner AS is_owner, pg_get_userbyid(x.grantee) = current_user AS is_runner,
    x.privilege_type AS privilege, x.is_grantable AS grantable
FROM (
    SELECT 'pg_class' AS catalog, oid, 0 AS part, relowner AS owner, relacl AS acl,
        acldefault(CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, relowner) AS usual
    FROM pg_class WHERE relacl IS NOT NULL
    UNION ALL
    SELECT 'pg_class', a.attrelid, a.attnum, c.relowner, a.attacl, '{}'
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    -- What initdb gives on the schema `public` is no default of schemas.
    SELECT 'pg_namespace', n.oid, 0, n.nspowner, n.nspacl, COALESCE(i.initprivs, acldefault('n', n.nspowner))
    FROM pg_namespace n
    LEFT JOIN pg_init_privs i ON i.classoid = 'pg_namespace'::regclass AND i.objoid = n.oid AND i.privtype = 'i'
    WHERE n.nspacl IS NOT NULL
    UNION ALL SELECT 'pg_type', oid, 0, typowner, typacl, acldefault('T', typowner) FROM pg_type WHERE typacl IS NOT NULL
    UNION ALL SELECT 'pg_proc', oid, 0, proowner, proacl, acldefault('f', proowner) FROM pg_proc WHERE proacl IS NOT NULL
    UNION ALL SELECT 'pg_language', oid, 0, lanowner, lanacl, acldefault('l', lanowner)
    FROM pg_language WHERE lanacl IS NOT NULL
    UNION ALL SELECT 'pg_foreign_data_wrapper', oid, 0, fdwowner, fdwacl, acldefault('F', fdwowner)
    FROM pg_foreign_data_wrapper WHERE fdwacl IS NOT NULL
    UNION ALL SELECT 'pg_foreign_server', oid, 0, srvowner, srvacl, acldefault('S', srvowner)
    FROM pg_foreign_server WHERE srvacl IS NOT NULL
) p (catalog, oid, part, owner, acl, usual)
LEFT JOIN LATERAL aclexplode(p.acl) x ON true
WHERE (p.oid >= 16384 OR p.catalog = 'pg_namespace' AND p.oid = 'public'::regnamespace)
    AND NOT (p.acl @> p.usual AND p.usual @> p.acl)
