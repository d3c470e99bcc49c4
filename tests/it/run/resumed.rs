//! Runs that go on where others ended: with whom, with what is half done, and when there is room again.

use std::process::Command;

use super::batches::{EVENTS, ROWS, end, orders, stopped};
use super::{Ended, Field, ROW, ROW_MIGRATIONS};

/// Works on birch, and kills a run that waits for that when acme is done.
fn killed(name: &str) -> Field {
    let field = Field::new(name, ROW, ROW_MIGRATIONS);
    field.server.create("app");
    field.tenet("apply --all --to 1").with(0);
    field.ask("app", "INSERT INTO accounts VALUES ('acme', true), ('birch', true), ('cedar', true), ('away', false)");
    field.ask("app", "INSERT INTO orders SELECT id, n, 5 FROM accounts, generate_series(1, 3) AS n");
    let mut session = field.session("app");
    session.execute("SELECT pg_advisory_lock(hashtextextended('tenet:birch', 0))").unwrap();
    let mut child = field.start("apply --all --jobs 1");
    let done = "SELECT count(*) FROM tenet.event WHERE tenant = 'acme' AND action = 'applied'";
    field.wait("app", done, "1");
    end(&field, &mut child);
    drop(session);
    field
}

#[test]
fn who_goes_on_works_on_the_tenants_that_the_run_began_with() {
    let field = killed("run_frozen");
    let open = "SELECT count(*) FROM tenet.run WHERE ended IS NULL";
    assert_eq!(field.ask("app", open), "1");
    // One leaves the inventory, one comes and writes rows as they are now; another comes and is not in it.
    field.ask("app", "UPDATE accounts SET is_active = false WHERE id = 'cedar'");
    field.ask("app", "INSERT INTO accounts VALUES ('delta', true), ('elm', false)");
    field.ask("app", "INSERT INTO orders SELECT id, 1, 900, 'USD' FROM accounts WHERE id IN ('delta', 'elm')");
    let status = field.tenet("status --format json").with(0).json()["tenants"].to_string();
    assert!(status.contains(r#""pending":["0002"],"state":"pending","tenant":"birch""#), "{status}");
    field.tenet("apply --all").with(0).says("going on with run").says("3 applied");
    let rows = field.ask("app", "SELECT DISTINCT tenant_id, cents, currency FROM orders ORDER BY 1");
    assert_eq!(rows, "acme|500|EUR\naway|5|\nbirch|500|EUR\ncedar|500|EUR\ndelta|900|USD\nelm|900|USD");
    assert_eq!(field.ask("app", open), "0");
    assert_eq!(field.ask("app", "SELECT count(*) FROM tenet.run_tenant"), "0");
    // Who was away when the run began is old when it comes back; who came meanwhile is not.
    field.ask("app", "UPDATE accounts SET is_active = true");
    let status = field.tenet("status --format json").with(0).json()["tenants"].to_string();
    assert_eq!(status.matches("\"pending\":[\"0002\"]").count(), 1, "{status}");
    field.tenet("apply --all").with(0);
    let rows = field.ask("app", "SELECT DISTINCT tenant_id, cents FROM orders ORDER BY 1");
    assert_eq!(rows, "acme|500\naway|500\nbirch|500\ncedar|500\ndelta|900\nelm|900");
    field.tenet("audit").with(0).says("0 breaks");
}

#[test]
fn a_run_that_is_undone_is_not_gone_on_with() {
    let field = killed("run_frozen_undone");
    let run = field.ask("app", "SELECT run FROM tenet.run");
    field.tenet(&format!("rollback --run {run}")).with(0);
    assert_eq!(field.ask("app", "SELECT count(*) FROM tenet.run WHERE ended IS NULL"), "0");
    field.ask("app", "INSERT INTO accounts VALUES ('delta')");
    field.ask("app", "INSERT INTO orders VALUES ('delta', 1, 5)");
    field.tenet("apply --all").with(0);
    assert_eq!(field.ask("app", "SELECT cents FROM orders WHERE tenant_id = 'delta'"), "500");
}

#[test]
fn a_run_is_undone_with_what_it_came_to_the_middle_of() {
    let field = orders("run_half");
    let before = field.ask("app", ROWS);
    let (mut session, mut child) = stopped(&field);
    end(&field, &mut child);
    session.execute("ROLLBACK").unwrap();
    assert_ne!(field.ask("app", ROWS), before);
    let run = field.ask("app", "SELECT runs[1] FROM tenet.batch WHERE tenant = 'o''neil'");
    field.tenet(&format!("rollback --run {run}")).with(0).says("2 rolled_back");
    assert_eq!(field.ask("app", ROWS), before);
    assert_eq!(field.ask("app", EVENTS), "intended -, withdrawn 30");
    field.tenet(&format!("rollback --run {run}")).with(0).says("no tenants");
    field.tenet("audit").with(0).says("0 breaks");
}

#[test]
fn a_run_that_is_stopped_ends_between_two_batches() {
    let field = orders("run_stopped");
    let child = field.start("apply --all --jobs 1 --rows-per-second 20");
    let reached = "SELECT coalesce(max(batches), 0) >= 2 FROM tenet.batch WHERE tenant = 'o''neil'";
    field.wait("app", reached, "t");
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let ended = Ended::of(child.wait_with_output().unwrap()).with(130).says("stopping").says("2 pending");
    assert!(!ended.out.contains("failed") && !ended.err.contains("failed"), "{ended:?}");
    let batches: usize = field.ask("app", "SELECT batches FROM tenet.batch WHERE tenant = 'o''neil'").parse().unwrap();
    assert!((2..6).contains(&batches), "{batches}");
    assert_eq!(field.ask("app", EVENTS), "intended -");
    field.tenet("apply --all").with(0).says("2 applied");
    assert_eq!(field.ask("app", "SELECT sum(cents) FROM orders WHERE tenant_id = 'o''neil'"), "456000");
    assert_eq!(field.ask("app", EVENTS), "intended -, applied 95");
}

#[test]
fn what_is_kept_for_a_time_is_gone_after_it() {
    let field = killed("run_kept");
    field.write("tenet.yaml", &format!("{ROW}undo: {{ keep: 14d }}\n"));
    field.tenet("apply --all").with(0);
    let until = |at: usize| {
        field.tenet("status --format json").with(0).json()["tenants"][at]["undoable_until"].as_str().unwrap().to_owned()
    };
    let expected = "SELECT to_char((at + interval '14 days') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
        FROM tenet.capture WHERE tenant = 'birch'";
    assert_eq!(until(1), field.ask("app", expected));
    field.ask("app", "UPDATE tenet.capture SET at = at - interval '20 days' WHERE tenant = 'birch'");
    field.tenet("apply --all").with(0).says("1 recording whose time is over was taken away");
    assert_eq!(until(1), field.ask("app", expected));
    field.tenet("rollback --tenant birch --to 1").with(4).says("was kept for a time that is over");
    assert_eq!(field.ask("app", "SELECT DISTINCT cents FROM orders WHERE tenant_id = 'birch'"), "500");
    field.tenet("rollback --tenant acme --to 1").with(0);
    assert_eq!(field.ask("app", "SELECT DISTINCT cents FROM orders WHERE tenant_id = 'acme'"), "5");
}

#[test]
fn what_is_brought_back_is_not_taken_away_meanwhile() {
    let field = killed("run_kept_meanwhile");
    field.tenet("apply --all").with(0);
    let log = field.ask("app", "SELECT format('tenet_undo.%I', log) FROM tenet.capture_log");
    let mut keeper = field.session("app");
    keeper.execute("BEGIN").unwrap();
    keeper.execute(&format!("LOCK TABLE {log} IN ACCESS EXCLUSIVE MODE")).unwrap();
    let child = field.start("rollback --tenant acme --to 1");
    // The undo has begun, and waits for the rows.
    let meet = "DO $$ BEGIN
            WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted) LOOP PERFORM pg_sleep(0.005); END LOOP;
            PERFORM tenet.capture_expire('0 s');
        END $$";
    keeper.execute(meet).unwrap();
    keeper.execute("COMMIT").unwrap();
    Ended::of(child.wait_with_output().unwrap()).with(0).says("1 rolled_back");
    assert_eq!(field.ask("app", "SELECT DISTINCT cents FROM orders WHERE tenant_id = 'acme'"), "5");
    field.tenet("rollback --tenant birch --to 1").with(4).says("was kept for a time that is over");
}

/// Sets how large a file the server's next processes may write: what is beyond it is a full disk to them.
fn room(field: &Field, size: &str) {
    let limit =
        format!("COPY (SELECT 1) TO PROGRAM 'prlimit --pid $(head -1 postmaster.pid) --fsize={size}:unlimited'");
    field.ask("postgres", &limit);
}

#[test]
fn a_full_disk_stops_a_run_and_nothing_is_lost() {
    let field = Field::new("run_full", ROW, ROW_MIGRATIONS);
    field.server.create("app");
    field.tenet("apply --all --to 1").with(0);
    field.ask("app", "INSERT INTO accounts VALUES ('acme'), ('birch'), ('cedar')");
    field.ask("app", "INSERT INTO orders SELECT 'birch', n, 5 FROM generate_series(1, 250000) AS n");
    field.ask("app", "INSERT INTO orders VALUES ('acme', 1, 5), ('cedar', 1, 5)");
    room(&field, "20000000");
    let ended = field.tenet("apply --all --jobs 1").with(4).says("could not extend file");
    let own = "SELECT count(*) FROM orders WHERE tenant_id = 'birch' AND cents <> 5";
    assert_eq!(field.ask("app", own), "0");
    let failed = "SELECT sqlstate FROM tenet.event WHERE tenant = 'birch' AND action = 'failed'";
    // From 16 on a server extends files otherwise, and knows a disk that is full from this limit.
    if field.ask("app", "SELECT current_setting('server_version_num')::int < 160000") == "t" {
        assert_eq!(field.ask("app", failed), "53100");
        assert!(ended.out.contains("2 pending, 1 failed"), "{}", ended.out);
        assert_eq!(field.ask("app", "SELECT count(*) FROM tenet.event WHERE tenant = 'cedar'"), "0");
        ended.says("disk is full");
    }
    room(&field, "unlimited");
    field.tenet("apply --all").with(0).says("3 applied");
    assert_eq!(field.ask("app", "SELECT count(*) FROM orders WHERE cents = 500 AND currency = 'EUR'"), "250002");
    field.tenet("rollback --tenant birch --to 1").with(0);
    assert_eq!(field.ask("app", "SELECT count(*) FROM orders WHERE cents = 5"), "250000");
    field.tenet("audit").with(0).says("0 breaks");
}
