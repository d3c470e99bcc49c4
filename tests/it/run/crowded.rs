//! Sessions that are in each other's way: index builds, deadlocks, a full table of locks.

use super::{Ended, Field, ROW, ROW_MIGRATIONS};
use crate::server::Server;

const SCHEMA: &str = "version: 1
postgres: 15
search_path: [public]
tenancy: { isolation: schema, type: text }
databases:
  shared: { url: \"${DATABASE_URL}\" }
  tenant: { schema: \"t_{tenant_id}\" }
tenants:
  list: [a, b, c]
";

fn schemas(server: Server, name: &str, migrations: &[(&str, &str)]) -> Field {
    let field = Field::on(server, name, SCHEMA, migrations);
    field.server.create("app");
    field.ask("app", "CREATE SCHEMA t_a; CREATE SCHEMA t_b; CREATE SCHEMA t_c");
    field
}

#[test]
fn index_builds_in_one_database_wait_for_each_other_and_for_old_readers() {
    let migrations = [
        ("1_jobs.sql", "CREATE TABLE jobs (id bigint PRIMARY KEY, name text);\n"),
        ("2_by_name.sql", "CREATE INDEX CONCURRENTLY jobs_by_name ON jobs (name);\n"),
    ];
    let field = schemas(Server::start(), "run_builds", &migrations);
    field.tenet("apply --all --to 1").with(0);
    // Who reads one tenant's rows for long keeps the builds of all others in the database waiting.
    let mut reader = field.session("app");
    reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
    reader.execute("SELECT count(*) FROM t_b.jobs").unwrap();
    let child = field.start("apply --all --jobs 3");
    let building = "SELECT count(*) FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting for%'";
    field.wait("app", building, "1");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert_eq!(field.ask("app", "SELECT count(*) FROM pg_stat_progress_create_index"), "1", "one build at a time");
    // Those who wait for their turn hold no snapshot for which the build would wait in turn.
    let held =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'tenet %' AND backend_xmin IS NOT NULL
        AND query NOT LIKE '%CONCURRENTLY%'";
    assert_eq!(field.ask("app", held), "0");
    reader.execute("COMMIT").unwrap();
    let ended = Ended::of(child.wait_with_output().unwrap()).with(0).says("3 applied");
    assert!(!ended.err.contains("deadlock"), "{}", ended.err);
    let valid =
        "SELECT count(*) FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname = 'jobs_by_name' AND indisvalid";
    assert_eq!(field.ask("app", valid), "3");
    assert_eq!(field.ask("app", "SELECT count(*) FROM tenet.event WHERE action = 'failed'"), "0");
}

fn orders(name: &str, migrations: &[(&str, &str)]) -> Field {
    let field = Field::new(name, ROW, migrations);
    field.server.create("app");
    field.tenet("apply --all --to 1").with(0);
    field.ask("app", "INSERT INTO accounts VALUES ('acme'), ('birch')");
    field.ask("app", "INSERT INTO orders SELECT id, n, 5 FROM accounts, generate_series(1, 3) AS n");
    field
}

#[test]
fn a_transaction_that_a_deadlock_ended_is_run_again() {
    let change = "UPDATE orders SET cents = cents * 100 WHERE tenant_id = :'tenant_id';\n";
    let field = orders("run_deadlock", &[ROW_MIGRATIONS[0], ("0002_cents.sql", change)]);
    // The run finds the deadlock, and does so before its lock_timeout ends.
    field.ask("app", "ALTER DATABASE app SET deadlock_timeout = '50ms'");
    let mut gate = field.session("app");
    gate.execute("SELECT pg_advisory_lock(hashtextextended('tenet:acme', 0))").unwrap();
    let child = field.start("apply --all --jobs 1");
    field.wait("app", "SELECT count(*) FROM tenet.event WHERE version = '0002' AND action = 'applied'", "1");
    let mut session = field.session("app");
    session.execute("SET deadlock_timeout = '1h'").unwrap();
    session.execute("BEGIN").unwrap();
    session.execute("UPDATE orders SET cents = 7 WHERE (tenant_id, id) = ('acme', 3)").unwrap();
    // Rows are changed in the order of the table: the first is the run's while it waits for the third.
    let cross = "DO $$ BEGIN
             WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted) LOOP PERFORM pg_sleep(0.005); END LOOP;
             UPDATE orders SET cents = 7 WHERE (tenant_id, id) = ('acme', 1);
         END $$";
    let other = std::thread::spawn(move || session.execute(cross).and_then(|_| session.execute("COMMIT")));
    drop(gate);
    Ended::of(child.wait_with_output().unwrap()).with(0).says("2 applied").says("deadlock detected");
    other.join().unwrap().unwrap();
    let rows = "SELECT string_agg(cents::text, ' ' ORDER BY tenant_id, id) FROM orders";
    assert_eq!(field.ask("app", rows), "700 500 700 500 500 500");
    let once = "SELECT count(*) FROM tenet.event WHERE tenant = 'acme' AND action = 'applied'";
    assert_eq!(field.ask("app", once), "1");
}

#[test]
fn what_cannot_be_serialized_is_tried_so_often_and_fails_alone() {
    let field = orders("run_contention", ROW_MIGRATIONS);
    // A sequence counts what is rolled back, too: for one tenant the third attempt succeeds, for the other none.
    field.ask(
        "app",
        "CREATE SEQUENCE tries;
         CREATE FUNCTION contend() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF NEW.tenant_id = 'birch' OR nextval('public.tries') < 3 THEN
                 RAISE 'could not serialize access' USING ERRCODE = '40001';
             END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER contend BEFORE UPDATE ON orders FOR EACH ROW WHEN (NEW.id = 1) EXECUTE FUNCTION contend()",
    );
    let ended = field.tenet("apply --all").with(4).says("1 pending, 1 failed");
    ended.says("acme: ").says("trying again").says("could not serialize access");
    assert_eq!(field.ask("app", "SELECT sum(cents) FROM orders WHERE tenant_id = 'acme'"), "1500");
    assert_eq!(field.ask("app", "SELECT sum(cents) FROM orders WHERE tenant_id = 'birch'"), "15");
    let failed = "SELECT tenant, sqlstate FROM tenet.event WHERE action = 'failed'";
    assert_eq!(field.ask("app", failed), "birch|40001");
    field.ask("app", "DROP TRIGGER contend ON orders");
    field.tenet("apply --all").with(0).says("2 applied");
    assert_eq!(field.ask("app", "SELECT sum(cents) FROM orders"), "3000");
}

#[test]
fn a_full_table_of_locks_is_one_tenants_trouble() {
    let settings = ["max_locks_per_transaction=10", "max_connections=14"];
    let migrations = [
        ("1_log.sql", "CREATE TABLE log (at integer NOT NULL, text text) PARTITION BY RANGE (at);\n"),
        ("2_level.sql", "ALTER TABLE log ADD COLUMN level integer;\n"),
    ];
    let field = schemas(Server::start_with(&settings), "run_locks", &migrations);
    field.tenet("apply --all --to 1").with(0);
    let partitions = |schema: &str, count: usize| {
        (0..count).step_by(50).for_each(|at| {
            let one = format!(
                "DO $$ BEGIN FOR n IN {at}..{} LOOP
                     EXECUTE format('CREATE TABLE t_{schema}.log_%s PARTITION OF t_{schema}.log FOR VALUES FROM (%s) TO (%s)',
                                    n, n, n + 1);
                 END LOOP; END $$",
                at + 49
            );
            field.ask("app", &one);
        });
    };
    // One tenant has more tables than there is room for; the others fit, if not always at once.
    [("a", 150), ("b", 2500), ("c", 150)].into_iter().for_each(|(schema, count)| partitions(schema, count));
    let ended = field.tenet("apply --all --jobs 3").with(4).says("2 applied, 1 failed");
    ended.says("out of shared memory").says("max_locks_per_transaction");
    let columns = "SELECT count(*) FROM pg_attribute JOIN pg_class ON oid = attrelid
        WHERE attname = 'level' AND relnamespace = 't_%'::regnamespace";
    let of = |schema: &str| field.ask("app", &columns.replace('%', schema));
    assert_eq!([of("a"), of("b"), of("c")], ["151", "0", "151"]);
    assert_eq!(field.ask("app", "SELECT tenant, sqlstate FROM tenet.event WHERE action = 'failed'"), "b|53200");
    field.tenet("audit").with(0).says("0 breaks");
}
