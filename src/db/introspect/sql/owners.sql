SELECT o.catalog::regclass::text AS catalog, o.oid::int8 AS oid, pg_get_userbyid(o.owner) AS owner
FROM (
    SELECT 'pg_class' AS catalog, oid, relowner AS owner FROM pg_class WHERE relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
    UNION ALL SELECT 'pg_namespace', oid, nspowner FROM pg_namespace
    UNION ALL SELECT 'pg_extension', oid, extowner FROM pg_extension
    UNION ALL SELECT 'pg_type', oid, typowner FROM pg_type
    UNION ALL SELECT 'pg_proc', oid, proowner FROM pg_proc
    UNION ALL SELECT 'pg_operator', oid, oprowner FROM pg_operator
    UNION ALL SELECT 'pg_opfamily', oid, opfowner FROM pg_opfamily
    UNION ALL SELECT 'pg_opclass', oid, opcowner FROM pg_opclass
    UNION ALL SELECT 'pg_conversion', oid, conowner FROM pg_conversion
    UNION ALL SELECT 'pg_collation', oid, collowner FROM pg_collation
    UNION ALL SELECT 'pg_language', oid, lanowner FROM pg_language
    UNION ALL SELECT 'pg_ts_dict', oid, dictowner FROM pg_ts_dict
    UNION ALL SELECT 'pg_ts_config', oid, cfgowner FROM pg_ts_config
    UNION ALL SELECT 'pg_foreign_data_wrapper', oid, fdwowner FROM pg_foreign_data_wrapper
    UNION ALL SELECT 'pg_foreign_server', oid, srvowner FROM pg_foreign_server
    UNION ALL SELECT 'pg_publication', oid, pubowner FROM pg_publication
    UNION ALL SELECT 'pg_subscription', oid, subowner FROM pg_subscription
    UNION ALL SELECT 'pg_event_trigger', oid, evtowner FROM pg_event_trigger
    UNION ALL SELECT 'pg_statistic_ext', oid, stxowner FROM pg_statistic_ext
) o (catalog, oid, owner)
WHERE o.oid >= 16384 AND o.owner <> (SELECT oid FROM pg_roles WHERE rolname = current_user)
