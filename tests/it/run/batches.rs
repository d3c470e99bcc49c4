//! Changes in batches: each has its own transaction, and how far they have come is known in the database.

use std::time::{Duration, Instant};

use super::{Ended, Field, ROW};

const MIGRATIONS: &[(&str, &str)] = &[
    (
        "0001_orders.sql",
        "CREATE TABLE accounts (id text PRIMARY KEY, is_active boolean NOT NULL DEFAULT true);
CREATE TABLE orders (
    tenant_id text NOT NULL REFERENCES accounts (id),
    id bigint NOT NULL,
    part text NOT NULL,
    cents bigint NOT NULL,
    PRIMARY KEY (tenant_id, id, part)
);
",
    ),
    (
        "0002_cents.sql",
        "-- tenet: batch 10
UPDATE orders AS o SET cents = cents * 100 -- twice would be wrong
WHERE tenant_id = :'tenant_id' AND (cents > 0 OR part = 'it''s');
",
    ),
];

/// Ninety-five rows of one tenant, some of another.
pub fn orders(name: &str) -> Field {
    let field = Field::new(name, ROW, MIGRATIONS);
    field.server.create("app");
    field.tenet("apply --all --to 1").with(0);
    field.ask("app", "INSERT INTO accounts VALUES ('acme'), ('o''neil')");
    field.ask("app", "INSERT INTO orders SELECT 'o''neil', n % 50, 'p' || n, n FROM generate_series(1, 95) AS n");
    field.ask("app", "INSERT INTO orders SELECT 'acme', n, 'it''s', n FROM generate_series(1, 3) AS n");
    field
}

pub const ROWS: &str = "SELECT md5(string_agg(o::text, ',' ORDER BY o)) FROM orders AS o";

/// What is recorded of the tenant.
pub const EVENTS: &str = "SELECT string_agg(action || ' ' || coalesce(changed_rows::text, '-'), ', ' ORDER BY id)
    FROM tenet.event WHERE tenant = 'o''neil'";

const BATCHES: &str =
    "SELECT count(*) FROM tenet.capture WHERE tenant = 'o''neil' AND undone_at IS NULL AND way = 'forward'";

/// Locks a row of the fourth batch, and waits until the run has come there.
pub fn stopped(field: &Field) -> (tenet::db::Connection, std::process::Child) {
    let mut session = field.session("app");
    session.execute("BEGIN").unwrap();
    let row = "SELECT FROM (SELECT ctid AS at FROM orders WHERE tenant_id = 'o''neil' ORDER BY id, part OFFSET 34 LIMIT 1) AS x
        JOIN orders AS o ON o.ctid = x.at FOR UPDATE OF o";
    session.execute(row).unwrap();
    let child = field.start("apply --all --jobs 1");
    field.wait("app", "SELECT coalesce(max(batches), 0) FROM tenet.batch WHERE tenant = 'o''neil'", "3");
    (session, child)
}

/// Kills a run, and its sessions with it: the server does not ask whether anybody still listens.
pub fn end(field: &Field, child: &mut std::process::Child) {
    child.kill().unwrap();
    child.wait().unwrap();
    field.ask(
        "app",
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'tenet %'",
    );
    field.wait("app", "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'tenet %'", "0");
}

#[test]
fn batches_end_as_one_statement_would() {
    let field = orders("batches");
    let before = field.ask("app", ROWS);
    field.tenet("apply --all").with(0);
    assert_eq!(field.ask("app", "SELECT sum(cents) FROM orders WHERE tenant_id = 'o''neil'"), "456000");
    assert_eq!(field.ask("app", "SELECT sum(cents) FROM orders WHERE tenant_id = 'acme'"), "600");
    assert_eq!(field.ask("app", EVENTS), "intended -, applied 95");
    assert_eq!(field.ask("app", BATCHES), "10");
    assert_eq!(field.ask("app", "SELECT count(*) FROM tenet.batch"), "0");
    let after = field.ask("app", ROWS);
    field.tenet("rollback --tenant o'neil acme --to 1").with(0);
    assert_eq!(field.ask("app", ROWS), before);
    field.tenet("apply --all").with(0);
    assert_eq!(field.ask("app", ROWS), after);
    field.tenet("audit").with(0).says("0 breaks");
}

#[test]
fn a_run_that_is_killed_between_batches_goes_on_behind_the_last() {
    let field = orders("batches_killed");
    let (mut session, mut child) = stopped(&field);
    end(&field, &mut child);
    session.execute("ROLLBACK").unwrap();
    assert_eq!(field.ask("app", BATCHES), "3");
    let status = field.tenet("status --format json").with(0).json()["tenants"].to_string();
    assert!(status.contains("\"pending\":[\"0002\"]"), "{status}");
    field.tenet("apply --all").with(0);
    assert_eq!(field.ask("app", "SELECT sum(cents) FROM orders WHERE tenant_id = 'o''neil'"), "456000");
    assert_eq!(field.ask("app", EVENTS), "intended -, applied 95");
    assert_eq!(field.ask("app", BATCHES), "10");
}

#[test]
fn what_is_half_done_can_be_undone() {
    let field = orders("batches_half");
    let before = field.ask("app", ROWS);
    let (mut session, mut child) = stopped(&field);
    end(&field, &mut child);
    session.execute("ROLLBACK").unwrap();
    assert_ne!(field.ask("app", ROWS), before);
    field.tenet("rollback --tenant o'neil --to 1").with(0);
    let own = "SELECT sum(cents) FROM orders WHERE tenant_id = 'o''neil'";
    assert_eq!(field.ask("app", own), "4560");
    assert_eq!(field.ask("app", EVENTS), "intended -, withdrawn 30");
    field.tenet("apply --all").with(0);
    assert_eq!(field.ask("app", own), "456000");
    field.tenet("rollback --tenant o'neil acme --to 1").with(0);
    assert_eq!(field.ask("app", ROWS), before);
    field.tenet("audit").with(0).says("0 breaks");
}

#[test]
fn a_limit_of_rows_a_second_is_kept() {
    let field = orders("batches_slow");
    let begin = Instant::now();
    field.tenet("apply --all --rows-per-second 100").with(0);
    // The last batch is not waited for.
    assert!(begin.elapsed() > Duration::from_millis(800), "{:?}", begin.elapsed());
    assert_eq!(field.ask("app", EVENTS), "intended -, applied 95");
}

#[test]
fn psql_runs_the_same_batches() {
    let field = orders("batches_psql");
    field.tenet("build").with(0);
    let script = |name: &str| std::fs::read_to_string(field.path().join("build/0002_cents").join(name)).unwrap();
    field.server.psql("app", &script("01.shared.forward.sql"), &[]).unwrap();
    for _ in 0..2 {
        field.server.psql("app", &script("02.tenant.forward.sql"), &["tenant_id=o'neil"]).unwrap();
        assert_eq!(field.ask("app", "SELECT sum(cents) FROM orders WHERE tenant_id = 'o''neil'"), "456000");
        assert_eq!(field.ask("app", BATCHES), "10");
    }
    field.server.psql("app", &script("02.tenant.rollback.sql"), &["tenant_id=o'neil"]).unwrap();
    assert_eq!(field.ask("app", "SELECT sum(cents) FROM orders WHERE tenant_id = 'o''neil'"), "4560");
}

#[test]
fn what_cannot_run_in_batches_is_said() {
    let field = orders("batches_not");
    for (text, reason) in [
        ("INSERT INTO orders VALUES (:'tenant_id', 1, 'a', 1)", "only an UPDATE or DELETE of one table"),
        ("UPDATE orders SET id = id + 1 WHERE tenant_id = :'tenant_id'", "it changes `id`"),
    ] {
        field.write("migrations/0002_cents.sql", &format!("-- tenet: batch 10\n{text};\n"));
        Ended::of(field.command("check").output().unwrap()).with(1).says(reason);
    }
}
