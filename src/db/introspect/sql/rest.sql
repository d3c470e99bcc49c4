SELECT pg_describe_object(r.catalog::regclass, r.oid::oid, r.part) AS object
FROM (VALUES REST) r (catalog, oid, part)
WHERE r.catalog NOT LIKE '%.%' AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = r.catalog::regclass AND d.objid = r.oid::oid AND d.deptype = 'e'
)
ORDER BY object
