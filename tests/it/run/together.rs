//! Runs that meet other sessions.

use super::{DATABASE, DATABASE_MIGRATIONS, Ended, Field, ROW, ROW_MIGRATIONS};

#[test]
fn two_runs_at_once_do_everything_once() {
    let field = Field::new("run_two", ROW, ROW_MIGRATIONS);
    field.server.create("app");
    field.tenet("apply --all --to 1").with(0);
    field.ask("app", "INSERT INTO accounts SELECT 't' || n FROM generate_series(1, 20) AS n");
    field.ask("app", "INSERT INTO orders SELECT id, 1, 5 FROM accounts");
    let children: Vec<_> = (0..3).map(|_| field.start("apply --all --jobs 3")).collect();
    for child in children {
        Ended::of(child.wait_with_output().unwrap()).with(0).says("20 applied");
    }
    let events = "SELECT count(*), count(DISTINCT (tenant, version, phase)) FROM tenet.event WHERE action = 'applied'";
    assert_eq!(field.ask("app", events), "24|24");
    assert_eq!(field.ask("app", "SELECT DISTINCT cents FROM orders"), "500");
}

#[test]
fn two_runs_install_one_ledger() {
    let field = Field::new("run_two_ledgers", DATABASE, DATABASE_MIGRATIONS);
    field.server.create("t_ahorn");
    let children: Vec<_> = (0..3).map(|_| field.start("apply --tenant ahorn")).collect();
    for child in children {
        Ended::of(child.wait_with_output().unwrap()).with(0);
    }
    assert_eq!(field.ask("t_ahorn", "SELECT count(*) FROM tenet.event WHERE action = 'applied'"), "3");
}

#[test]
fn who_blocks_a_change_is_named_and_nobody_waits_long_behind_it() {
    let field = Field::new("run_blocked", ROW, ROW_MIGRATIONS);
    field.server.create("app");
    field.tenet("apply --all --to 1").with(0);
    let mut session = field.session("app");
    session.execute("BEGIN").unwrap();
    session.execute("SELECT count(*) AS blocking_query FROM orders").unwrap();
    let child = field.start("apply --all");
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'tenet %' AND wait_event_type = 'Lock'";
    field.wait("app", waiting, "1");
    let begin = std::time::Instant::now();
    field.ask("app", "SELECT count(*) FROM orders");
    assert!(begin.elapsed().as_millis() < 2000, "a reader waited {:?} behind the change", begin.elapsed());
    std::thread::sleep(std::time::Duration::from_secs(2));
    session.execute("ROLLBACK").unwrap();
    Ended::of(child.wait_with_output().unwrap()).with(0).says("blocking_query");
}
