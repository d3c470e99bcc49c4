//! `tenet rollback` and `tenet audit`.

use super::{DATABASE, DATABASE_MIGRATIONS, Ended, Field, ROW, ROW_MIGRATIONS};

fn databases(name: &str) -> Field {
    let field = Field::new(name, DATABASE, DATABASE_MIGRATIONS);
    ["t_ahorn", "t_birke", "t_buche"].iter().for_each(|name| field.server.create(name));
    field
}

/// Definitions alone: whose rows change is recorded elsewhere.
const SHAPES: &[(&str, &str)] = &[
    ("0001_jobs.sql", "CREATE TABLE jobs (id bigint PRIMARY KEY, name text);\n"),
    ("0002_due.sql", "ALTER TABLE jobs ADD COLUMN due date;\nCREATE INDEX CONCURRENTLY jobs_by_due ON jobs (due);\n"),
];

fn shapes(name: &str) -> Field {
    let field = Field::new(name, DATABASE, SHAPES);
    ["t_ahorn", "t_birke", "t_buche"].iter().for_each(|name| field.server.create(name));
    field
}

#[test]
fn one_tenant_goes_back_and_forth_and_the_others_stay() {
    let field = shapes("rollback_one");
    field.tenet("apply --all --to 1").with(0);
    let before = field.server.dump("t_birke");
    field.tenet("apply --all").with(0);
    let after = field.server.dump("t_birke");
    field
        .tenet("rollback --tenant birke --to 0001 --dry-run")
        .with(0)
        .says("birke: 0002_due/02.tenant.rollback.sql on postgres@");
    assert_eq!(field.server.dump("t_birke"), after);
    let json = field.tenet("rollback --tenant birke --to 0001 --format json").with(0).json();
    assert_eq!(json["tenants"].to_string(), r#"[{"error":null,"state":"rolled_back","tenant":"birke"}]"#);
    // The ledger is not part of what is compared.
    let shape = |text: &str| text.split("tenet").next().unwrap().to_owned();
    let columns = "SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = 'jobs'::regclass AND attnum > 0 AND NOT attisdropped";
    assert_eq!(field.ask("t_birke", columns), "id,name");
    assert_eq!(shape(&field.server.dump("t_birke")), shape(&before));
    assert_eq!(field.ask("t_ahorn", columns), "id,name,due");
    let status = field.tenet("status --format json").with(0).json()["tenants"].clone();
    assert_eq!([&status[0]["state"], &status[1]["state"]], ["applied", "rolled_back"], "{status}");
    assert_eq!(status[1]["pending"].to_string(), r#"["0002"]"#);
    field.tenet("apply --all").with(0);
    assert_eq!(field.ask("t_birke", columns), "id,name,due");
    field.tenet("rollback --tenant birke --to 0").with(0);
    assert_eq!(field.ask("t_birke", "SELECT to_regclass('jobs') IS NULL"), "t");
    field.tenet("audit").with(0).says("0 breaks");
}

#[test]
fn a_run_is_undone_for_everybody_and_shared_phases_come_back_with_it() {
    let shared = &[
        ROW_MIGRATIONS[0],
        ("0002_note.sql", "ALTER TABLE orders ADD COLUMN note text;\nALTER TABLE orders ADD COLUMN more text;\n"),
    ];
    let field = Field::new("rollback_run", ROW, shared);
    field.server.create("app");
    field.tenet("apply --all --to 1").with(0);
    field.ask("app", "INSERT INTO accounts VALUES ('acme')");
    let before = field.server.dump("app");
    let first = field.tenet("apply --all --format json").with(0).json()["run"].as_str().unwrap().to_owned();
    field.write("migrations/0003_last.sql", "ALTER TABLE orders ADD COLUMN last text;\n");
    let second = field.tenet("apply --all --format json").with(0).json()["run"].as_str().unwrap().to_owned();
    field.tenet(&format!("rollback --run {first}")).with(4).says("later run");
    field.tenet(&format!("rollback --run {second}")).with(0);
    field.tenet(&format!("rollback --run {first}")).with(0);
    assert_eq!(field.server.dump("app"), before);
    field.tenet(&format!("rollback --run {first}")).with(0).says("no tenants");
    field.tenet("rollback --run nothing").with(2).says("no run `nothing` is known");
    field.tenet("rollback --tenant acme").with(2);
    field.tenet("rollback --to 1").with(2);
}

#[test]
fn a_rollback_that_is_killed_goes_on_to_the_same_end() {
    for (lock, database) in [
        ("LOCK TABLE jobs IN ACCESS SHARE MODE", "t_birke"),
        ("LOCK TABLE tenet.event IN SHARE MODE", "t_birke"),
        ("LOCK TABLE tenet.standing IN SHARE MODE", "t_birke"),
    ] {
        let field = shapes("rollback_killed");
        field.tenet("apply --all").with(0);
        let mut session = field.session(database);
        session.execute("BEGIN").unwrap();
        session.execute(lock).unwrap();
        let mut child = field.start("rollback --tenant birke --to 0");
        let waiting = "SELECT count(*) > 0 FROM pg_stat_activity
            WHERE application_name LIKE 'tenet %' AND wait_event_type = 'Lock'";
        field.wait(database, waiting, "t");
        child.kill().unwrap();
        child.wait().unwrap();
        session.execute("ROLLBACK").unwrap();
        field.tenet("rollback --tenant birke --to 0").with(0);
        assert_eq!(field.ask(database, "SELECT to_regclass('jobs') IS NULL"), "t", "{lock}");
        let events = "SELECT string_agg(version || phase || action, ' ' ORDER BY id) FROM tenet.event
            WHERE action = 'rolled_back'";
        assert_eq!(field.ask(database, events), "00022rolled_back 00021rolled_back 00011rolled_back", "{lock}");
        field.tenet("audit").with(0);
    }
}

#[test]
fn an_audit_prints_the_trail_and_finds_what_was_changed() {
    let tamper = [
        ("UPDATE tenet.event SET by_role = 'nobody' WHERE id = 2", "it was changed"),
        ("DELETE FROM tenet.event WHERE id = 2", "not there any more"),
        ("DELETE FROM tenet.event WHERE id = (SELECT max(id) FROM tenet.event)", "last events are not there"),
        ("DELETE FROM tenet.standing", "where its events end"),
        ("TRUNCATE tenet.event", "last events are not there"),
    ];
    for (change, expected) in tamper {
        let field = databases("audit");
        field.tenet("apply --tenant birke").with(0);
        let trail = field
            .tenet("audit --tenant birke")
            .with(0)
            .says("birke: 0001 phase 1 applied by postgres (tester), 1 row,");
        assert!(trail.out.contains("2 chains") || trail.out.contains("1 chain"), "{}", trail.out);
        assert!(field.server.psql("t_birke", change, &[]).is_err() || change.contains("standing"), "{change}");
        field.ask("t_birke", &format!("SET session_replication_role = replica; {change}"));
        field.tenet("audit").with(1).says(expected);
    }
}

#[test]
fn a_dry_run_prints_scripts_and_changes_nothing() {
    let field = Field::new("dry_run", ROW, ROW_MIGRATIONS);
    field.server.create("app");
    let empty = field.server.dump("app");
    field.tenet("apply --all --dry-run").with(0).says("shared: 0001_orders/01.shared.forward.sql on postgres@");
    assert_eq!(field.server.dump("app"), empty);
    field.tenet("apply --all --to 1").with(0);
    field.ask("app", "INSERT INTO accounts VALUES ('acme'), ('birch')");
    let ended = field.tenet("apply --all --dry-run --format json").with(0);
    let scripts: Vec<String> = ended.json()["scripts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| format!("{} {}", line["tenant"], line["script"]))
        .collect();
    assert_eq!(
        scripts,
        [
            "null \"0002_currency/01.shared.forward.sql\"",
            "null \"0002_currency/02.shared.forward.sql\"",
            "\"acme\" \"0002_currency/03.tenant.forward.sql\"",
            "\"birch\" \"0002_currency/03.tenant.forward.sql\"",
            "null \"0002_currency/04.shared.forward.sql\"",
        ]
    );
    field.tenet("apply --tenant acme --dry-run").with(2).says("one schema");
    field.tenet("apply --all").with(0);
    field.tenet("apply --all --dry-run").with(0).says("nothing to do");
}

#[test]
fn an_interrupted_run_ends_behind_what_it_does_and_goes_on() {
    let field = Field::new("interrupted", ROW, ROW_MIGRATIONS);
    field.server.create("app");
    field.tenet("apply --all --to 1").with(0);
    field.ask("app", "INSERT INTO accounts SELECT 't' || n FROM generate_series(1, 5) AS n");
    field.ask("app", "INSERT INTO orders SELECT id, 1, 5 FROM accounts");
    let mut session = field.session("app");
    session.execute("SELECT pg_advisory_lock(hashtextextended('tenet:t2', 0))").unwrap();
    let child = field.start("apply --all --jobs 1 --format json");
    field.wait("app", "SELECT count(*) FROM tenet.event WHERE tenant = 't1'", "1");
    std::thread::sleep(std::time::Duration::from_millis(300));
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    std::thread::sleep(std::time::Duration::from_millis(100));
    let ended = Ended::of(child.wait_with_output().unwrap()).with(130);
    drop(session);
    let states = ended.json()["tenants"].to_string();
    assert!(states.contains("pending") && !states.contains("failed"), "{states}");
    let done: usize = field.ask("app", "SELECT count(*) FROM orders WHERE cents = 500").parse().unwrap();
    assert!((1..5).contains(&done), "{done}");
    field.tenet("apply --all").with(0);
    assert_eq!(field.ask("app", "SELECT count(*) FROM orders WHERE cents = 500"), "5");
}

#[test]
fn a_second_interruption_cancels_what_runs() {
    let field = Field::new("cancelled", ROW, ROW_MIGRATIONS);
    field.server.create("app");
    field.tenet("apply --all --to 1").with(0);
    let before = field.server.dump("app");
    let mut session = field.session("app");
    session.execute("BEGIN").unwrap();
    session.execute("LOCK TABLE tenet.standing IN SHARE MODE").unwrap();
    let child = field.start("apply --all --format json");
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'tenet %' AND wait_event_type = 'Lock'";
    for _ in 0..2 {
        field.wait("app", waiting, "1");
        let pid = child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    Ended::of(child.wait_with_output().unwrap()).with(130).says("cancelling");
    session.execute("ROLLBACK").unwrap();
    assert_eq!(field.server.dump("app"), before);
    assert_eq!(field.ask("app", "SELECT count(*) FROM tenet.event WHERE action = 'failed'"), "0");
    field.tenet("apply --all").with(0);
}

#[test]
fn what_is_recorded_goes_with_its_tenant() {
    let field = Field::new("purged", ROW, ROW_MIGRATIONS);
    field.server.create("app");
    field.tenet("apply --all --to 1").with(0);
    field.ask("app", "INSERT INTO accounts VALUES ('acme'), ('birch')");
    field.ask("app", "INSERT INTO orders SELECT id, n, 5 FROM accounts, generate_series(1, 3) AS n");
    field.tenet("apply --all").with(0);
    let rows =
        "SELECT string_agg(DISTINCT tenant_id, ',' ORDER BY tenant_id) FROM tenet_undo.\"0002.3.1 public.orders\"";
    assert_eq!(field.ask("app", rows), "acme,birch");
    field.ask("app", "DELETE FROM orders WHERE tenant_id = 'birch'; DELETE FROM accounts WHERE id = 'birch'");
    field.write("migrations/0003_more.sql", "UPDATE orders SET cents = 1 WHERE tenant_id = :'tenant_id';\n");
    field.tenet("apply --all").with(0).says("1 recording of tenants that are gone");
    assert_eq!(field.ask("app", rows), "acme");
    assert_eq!(field.ask("app", "SELECT string_agg(DISTINCT tenant, ',') FROM tenet.capture"), "acme");
    field.tenet("rollback --tenant acme --to 1").with(0);
    assert_eq!(field.ask("app", "SELECT DISTINCT cents FROM orders"), "5");
    field.tenet("audit").with(0);
}

/// Row security that holds for the owner, too, and a role that may neither bypass it nor switch triggers off by a setting.
#[test]
fn forced_row_security_hides_nothing_that_is_undone() {
    let settings = ROW
        .replace("type: text\n", "type: text\n  session: \"current_setting('app.tenant_id')\"\n")
        .replace("query: SELECT id AS tenant_id FROM accounts WHERE is_active ORDER BY id", "list: [acme, birch]")
        + "rules: { scope/missing-row-security: off }\n";
    let first = format!(
        "{}ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders USING (tenant_id = current_setting('app.tenant_id'));
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.touched := OLD.touched + 1; RETURN NEW; END $$;
ALTER TABLE orders ADD COLUMN touched int NOT NULL DEFAULT 0;
CREATE TRIGGER touched BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
",
        ROW_MIGRATIONS[0].1
    );
    let second = "UPDATE orders SET cents = cents * 100 WHERE tenant_id = :'tenant_id' AND id < 3;
DELETE FROM orders WHERE tenant_id = :'tenant_id' AND id = 3;
INSERT INTO orders (tenant_id, id, cents) VALUES (:'tenant_id', 9, 1);
";
    let field =
        Field::new("row_security", &settings, &[("0001_orders.sql", first.as_str()), ("0002_cents.sql", second)]);
    field.server.create("app");
    field.ask(
        "app",
        "CREATE ROLE migrator LOGIN; ALTER DATABASE app OWNER TO migrator; ALTER SCHEMA public OWNER TO migrator",
    );
    let url = format!("host={} user=migrator dbname=app", field.server.socket().display());
    let tenet = |words: &str| Ended::of(field.command(words).env("DATABASE_URL", &url).output().unwrap());
    tenet("apply --all --to 1").with(0);
    field.ask("app", "INSERT INTO accounts VALUES ('acme'), ('birch')");
    field.ask("app", "INSERT INTO orders SELECT id, n, 5 FROM accounts, generate_series(1, 4) AS n");
    let rows = "SELECT string_agg(o::text, ',' ORDER BY o) FROM orders AS o";
    let before = field.ask("app", rows);
    tenet("apply --all").with(0).says("2 applied");
    assert_ne!(field.ask("app", rows), before);
    tenet("rollback --tenant acme birch --to 1").with(0);
    assert_eq!(field.ask("app", rows), before);
    let triggers = "SELECT tgenabled FROM pg_trigger WHERE tgname = 'touched'";
    assert_eq!(field.ask("app", triggers), "O");
}
