SELECT d.oid::int8 AS oid, pg_get_userbyid(d.defaclrole) AS role, n.nspname AS schema, d.defaclobjtype AS kind,
    pg_get_userbyid(x.grantee) AS grantee, x.grantee = 0 AS is_public, x.privilege_type AS privilege,
    x.is_grantable AS grantable
FROM pg_default_acl d
LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
LEFT JOIN LATERAL aclexplode(d.defaclacl) x ON true
