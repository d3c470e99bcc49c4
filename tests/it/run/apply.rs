//! `tenet apply`: what it does to databases of every isolation.

use super::{DATABASE, DATABASE_MIGRATIONS, Field, ROW, ROW_MIGRATIONS};

#[test]
fn an_empty_database_has_no_tenants_and_later_ones_are_born_current() {
    let field = Field::new("run_first", ROW, ROW_MIGRATIONS);
    field.server.create("app");
    field.tenet("apply --all").with(0).says("no tenants");
    field.ask("app", "INSERT INTO accounts VALUES ('acme'), ('widgets')");
    field.ask("app", "INSERT INTO orders VALUES ('acme', 1, 500, 'EUR')");
    // Its rows were written in cents: what older tenants went through is not for it.
    field.tenet("apply --all").with(0).says("2 applied");
    assert_eq!(field.ask("app", "SELECT cents FROM orders"), "500");
    assert_eq!(field.ask("app", "SELECT count(*) FROM tenet.event WHERE tenant IS NOT NULL"), "0");
}

#[test]
fn shared_phases_run_once_and_tenant_phases_for_each() {
    let field = Field::new("run_row", ROW, ROW_MIGRATIONS);
    field.server.create("app");
    field.tenet("apply --all --to 1").with(0);
    field.ask("app", "INSERT INTO accounts VALUES ('acme', true), ('o''neil', true), ('zoo', true), ('gone', false)");
    field.ask("app", "INSERT INTO orders SELECT id, 1, 5 FROM accounts");
    let ended = field.tenet("apply --all --format json").with(0);
    let json = ended.json();
    assert_eq!(json["version"], 1);
    let states: Vec<String> = json["tenants"].as_array().unwrap().iter().map(|tenant| tenant.to_string()).collect();
    assert_eq!(states[1], r#"{"error":null,"state":"applied","tenant":"o'neil"}"#);
    assert_eq!(states.len(), 3);
    let rows = field.ask("app", "SELECT tenant_id, cents, currency FROM orders ORDER BY 1");
    assert_eq!(rows, "acme|500|EUR\ngone|5|\no'neil|500|EUR\nzoo|500|EUR");
    let events = "SELECT coalesce(tenant, '-'), version, phase, action, changed_rows FROM tenet.event ORDER BY id";
    let events = field.ask("app", events);
    assert!(events.starts_with("-|0001|1|applied|"), "{events}");
    assert!(events.contains("o'neil|0002|3|applied|1\n"), "{events}");
    assert!(events.contains("-|0002|3|closed|"), "{events}");
    assert!(events.contains("-|0002|4|applied|"), "{events}");
    let run = json["run"].as_str().unwrap();
    let of_run =
        field.ask("app", &format!("SELECT count(*), min(actor), count(script) FROM tenet.event WHERE run = '{run}'"));
    assert_eq!(of_run, "8|tester|6");
    field.tenet("apply --all").with(0);
    assert_eq!(field.ask("app", "SELECT count(*) FROM tenet.event WHERE action = 'applied'"), "7");
    // Who was left out while the others went through it is not new when it comes back; who is new is.
    field.ask("app", "UPDATE accounts SET is_active = true; INSERT INTO accounts VALUES ('late')");
    field.ask("app", "INSERT INTO orders VALUES ('late', 1, 900, 'EUR')");
    let status = field.tenet("status --format json").with(0).json()["tenants"].to_string();
    assert_eq!(status.matches("\"pending\":[\"0002\"]").count(), 1, "{status}");
    field.tenet("apply --all").with(0);
    let rows = field.ask("app", "SELECT tenant_id, cents FROM orders ORDER BY 1");
    assert_eq!(rows, "acme|500\ngone|500\nlate|900\no'neil|500\nzoo|500");
}

#[test]
fn each_tenant_has_its_own_database_and_one_that_fails_stops_nobody() {
    let field = Field::new("run_database", DATABASE, DATABASE_MIGRATIONS);
    ["t_ahorn", "t_birke", "t_buche"].iter().for_each(|name| field.server.create(name));
    field.ask("t_birke", "CREATE TABLE jobs (something_else int)");
    let ended = field.tenet("apply --all --format json").with(4);
    let json = ended.json();
    let state = |at: usize| json["tenants"][at]["state"].as_str().unwrap().to_owned();
    assert_eq!([state(0), state(1), state(2)], ["applied", "failed", "applied"]);
    let error = json["tenants"][1]["error"].as_str().unwrap();
    assert!(error.contains("migrations/0001_jobs.sql:1") && error.contains("42P07"), "{error}");
    for name in ["t_ahorn", "t_buche"] {
        let found = field.ask(
            name,
            "SELECT count(*), bool_and(indisvalid) FROM jobs, pg_index WHERE indexrelid = 'jobs_by_due'::regclass",
        );
        assert_eq!(found, "1|t");
        assert_eq!(
            field.ask(name, "SELECT string_agg(version || action, ',' ORDER BY id) FROM tenet.event"),
            "0001applied,0002applied,0002intended,0002applied"
        );
    }
    assert_eq!(field.ask("t_birke", "SELECT action, sqlstate FROM tenet.event"), "failed|42P07");
    field.ask("t_birke", "DROP TABLE jobs");
    field.tenet("apply --tenant birke").with(0).says("1 applied");
    assert_eq!(
        field.ask("t_birke", "SELECT string_agg(action, ',' ORDER BY id) FROM tenet.event"),
        "failed,applied,applied,intended,applied"
    );
}

#[test]
fn what_is_shared_is_not_changed_for_one() {
    let field = Field::new("run_one", ROW, ROW_MIGRATIONS);
    field.server.create("app");
    field.tenet("apply --all --to 0001").with(0);
    field.ask("app", "INSERT INTO accounts VALUES ('acme')");
    field.tenet("apply --tenant acme").with(2).says("tables that tenants share have one schema");
    assert_eq!(field.ask("app", "SELECT count(*) FROM tenet.event WHERE version = '0002'"), "0");
    field.tenet("apply --tenant nobody").with(2).says("no tenant `nobody`");
    field.tenet("apply").with(2).says("say which tenants");
    field.tenet("apply --staged").with(2).says("not there yet");
    field.tenet("apply --all --to 7").with(2).says("no migration has version `7`");
}

#[test]
fn a_changed_migration_and_a_stale_build_are_refused() {
    let field = Field::new("run_changed", ROW, ROW_MIGRATIONS);
    field.server.create("app");
    field.tenet("build").with(0);
    field.tenet("apply --all").with(0);
    let changed = ROW_MIGRATIONS[0].1.replace("cents bigint", "cents numeric");
    field.write("migrations/0001_orders.sql", &changed);
    field.tenet("apply --all").with(2).says("run `tenet build`");
    field.tenet("build").with(0);
    field.tenet("apply --all").with(4).says("0001_orders has changed since it was applied");
}

#[test]
fn a_server_that_is_not_there_is_said_without_its_password() {
    let field = Field::new("run_nowhere", ROW, ROW_MIGRATIONS);
    let mut command = field.command("apply --all");
    command.env("DATABASE_URL", "postgresql://u:hush@127.0.0.1:1/app");
    let ended = super::Ended::of(command.output().unwrap()).with(3);
    assert!(!format!("{ended:?}").contains("hush"), "{ended:?}");
    let field = Field::new("run_nowhere_else", DATABASE, DATABASE_MIGRATIONS);
    let mut command = field.command("apply --all");
    command.env("SOCKET", "/nonexistent");
    super::Ended::of(command.output().unwrap()).with(3);
    field.tenet("apply --all").with(4).says("database \"t_ahorn\" does not exist");
}

#[test]
fn status_says_where_each_tenant_stands() {
    let field = Field::new("run_status", ROW, ROW_MIGRATIONS);
    field.server.create("app");
    field.tenet("status --format json").with(0).says("\"tenants\": []");
    field.tenet("apply --all --to 1").with(0);
    field.ask("app", "INSERT INTO accounts VALUES ('acme'), ('widgets')");
    field.ask("app", "INSERT INTO orders VALUES ('acme', 1, 5), ('widgets', 1, 9223372036854775807)");
    let status = |words: &str| field.tenet(words).with(0).json()["tenants"].clone();
    assert_eq!(
        status("status --format json --tenant acme").to_string(),
        r#"[{"failed":null,"pending":["0002"],"state":"pending","tenant":"acme","undoable_until":null,"version":"0001"}]"#
    );
    field
        .tenet("apply --all")
        .with(4)
        .says("bigint out of range")
        .says("waits for 1 tenant that is not ready: `widgets`");
    let found = status("status --format json");
    assert_eq!(found[0]["state"], "pending", "what is for everybody waits");
    assert_eq!(found[1]["state"], "failed");
    assert!(found[1]["failed"].as_str().unwrap().contains("0002_currency.sql:2"), "{found}");
    field.tenet("status").with(0).says("TENANT   VERSION  STATE").says("widgets  0001     failed");
    field.ask("app", "UPDATE orders SET cents = 7 WHERE tenant_id = 'widgets'");
    field.tenet("apply --all").with(0).says("2 applied");
    let found = status("status --format json");
    assert_eq!([&found[0]["state"], &found[1]["state"]], ["applied", "applied"], "{found}");
    assert_eq!(field.ask("app", "SELECT tenant_id, cents FROM orders ORDER BY 1"), "acme|500\nwidgets|700");
}

#[test]
fn status_looks_into_every_database() {
    let field = Field::new("run_status_database", DATABASE, DATABASE_MIGRATIONS);
    ["t_ahorn", "t_birke"].iter().for_each(|name| field.server.create(name));
    field.tenet("apply --tenant ahorn").with(0);
    field.tenet("apply --tenant birke --to 0001").with(0);
    let found = field.tenet("status --format json").with(0).json()["tenants"].clone();
    let shown = |at: usize| format!("{} {} {}", found[at]["version"], found[at]["state"], found[at]["pending"]);
    assert_eq!(shown(0), r#""0002" "applied" []"#);
    assert_eq!(shown(1), r#""0001" "pending" ["0002"]"#);
    assert_eq!(found[2]["state"], "failed", "it is not there");
}
