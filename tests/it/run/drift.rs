//! Databases that are not what the migrations made of them.

use super::Field;

const DATABASE: &str = "version: 1
postgres: 15
tenancy: { isolation: database, type: text }
databases:
  tenant: { url: \"host=${SOCKET} user=postgres dbname=t_{tenant_id}\" }
tenants:
  list: [ahorn, birke, buche]
";

const JOBS: (&str, &str) = ("0001_jobs.sql", "CREATE TABLE jobs (id bigint PRIMARY KEY, name text);\n");

fn databases(name: &str, migrations: &[(&str, &str)]) -> Field {
    let field = Field::new(name, DATABASE, migrations);
    ["t_ahorn", "t_birke", "t_buche"].iter().for_each(|name| field.server.create(name));
    field.tenet("apply --all --to 1").with(0);
    field
}

#[test]
fn who_drifted_fails_alone_and_keeps_what_it_had() {
    let change = "ALTER TABLE jobs ADD COLUMN due date;\nINSERT INTO jobs VALUES (7, 'seven');\nALTER TABLE jobs DROP COLUMN name;\n";
    let field = databases("run_drift", &[JOBS, ("0002_due.sql", change)]);
    // One has what is to be made, another lacks what is to be dropped.
    field.ask("t_birke", "ALTER TABLE jobs ADD COLUMN due text; INSERT INTO jobs VALUES (1, 'one', 'soon')");
    field.ask("t_buche", "ALTER TABLE jobs RENAME COLUMN name TO title");
    let before = ["t_birke", "t_buche"].map(|name| field.server.dump(name));
    let ended = field.tenet("apply --all").with(4).says("1 applied, 2 failed");
    ended.says("migrations/0002_due.sql:1").says("migrations/0002_due.sql:3").says("already exists");
    assert_eq!(["t_birke", "t_buche"].map(|name| field.server.dump(name)), before);
    assert_eq!(field.ask("t_birke", "SELECT id, name, due FROM jobs"), "1|one|soon");
    field.ask("t_birke", "ALTER TABLE jobs DROP COLUMN due");
    field.ask("t_buche", "ALTER TABLE jobs RENAME COLUMN title TO name");
    field.tenet("apply --all").with(0).says("3 applied");
    field.tenet("rollback --tenant birke --to 1").with(0);
    assert_eq!(field.ask("t_birke", "SELECT * FROM jobs"), "1|one");
    field.tenet("audit").with(0).says("0 breaks");
}

#[test]
fn what_is_there_already_must_be_what_is_to_be_made() {
    let change = "ALTER TABLE jobs ADD COLUMN IF NOT EXISTS price numeric(10, 2);
CREATE TABLE IF NOT EXISTS parts (id integer PRIMARY KEY, label varchar(20), at timestamptz, no serial);
CREATE INDEX IF NOT EXISTS parts_by_label ON parts (label, at);
";
    let field = databases("run_shape", &[JOBS, ("0002_price.sql", change)]);
    let alike = "ALTER TABLE jobs ADD COLUMN price decimal(10,2);
        CREATE TABLE parts (more text, at timestamp with time zone, label character varying(20), id int4, no int);
        CREATE INDEX parts_by_label ON parts (label, at)";
    let other = [
        ("numeric(10,2)", "numeric(10,3)", "jobs has no column price numeric(10, 2)"),
        ("decimal(10,2)", "text", "jobs has no column price numeric(10, 2)"),
        ("label character varying(20)", "label varchar", "parts has no column label varchar(20)"),
        ("id int4", "id bigint", "parts has no column id integer"),
        ("no int", "nr int", "parts has no column no integer"),
        ("(label, at)", "(at, label)", "parts_by_label is another index"),
        ("CREATE INDEX", "CREATE UNIQUE INDEX", "parts_by_label is another index"),
        ("ON parts (label, at)", "ON parts (label, at) WHERE id > 7", "parts_by_label is another index"),
        ("ON parts (label, at)", "ON jobs (name)", "parts_by_label is another index"),
    ];
    for (from, to, says) in other {
        let found = alike.replace("decimal(10,2)", if from.starts_with("numeric") { from } else { "decimal(10,2)" });
        assert!(found.contains(from), "{from}");
        field.ask("t_birke", &found.replace(from, to));
        let before = field.server.dump("t_birke");
        let ended = field.tenet("apply --tenant birke").with(4).says("is not what the statement makes").says(says);
        ended.says("migrations/0002_price.sql:");
        assert_eq!(field.server.dump("t_birke"), before, "{to}");
        field.ask(
            "t_birke",
            "DROP TABLE parts; ALTER TABLE jobs DROP COLUMN price; DROP INDEX IF EXISTS parts_by_label",
        );
    }
    field.ask("t_birke", alike);
    field.tenet("apply --all").with(0).says("3 applied");
    field.tenet("rollback --tenant ahorn birke --to 1").with(0);
    // What was found stays, what was made goes.
    let there = "SELECT to_regclass('parts') IS NOT NULL";
    assert_eq!([field.ask("t_ahorn", there), field.ask("t_birke", there)], ["f", "t"]);
}
