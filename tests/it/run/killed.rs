//! A run that is killed, and the next one that goes on: databases end as if nothing had happened.

use super::{DATABASE, DATABASE_MIGRATIONS, Ended, Field, ROW, ROW_MIGRATIONS};

/// What must be the same however often a run was killed.
const EVENTS: &str = "SELECT string_agg(coalesce(tenant, '-') || ' ' || version || ' ' || phase || ' ' || action, ', '
    ORDER BY version, phase, tenant, action) FROM tenet.event WHERE action <> 'intended' AND action <> 'failed'";

fn orders(name: &str) -> Field {
    let field = Field::new(name, ROW, ROW_MIGRATIONS);
    field.server.create("app");
    field.tenet("apply --all --to 1").with(0);
    field.ask("app", "INSERT INTO accounts VALUES ('acme'), ('birch'), ('cedar')");
    field.ask("app", "INSERT INTO orders SELECT id, n, 5 FROM accounts, generate_series(1, 3) AS n");
    field
}

/// The sessions of a run that wait for a lock.
const WAITING: &str =
    "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'tenet %' AND wait_event_type = 'Lock'";

#[test]
fn a_run_that_is_killed_at_any_lock_goes_on_to_the_same_end() {
    let whole = orders("run_whole");
    whole.tenet("apply --all").with(0);
    let expected = whole.ask("app", EVENTS);
    let rows = "SELECT md5(string_agg(o::text, ',' ORDER BY tenant_id, id)) FROM orders AS o";
    let expected_rows = whole.ask("app", rows);
    let locks = [
        "LOCK TABLE orders IN ACCESS SHARE MODE",
        "SELECT FROM orders WHERE tenant_id = 'birch' FOR UPDATE",
        "LOCK TABLE tenet.event IN SHARE MODE",
        "LOCK TABLE tenet.standing IN SHARE MODE",
        "SELECT FROM tenet.standing WHERE tenant = '' FOR UPDATE",
    ];
    for lock in locks {
        let field = orders("run_killed");
        let mut session = field.session("app");
        session.execute("BEGIN").unwrap();
        session.execute(lock).unwrap();
        let mut child = field.start("apply --all --jobs 2");
        field.wait("app", WAITING, "t");
        child.kill().unwrap();
        child.wait().unwrap();
        session.execute("ROLLBACK").unwrap();
        field.tenet("apply --all").with(0);
        assert_eq!(field.ask("app", EVENTS), expected, "{lock}");
        assert_eq!(field.ask("app", rows), expected_rows, "{lock}");
    }
}

#[test]
fn a_run_that_is_killed_at_any_time_goes_on_to_the_same_end() {
    let migrations = DATABASE_MIGRATIONS;
    let whole = Field::new("run_whole_database", DATABASE, migrations);
    let names = ["t_ahorn", "t_birke", "t_buche"];
    names.iter().for_each(|name| whole.server.create(name));
    whole.tenet("apply --all").with(0);
    let expected: Vec<String> = names.iter().map(|name| whole.ask(name, EVENTS)).collect();
    let schema = whole.server.dump("t_ahorn");
    for millis in [60, 110, 160, 210, 260, 310, 360, 410] {
        let field = Field::new("run_killed_database", DATABASE, migrations);
        names.iter().for_each(|name| field.server.create(name));
        let mut child = field.start("apply --all --jobs 2");
        std::thread::sleep(std::time::Duration::from_millis(millis));
        child.kill().unwrap();
        child.wait().unwrap();
        field.tenet("apply --all").with(0);
        for (name, expected) in names.iter().zip(&expected) {
            assert_eq!(field.ask(name, EVENTS), *expected, "{millis}");
            assert_eq!(field.server.dump(name), schema, "{millis}");
        }
    }
}

#[test]
fn a_lost_connection_is_made_again() {
    let field = orders("run_lost");
    let mut session = field.session("app");
    session.execute("BEGIN").unwrap();
    session.execute("SELECT FROM orders WHERE tenant_id = 'birch' FOR UPDATE").unwrap();
    let child = field.start("apply --all --jobs 1");
    field.wait("app", WAITING, "t");
    let kill = "SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity
        WHERE application_name LIKE 'tenet %' AND wait_event_type = 'Lock'";
    assert_eq!(field.ask("app", kill), "t");
    session.execute("ROLLBACK").unwrap();
    Ended::of(child.wait_with_output().unwrap()).with(0).says("trying again").says("was aborted");
    assert_eq!(field.ask("app", "SELECT count(*) FROM orders WHERE cents = 500"), "9");
}

#[test]
fn an_index_build_that_is_killed_half_way_is_built_again() {
    let field = Field::new("run_index", DATABASE, DATABASE_MIGRATIONS);
    field.server.create("t_ahorn");
    field.tenet("apply --tenant ahorn --to 1").with(0);
    // A snapshot that is older than the index keeps its build waiting.
    let mut session = field.session("t_ahorn");
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
    session.execute("SELECT 1").unwrap();
    let mut child = field.start("apply --tenant ahorn");
    field.wait("t_ahorn", "SELECT count(*) FROM pg_index WHERE NOT indisvalid", "1");
    child.kill().unwrap();
    child.wait().unwrap();
    let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'tenet %'";
    assert_eq!(field.ask("t_ahorn", kill), "1");
    session.execute("ROLLBACK").unwrap();
    assert_eq!(field.ask("t_ahorn", "SELECT indisvalid FROM pg_index WHERE indexrelid = 'jobs_by_due'::regclass"), "f");
    field.tenet("apply --tenant ahorn").with(0);
    assert_eq!(field.ask("t_ahorn", "SELECT indisvalid FROM pg_index WHERE indexrelid = 'jobs_by_due'::regclass"), "t");
}
