SELECT l.classoid::regclass::text AS catalog, l.objoid::int8 AS oid, l.objsubid AS part, l.provider, l.label
FROM pg_seclabel l
