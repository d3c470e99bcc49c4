//! What goes wrong on servers: limits of roles, too many connections, another tenet's ledger, rows changed since.

use super::{DATABASE, DATABASE_MIGRATIONS, Ended, Field, ROW, ROW_MIGRATIONS};

fn orders(name: &str, migrations: &[(&str, &str)]) -> Field {
    let field = Field::new(name, ROW, migrations);
    field.server.create("app");
    field.tenet("apply --all --to 1").with(0);
    field.ask("app", "INSERT INTO accounts VALUES ('acme'), ('birch')");
    field.ask("app", "INSERT INTO orders SELECT id, n, 5 FROM accounts, generate_series(1, 3) AS n");
    field
}

#[test]
fn limits_that_a_role_has_for_the_application_do_not_reach_a_run() {
    let mut migrations = ROW_MIGRATIONS.to_vec();
    migrations.push(("0003_by_cents.sql", "CREATE INDEX CONCURRENTLY by_cents ON orders (tenant_id, cents);\n"));
    let field = orders("trouble_limits", &migrations);
    field.ask("app", "INSERT INTO orders SELECT 'acme', n, 5 FROM generate_series(4, 20000) AS n");
    for limit in [
        "statement_timeout = '100ms'",
        "lock_timeout = '1ms'",
        "idle_in_transaction_session_timeout = '1ms'",
        "default_transaction_isolation = 'serializable'",
    ] {
        field.ask("postgres", &format!("ALTER DATABASE app SET {limit}"));
    }
    field.tenet("apply --all").with(0).says("2 applied");
    field.tenet("rollback --tenant acme --to 1").with(0);
    field.tenet("audit").with(0).says("0 breaks");
    field.ask("postgres", "ALTER DATABASE app RESET ALL");
    assert_eq!(
        field.ask("app", "SELECT tenant_id, sum(cents) FROM orders GROUP BY 1 ORDER BY 1"),
        "acme|100000\nbirch|1500"
    );
}

#[test]
fn who_finds_no_free_connection_waits_for_one() {
    let field = Field::new("trouble_connections", DATABASE, DATABASE_MIGRATIONS);
    field.server.create("t_ahorn");
    field.ask("t_ahorn", "CREATE ROLE migrator LOGIN CONNECTION LIMIT 1; GRANT CREATE ON DATABASE t_ahorn TO migrator");
    field.ask("t_ahorn", "GRANT CREATE ON SCHEMA public TO migrator");
    let settings = DATABASE.replace("user=postgres", "user=migrator");
    field.write("tenet.yaml", &settings);
    let other = field.url("t_ahorn").replace("user=postgres", "user=migrator");
    let other = tenet::db::Target::parse(&other, &tenet::db::Defaults::default()).unwrap();
    let session = tenet::db::Connection::open(&other).unwrap();
    let child = field.start("apply --tenant ahorn");
    std::thread::sleep(std::time::Duration::from_secs(2));
    drop(session);
    Ended::of(child.wait_with_output().unwrap()).with(0).says("too many connections").says("1 applied");
}

#[test]
fn a_ledger_of_a_newer_tenet_is_left_alone() {
    let field = orders("trouble_newer", ROW_MIGRATIONS);
    field.ask("app", "INSERT INTO tenet.ledger (version) VALUES ('9999')");
    for words in ["apply --all", "status", "rollback --tenant acme --to 0", "audit"] {
        field.tenet(words).with(4).says("newer tenet (version 9999)");
    }
    assert_eq!(field.ask("app", "SELECT count(*) FROM tenet.event WHERE version = '0002'"), "0");
}

#[test]
fn rows_that_were_changed_since_are_named_and_settled_as_asked() {
    let field = orders("trouble_conflicts", ROW_MIGRATIONS);
    field.tenet("apply --all").with(0);
    field.ask("app", "UPDATE orders SET cents = 7 WHERE id = 2");
    let ended = field.tenet("rollback --tenant acme birch --to 1").with(4).says("2 conflict");
    assert!(!ended.out.contains("PL/pgSQL"), "{}", ended.out);
    let last = ended.out.clone();
    ended.says("public.orders (acme, 2) was changed since: cents").says("`--conflicts skip` leaves them");
    assert!(
        last.ends_with("help: `tenet rollback --tenant acme birch --to 1 --conflicts force` overwrites them\n"),
        "{last}"
    );
    let status = field.tenet("status --format json").with(0).json()["tenants"].to_string();
    assert_eq!(status.matches("\"state\":\"conflict\"").count(), 2, "{status}");
    let ended = field.tenet("rollback --tenant acme --to 1 --conflicts skip").with(0);
    ended.says("acme: public.orders (acme, 2) was changed since: cents: it was left alone");
    let ended = field.tenet("rollback --tenant birch --to 1 --conflicts force").with(0);
    ended.says("birch: public.orders (birch, 2) was changed since: cents: it was overwritten");
    let rows = "SELECT tenant_id, string_agg(cents || coalesce(currency, ''), ' ' ORDER BY id) FROM orders GROUP BY 1 ORDER BY 1";
    assert_eq!(field.ask("app", rows), "acme|5 7EUR 5\nbirch|5 5 5");
    field.tenet("apply --tenant acme birch").with(0).says("2 applied");
    field.tenet("apply --tenant acme birch").with(0).says("nothing was to be done");
    field.tenet("audit").with(0).says("0 breaks");
}

#[test]
fn a_run_that_fails_ends_with_what_can_be_pasted() {
    let field = Field::new("trouble_next", DATABASE, DATABASE_MIGRATIONS);
    ["t_ahorn", "t_birke", "t_buche"].iter().for_each(|name| field.server.create(name));
    field.ask("t_birke", "CREATE VIEW jobs_by_due AS SELECT 1 AS a");
    let ended = field.tenet("apply --tenant birke --jobs 1").with(4).says("1 failed");
    let words = |line: &str| line.split('`').nth(1).unwrap_or("").replacen("tenet ", "", 1);
    let lines: Vec<&str> = ended.out.lines().collect();
    let [again, undo] = lines[lines.len() - 2..] else { panic!("{}", ended.out) };
    assert_eq!(words(again), "apply --tenant birke --jobs 1");
    field.tenet("status").with(0).says("help: `tenet apply --all` goes on, once what failed is mended");
    // Whoever failed had come some way, and that is taken back.
    assert_eq!(field.ask("t_birke", "SELECT to_regclass('jobs') IS NULL"), "f");
    field.tenet(&words(undo)).with(0).says("1 rolled_back");
    assert_eq!(field.ask("t_birke", "SELECT to_regclass('jobs') IS NULL"), "t");
    field.ask("t_birke", "DROP VIEW jobs_by_due");
    let ended = field.tenet(&words(again)).with(0).says("1 applied");
    assert!(!ended.out.contains("help"), "{}", ended.out);
    field.server.drop("t_buche");
    let ended = field.tenet("apply --all").with(4).says("help: `tenet apply --tenant buche --provision` makes it");
    assert!(ended.out.contains("help: `tenet apply --all` goes on where this run stopped"), "{}", ended.out);
}
