SELECT CASE WHEN d.defaclrole::regrole::text <> quote_ident(current_user) THEN pg_get_userbyid(d.defaclrole) END AS role, n.nspname AS schema, d.defaclobjtype AS kind,
    pg_get_userbyid(x.grantee) AS grantee, x.grantee = 0 AS is_public, x.grantee = d.defaclrole AS is_owner,
    pg_get_userbyid(x.grantee) = current_user AS is_runner, x.privilege_type AS privilege, x.is_grantable AS grantable
FROM pg_default_acl d
LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
LEFT JOIN LATERAL aclexplode(d.defaclacl) x ON true
