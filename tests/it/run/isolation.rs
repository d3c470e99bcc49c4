//! Schemas, databases, both kinds of tables in one project, and tenants that come and go.

use super::{DATABASE, DATABASE_MIGRATIONS, Ended, Field, ROW, ROW_MIGRATIONS};

const SCHEMA: &str = "version: 1
postgres: 15
tenancy: { isolation: schema, type: text }
databases:
  shared: { url: \"${DATABASE_URL}\" }
  tenant: { schema: \"t_{tenant_id}\" }
tenants:
  query: SELECT substr(nspname, 3) AS tenant_id FROM pg_namespace WHERE nspname LIKE 't\\_%' ORDER BY 1
";

const SHAPES: &[(&str, &str)] = &[
    ("0001_jobs.sql", "CREATE TABLE jobs (id bigint PRIMARY KEY, name text);\n"),
    ("0002_due.sql", "ALTER TABLE jobs ADD COLUMN due date;\nCREATE INDEX CONCURRENTLY jobs_by_due ON jobs (due);\n"),
];

#[test]
fn each_tenant_has_its_own_schema() {
    let field = Field::new("run_schema", SCHEMA, SHAPES);
    field.server.create("app");
    ["a", "o'neil", "Zoo x"].iter().for_each(|name| {
        field.ask("app", &format!("CREATE SCHEMA \"t_{name}\""));
    });
    field.tenet("apply --all --jobs 3").with(0).says("3 applied");
    let found = "SELECT string_agg(relnamespace::regnamespace || '.' || relname, ' ' ORDER BY 1)
        FROM (SELECT * FROM pg_class WHERE relname = 'jobs_by_due' ORDER BY oid) AS c";
    assert_eq!(field.ask("app", found).split(' ').count(), 4, "{}", field.ask("app", found));
    assert_eq!(field.ask("app", "SELECT count(*), bool_and(indisvalid) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relname = 'jobs_by_due'"), "3|t");
    field.tenet("rollback --tenant a --to 1").with(0);
    assert_eq!(field.ask("app", "SELECT count(*) FROM pg_class WHERE relname = 'jobs_by_due'"), "2");
    let status = field.tenet("status --format json").with(0).json()["tenants"].clone();
    assert!(status.to_string().contains(r#""state":"rolled_back","tenant":"a""#), "{status}");
    field.tenet("apply --tenant b").with(2).says("no tenant `b`");
    field.tenet("apply --tenant b --provision").with(0).says("1 applied");
    assert_eq!(field.ask("app", "SELECT count(*) FROM pg_class WHERE relname = 'jobs'"), "4");
    field.tenet("audit").with(0).says("4 chains");
}

#[test]
fn a_new_tenant_gets_a_database_that_is_looked_at() {
    let field = Field::new("run_provision", DATABASE, SHAPES);
    field.tenet("apply --tenant ahorn").with(4).says("t_ahorn");
    field.tenet("apply --tenant ahorn --provision").with(0).says("1 applied");
    assert_eq!(field.ask("t_ahorn", "SELECT count(*) FROM pg_class WHERE relname = 'jobs_by_due'"), "1");
    field.tenet("apply --tenant neu --provision").with(0).says("1 applied");
    field.server.create("model");
    field.ask("model", "CREATE TABLE extra (id int)");
    field.tenet("apply --tenant birke --provision model").with(4).says("not what the migrations make").says("extra");
    field.tenet("apply --tenant buche --provision").with(0);
}

#[test]
fn a_tenant_that_is_gone_has_not_failed() {
    let settings = DATABASE.replace("  list: [ahorn, birke, buche]\n", "  command: [./tenants]\n");
    let field = Field::new("run_gone", &settings, DATABASE_MIGRATIONS);
    field.write("tenants", "#!/bin/sh\ncat list\n");
    let tool = field.path().join("tenants");
    assert!(std::process::Command::new("chmod").arg("+x").arg(tool).status().unwrap().success());
    field.write("list", "{\"tenant_id\": \"ahorn\"}\n{\"tenant_id\": \"birke\"}\n");
    field.server.create("t_ahorn");
    field.server.create("t_birke");
    let mut session = field.session("t_ahorn");
    session.execute("SELECT pg_advisory_lock(hashtextextended('tenet:ahorn', 0))").unwrap();
    let child = field.start("apply --all --jobs 1");
    let there = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'tenet %'";
    field.wait("t_ahorn", there, "1");
    field.server.drop("t_birke");
    field.write("list", "{\"tenant_id\": \"ahorn\"}\n");
    drop(session);
    Ended::of(child.wait_with_output().unwrap()).with(0).says("birke: no longer in the inventory").says("1 applied");
    field.write("list", "{\"tenant_id\": \"ahorn\"}\n{\"tenant_id\": \"birke\"}\n");
    field.tenet("apply --all").with(4).says("t_birke");
}

const HYBRID: &str = "version: 1
postgres: 15
migrations: { shared: migrations/shared, tenant: migrations/tenant }
tenancy:
  isolation: hybrid
  tenant_column: account_id
  type: text
  root: { table: accounts, column: id }
databases:
  shared: { url: \"${DATABASE_URL}\" }
  tenant: { url: \"host=${SOCKET} user=postgres dbname=t_{tenant_id}\" }
tenants:
  query: SELECT id AS tenant_id FROM accounts ORDER BY id
";

const HYBRID_MIGRATIONS: &[(&str, &str)] = &[
    ("shared/0001_accounts.sql", "CREATE TABLE accounts (id text PRIMARY KEY, plan text);\n"),
    (
        "shared/0002_plan.sql",
        "-- tenet: after tenant 0001\nUPDATE accounts SET plan = 'free' WHERE id = :'tenant_id';\n\
         ALTER TABLE accounts ALTER COLUMN plan SET NOT NULL;\n",
    ),
    ("tenant/0001_people.sql", "CREATE TABLE people (id bigint PRIMARY KEY);\n"),
    ("tenant/0002_names.sql", "-- tenet: after shared 0002\nALTER TABLE people ADD COLUMN name text;\n"),
];

#[test]
fn two_histories_wait_for_each_other() {
    let field = Field::new("run_hybrid", HYBRID, HYBRID_MIGRATIONS);
    field.server.create("app");
    field.tenet("apply --all --to 1").with(0).says("no tenants");
    field.ask("app", "INSERT INTO accounts (id) VALUES ('x'), ('y')");
    field.server.create("t_x");
    let ended = field.tenet("apply --all").with(4).says("t_y").says("waits for 1 tenant that is not ready: `y`");
    assert!(!ended.err.contains("0002_names"), "{}", ended.err);
    field.server.create("t_y");
    let ended = field.tenet("apply --all --jobs 1").with(0).says("2 applied");
    let order: Vec<&str> = ended.err.lines().collect();
    assert_eq!(
        order,
        [
            "y: 0001_people applied",
            "shared: 0002_plan, phase 1 of 3 applied",
            "x: 0002_plan, phase 2 of 3 applied",
            "y: 0002_plan, phase 2 of 3 applied",
            "shared: 0002_plan, phase 3 of 3 applied",
            "x: 0002_names applied",
            "y: 0002_names applied",
        ]
    );
    assert_eq!(field.ask("app", "SELECT string_agg(id || plan, ' ' ORDER BY id) FROM accounts"), "xfree yfree");
    assert_eq!(
        field.ask("t_y", "SELECT string_agg(version, ',' ORDER BY id) FROM tenet.event WHERE tenant = 'y'"),
        "0001,0002"
    );
    let status = field.tenet("status --format json").with(0).json()["tenants"].clone();
    assert_eq!(
        status[1].to_string(),
        r#"{"failed":null,"pending":[],"state":"applied","tenant":"y","undoable_until":null,"version":"0002"}"#
    );
    field.tenet("audit").with(0);
}

#[test]
fn a_pooler_that_lends_sessions_for_a_transaction_is_refused() {
    let field = Field::new("run_pooled", ROW, ROW_MIGRATIONS);
    field.server.create("app");
    let pooler = super::pooler::Pooler::start(&field.server.socket().join(".s.PGSQL.5432"));
    let mut command = field.command("apply --all");
    command
        .env("DATABASE_URL", format!("host=127.0.0.1 port={} user=postgres dbname=app sslmode=disable", pooler.port));
    Ended::of(command.output().unwrap()).with(2).says("pooler");
    assert_eq!(field.ask("app", "SELECT to_regclass('accounts') IS NULL"), "t");
}

#[test]
fn a_pooler_in_front_of_tenants_databases_is_refused() {
    let field = Field::new("run_pooled_own", DATABASE, DATABASE_MIGRATIONS);
    field.server.create("app");
    let pooler = super::pooler::Pooler::start(&field.server.socket().join(".s.PGSQL.5432"));
    let url = format!("host=127.0.0.1 port={} user=postgres dbname=t_{{tenant_id}} sslmode=disable", pooler.port);
    field.write("tenet.yaml", &DATABASE.replace("host=${SOCKET} user=postgres dbname=t_{tenant_id}", &url));
    field.tenet("apply --all").with(4).says("pooler").says("3 failed");
    assert_eq!(field.ask("app", "SELECT to_regnamespace('tenet') IS NULL"), "t");
}

#[test]
fn two_histories_share_a_database_where_tenants_have_schemas() {
    let settings =
        HYBRID.replace("url: \"host=${SOCKET} user=postgres dbname=t_{tenant_id}\"", "schema: \"t_{tenant_id}\"");
    let mut migrations = HYBRID_MIGRATIONS.to_vec();
    migrations.push(("tenant/0003_fill.sql", "UPDATE people SET name = 'p' || id WHERE id > 0;\n"));
    // A tenant's own tables name what is shared, which is not in the path of their schema.
    migrations[2].1 = "CREATE TABLE people (id bigint PRIMARY KEY, of text REFERENCES public.accounts (id));\n";
    let field = Field::new("run_hybrid_schemas", &settings, &migrations);
    field.server.create("app");
    field.tenet("apply --all --to 1").with(0).says("no tenants");
    field.ask("app", "INSERT INTO accounts (id) VALUES ('x'), ('y')");
    field.tenet("apply --all").with(4).says("there is no schema `t_x`");
    // What is shared waits for all; until then nobody knows what a new schema should hold.
    field.tenet("apply --tenant x y --provision").with(4).says("applies it for everybody");
    field.ask("app", "INSERT INTO t_x.people VALUES (1)");
    field.ask("app", "INSERT INTO t_y.people VALUES (1)");
    field.tenet("apply --all").with(0).says("2 applied");
    assert_eq!(field.ask("app", "SELECT string_agg(id || plan, ' ' ORDER BY id) FROM accounts"), "xfree yfree");
    assert_eq!(field.ask("app", "SELECT name FROM t_x.people UNION ALL SELECT name FROM t_y.people"), "p1\np1");
    let events = "SELECT string_agg(version || '/' || phase, ' ' ORDER BY id) FROM tenet.event WHERE tenant = 'y' AND action = 'applied'";
    assert_eq!(field.ask("app", events), "0001/1 shared/0002/2 0002/1 0003/1");
    let status = field.tenet("status --format json").with(0).json()["tenants"].to_string();
    assert_eq!(status.matches("\"pending\":[],\"state\":\"applied\"").count(), 2, "{status}");
    field.tenet("rollback --tenant y --to 2").with(0).says("y: 0003_fill rolled back");
    assert_eq!(field.ask("app", "SELECT (SELECT name FROM t_x.people), (SELECT name FROM t_y.people)"), "p1|");
    field.tenet("apply --all").with(0);
    field.ask("app", "INSERT INTO accounts VALUES ('z', 'gold')");
    field.tenet("apply --tenant z --provision").with(0).says("z: 0003_fill applied");
    assert_eq!(field.ask("app", "SELECT plan FROM accounts WHERE id = 'z'"), "gold");
    field.tenet("audit").with(0).says("4 chains, 0 breaks");
}

/// What tenants share and what each has go by the same names, with other columns and defaults.
const NAMESAKES: &[(&str, &str)] = &[
    (
        "shared/0001_accounts.sql",
        "CREATE TABLE accounts (id text PRIMARY KEY, plan text);
CREATE TABLE rates (code text PRIMARY KEY, rate numeric(6,2) NOT NULL DEFAULT 1);
CREATE TABLE settings (name text PRIMARY KEY, val text DEFAULT 'shared', since date);
CREATE INDEX by_val ON settings (val);
CREATE FUNCTION norm(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
",
    ),
    ("shared/0002_val.sql", "ALTER TABLE settings ALTER COLUMN val SET DEFAULT 'later';\nDROP INDEX by_val;\n"),
    (
        "tenant/0001_settings.sql",
        "CREATE TABLE settings (key int PRIMARY KEY, val int DEFAULT 7, account text REFERENCES public.accounts (id));
CREATE INDEX by_val ON settings (key, val);
CREATE TABLE invoices (id int PRIMARY KEY, code text REFERENCES public.rates, cents int);
CREATE VIEW charged AS SELECT i.id, r.rate FROM invoices AS i JOIN public.rates AS r USING (code);
CREATE FUNCTION norm(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper($1)';
INSERT INTO settings (key) VALUES (1);
INSERT INTO invoices VALUES (1, NULL, 100);
",
    ),
    (
        "tenant/0002_val.sql",
        "ALTER TABLE settings ALTER COLUMN val DROP DEFAULT;
DROP INDEX by_val;
DROP FUNCTION norm(text);
UPDATE settings SET val = 8 WHERE key > 0;
",
    ),
    ("tenant/0003_gone.sql", "DROP VIEW charged;\nALTER TABLE invoices DROP CONSTRAINT invoices_code_fkey;\n"),
    ("tenant/0004_gone.sql", "DROP TABLE settings;\n"),
];

#[test]
fn what_is_shared_and_what_is_a_tenants_own_are_told_apart_by_name() {
    let settings =
        HYBRID.replace("url: \"host=${SOCKET} user=postgres dbname=t_{tenant_id}\"", "schema: \"t_{tenant_id}\"");
    let settings = settings.replace("  root:", "  tables: { rates: global, settings: global }\n  root:");
    let field = Field::new("run_namesakes", &settings, NAMESAKES);
    field.server.create("app");
    field.tenet("verify").with(0).says("6 of 6 migrations verified");
    field.tenet("apply --all").with(0).says("no tenants");
    field.ask("app", "INSERT INTO accounts VALUES ('x'), ('y'); INSERT INTO settings (name) VALUES ('one')");
    field.tenet("apply --tenant x y --provision").with(0).says("2 applied");
    let own = "SELECT (SELECT string_agg(val::text, ',') FROM t_x.settings),
        (SELECT column_default FROM information_schema.columns WHERE table_schema = 't_x' AND table_name = 'settings' AND column_name = 'val'),
        to_regclass('t_x.by_val') IS NULL, to_regclass('t_x.charged') IS NULL, to_regproc('t_x.norm') IS NULL";
    let shared = "SELECT (SELECT val FROM settings),
        (SELECT column_default FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'settings' AND column_name = 'val'),
        to_regclass('public.by_val') IS NULL, norm('a')";
    let dump = |schema: &str| {
        let sql = format!(
            "SELECT md5(string_agg(c::text, '|' ORDER BY c::text)) FROM (SELECT relname, relkind, pg_get_viewdef(oid), \
             (SELECT string_agg(attname || coalesce(pg_get_expr(adbin, adrelid), ''), ',' ORDER BY attnum) FROM pg_attribute \
             LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = pg_class.oid AND attnum > 0), \
             (SELECT string_agg(pg_get_constraintdef(oid), ',' ORDER BY conname) FROM pg_constraint WHERE conrelid = pg_class.oid) \
             FROM pg_class WHERE relnamespace = '{schema}'::regnamespace) AS c"
        );
        field.ask("app", &sql)
    };
    assert_eq!(field.ask("app", "SELECT to_regclass('t_x.settings') IS NULL"), "t");
    let (public, other) = (dump("public"), dump("t_y"));
    field.tenet("rollback --tenant x --to 3").with(0);
    assert_eq!(field.ask("app", own), "8||t|t|t");
    field.tenet("rollback --tenant x --to 1").with(0);
    assert_eq!(field.ask("app", own), "7|7|f|f|f");
    assert_eq!(field.ask("app", "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'settings_account_fkey' AND connamespace = 't_x'::regnamespace"), "FOREIGN KEY (account) REFERENCES accounts(id)");
    assert_eq!(field.ask("app", "SELECT t_x.norm('a'), cents FROM t_x.invoices"), "A|100");
    assert_eq!((dump("public"), dump("t_y")), (public.clone(), other));
    field.tenet("apply --tenant x").with(0);
    assert_eq!(dump("t_x"), dump("t_y"));
    assert_eq!(field.ask("app", shared), "later|'later'::text|t|a");
    field.tenet("audit").with(0);
}

#[test]
fn what_is_shared_takes_nothing_of_the_tenants_along() {
    let settings =
        HYBRID.replace("url: \"host=${SOCKET} user=postgres dbname=t_{tenant_id}\"", "schema: \"t_{tenant_id}\"");
    let settings = settings.replace("  root:", "  tables: { rates: global, settings: global }\n  root:");
    let mut migrations = NAMESAKES.to_vec();
    migrations.push(("shared/0003_rates.sql", "-- tenet: after tenant 0001\nDROP TABLE rates CASCADE;\n"));
    let field = Field::new("run_takes_along", &settings, &migrations);
    field.tenet("check").with(1).says("it takes along what tenants have in schemas of their own");
    field.write("migrations/shared/0003_rates.sql", "-- tenet: after tenant 0001\nDROP TABLE rates;\n");
    field.tenet("check").with(1).says("depends on it");
    let rows = "-- tenet: after tenant 0001\nUPDATE accounts SET plan = 'free' WHERE id = :'tenant_id';\n";
    field.write("migrations/shared/0003_rates.sql", rows);
    field.tenet("check").with(0);
    let rows = "-- tenet: after tenant 0005\nDELETE FROM accounts WHERE id = :'tenant_id' AND plan = 'gone';\n";
    field.write("migrations/shared/0003_rates.sql", rows);
    let hangs = "CREATE TABLE hangs (id int PRIMARY KEY, account text REFERENCES public.accounts ON DELETE CASCADE);\n";
    field.write("migrations/tenant/0005_hangs.sql", hangs);
    field.tenet("check").with(1).says("it takes along what tenants have in schemas of their own");
    std::fs::remove_file(field.path().join("migrations/tenant/0005_hangs.sql")).unwrap();
    // Behind the migration that lets go of it nothing of theirs hangs on it.
    field.write("migrations/shared/0003_rates.sql", "-- tenet: after tenant 0003\nDROP TABLE rates;\n");
    field.tenet("check").with(0);
    field.write("migrations/tenant/0005_write.sql", "UPDATE public.settings SET since = NULL WHERE name = 'x';\n");
    field.tenet("check").with(1).says("`public.settings` is shared, and this runs once for each tenant");
    field.write("migrations/tenant/0005_write.sql", "UPDATE invoices SET code = (SELECT plan FROM public.accounts);\n");
    field.tenet("check").with(1).says("`public.accounts` is shared, and not known to be the same for every tenant");
}

#[test]
fn databases_of_tenants_hold_other_tables_of_the_same_name() {
    let own = |found: &(&'static str, &'static str)| match *found {
        (file, text) if file.ends_with("0001_settings.sql") => {
            let text = text.replace(" REFERENCES public.accounts (id)", "").replace(" REFERENCES public.rates", "");
            (file, text.replace("CREATE VIEW charged AS SELECT i.id, r.rate FROM invoices AS i JOIN public.rates AS r USING (code);\n", ""))
        }
        (file, text) => (file, text.to_owned()),
    };
    let migrations: Vec<(&str, String)> =
        NAMESAKES.iter().filter(|(file, _)| !file.ends_with("_gone.sql")).map(own).collect();
    let migrations: Vec<(&str, &str)> = migrations.iter().map(|(file, text)| (*file, text.as_str())).collect();
    let settings = HYBRID.replace("  root:", "  tables: { rates: global, settings: global }\n  root:");
    let field = Field::new("run_namesakes_apart", &settings, &migrations);
    field.tenet("verify").with(0).says("4 of 4 migrations verified");
    field.server.create("app");
    field.tenet("apply --all").with(0).says("no tenants");
    field.ask("app", "INSERT INTO accounts VALUES ('x')");
    field.server.create("t_x");
    field.tenet("apply --all").with(0).says("1 applied");
    field.tenet("rollback --tenant x --to 1").with(0);
    let found = "SELECT (SELECT val FROM settings), norm('a'), to_regclass('by_val') IS NULL,
        (SELECT column_default FROM information_schema.columns WHERE table_name = 'settings' AND column_name = 'val')";
    assert_eq!(field.ask("t_x", found), "7|A|f|7");
}

#[test]
fn temporary_tables_end_with_the_migration() {
    let migrations = [
        ("0001_jobs.sql", "CREATE TABLE jobs (id bigint PRIMARY KEY, name text);\n"),
        (
            "0002_names.sql",
            "CREATE TEMPORARY TABLE IF NOT EXISTS names AS SELECT current_schema() AS name;\n\
             INSERT INTO jobs SELECT 1, string_agg(name, ' ') FROM names;\n",
        ),
        ("0003_names.sql", "UPDATE jobs SET name = name || coalesce(to_regclass('names')::text, '') WHERE id = 1;\n"),
    ];
    let field = Field::new("run_temporary", SCHEMA, &migrations);
    field.server.create("app");
    field.ask("app", "CREATE SCHEMA t_a; CREATE SCHEMA t_b");
    field.tenet("apply --all --jobs 1").with(0).says("2 applied");
    assert_eq!(field.ask("app", "SELECT name FROM t_a.jobs UNION ALL SELECT name FROM t_b.jobs"), "t_a\nt_b");
}
