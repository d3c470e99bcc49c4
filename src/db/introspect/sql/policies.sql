SELECT p.oid::int8 AS oid, p.polrelid::int8 AS relation, p.polname AS name,
    format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, p.polrelid::regclass,
        CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
        CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
            ELSE 'ALL' END,
        (SELECT string_agg(CASE WHEN role = 0 THEN 'PUBLIC'
                    WHEN pg_get_userbyid(role) = current_user THEN 'CURRENT_USER' ELSE quote_ident(pg_get_userbyid(role)) END, ', ' ORDER BY at)
            FROM unnest(p.polroles) WITH ORDINALITY AS r (role, at)))
        || COALESCE(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
        || COALESCE(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '') AS definition
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
WHERE c.relpersistence <> 't' AND OWN(pg_class, c)
