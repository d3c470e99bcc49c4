//! Runs of a role that owns what it migrates and is no superuser.

use std::process::Command;

use super::{Ended, Field};
use crate::server::Server;

const ROLES: &str = "CREATE ROLE keeper LOGIN; CREATE ROLE reader; CREATE ROLE stranger LOGIN";

const ROWS: &str = "version: 1\ntenancy:\n  isolation: row\n  tenant_column: tenant\n  type: text\n  \
    root: { table: accounts, column: id }\ndatabases:\n  shared: { url: \"${DATABASE_URL}\" }\n\
    tenants:\n  query: SELECT id AS tenant_id FROM accounts ORDER BY id\nrules: { lock: off, scope/missing-row-security: off }\n";

const OWN: &str = "version: 1\ntenancy: { isolation: database }\n\
    databases:\n  tenant: { url: \"host=${SOCKET} user=keeper dbname=t_{tenant_id}\" }\n\
    tenants: { list: [ahorn] }\nrules: { lock: off }\n";

const TABLES: &str = "CREATE TABLE accounts (id text PRIMARY KEY);
CREATE TABLE orders (
    tenant text NOT NULL REFERENCES accounts,
    id bigint GENERATED ALWAYS AS IDENTITY,
    note text,
    touched int NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, id)
);
CREATE TABLE lines (tenant text NOT NULL, order_id bigint NOT NULL, n int NOT NULL, PRIMARY KEY (tenant, order_id, n),
    FOREIGN KEY (tenant, order_id) REFERENCES orders ON DELETE CASCADE);
";

const TOUCH: &str = "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN NEW.touched := OLD.touched + 1; RETURN NEW; END$$;
CREATE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
";

const FILL: &str = "INSERT INTO accounts VALUES ('acme'), ('zoo');
INSERT INTO orders (tenant, note) SELECT t, 'n' || i FROM unnest(ARRAY['acme', 'zoo']) AS t, generate_series(1, 3) AS i;
INSERT INTO lines SELECT tenant, id, 1 FROM orders";

/// A project whose databases belong to a role without privileges of its own.
fn field(name: &str, settings: &str, migrations: &[(&str, &str)], databases: &[&str]) -> Field {
    let server = Server::start();
    server.psql("postgres", ROLES, &[]).unwrap();
    for database in databases {
        server.create(database);
        let given = format!("ALTER DATABASE {database} OWNER TO keeper; ALTER SCHEMA public OWNER TO keeper");
        server.psql(database, &given, &[]).unwrap();
    }
    Field::on(server, name, settings, migrations)
}

/// Runs tenet as a role.
fn run(field: &Field, role: &str, words: &str) -> Ended {
    let mut command: Command = field.command(words);
    let url = format!("host={} user={role} dbname=app", field.server.socket().display());
    Ended::of(command.env("DATABASE_URL", url).output().unwrap())
}

fn rows(field: &Field, database: &str) -> String {
    let all = "SELECT o::text FROM orders AS o ORDER BY 1; SELECT l::text FROM lines AS l ORDER BY 1;
        SELECT last_value FROM pg_sequences WHERE schemaname = 'public'";
    field.ask(database, all)
}

#[test]
fn an_owner_migrates_shared_tables_and_takes_it_back() {
    let change = "UPDATE orders SET note = upper(note) WHERE tenant = :'tenant_id';
DELETE FROM orders WHERE tenant = :'tenant_id' AND note = 'N2';
INSERT INTO orders (tenant, note) VALUES (:'tenant_id', 'new');
";
    let shape = "ALTER TABLE orders ADD COLUMN due date;\nGRANT SELECT ON orders TO reader;\n\
        ALTER TABLE orders DROP COLUMN touched;\nDROP TRIGGER touch ON orders;\n";
    let migrations =
        [("0001_tables.sql", TABLES), ("0002_touch.sql", TOUCH), ("0003_rows.sql", change), ("0004_shape.sql", shape)];
    let field = field("owner_rows", ROWS, &migrations, &["app"]);
    run(&field, "keeper", "apply --all --to 2").with(0);
    field.ask("app", FILL);
    let (before, shape) = (rows(&field, "app"), field.server.dump_without_records("app"));
    let first = run(&field, "keeper", "apply --all --to 3 --format json").with(0).json()["run"].clone();
    assert_ne!(rows(&field, "app"), before);
    run(&field, "keeper", "rollback --tenant acme --to 2").with(0);
    let second = run(&field, "keeper", "apply --all --format json").with(0).json()["run"].clone();
    for done in [second, first] {
        run(&field, "keeper", &format!("rollback --run {}", done.as_str().unwrap())).with(0);
    }
    assert_eq!(field.server.dump_without_records("app"), shape);
    let without_numbers = |text: &str| text.rsplit_once('\n').unwrap().0.to_owned();
    assert_eq!(without_numbers(&rows(&field, "app")), without_numbers(&before));
    run(&field, "stranger", "apply --all").with(4).says("permission denied");
}

#[test]
fn an_owner_migrates_databases_of_tenants_and_takes_it_back() {
    let change = "ALTER TABLE orders ALTER COLUMN note TYPE varchar(2) USING left(note, 2);
UPDATE orders SET note = 'x';
DELETE FROM orders WHERE id = 2;
CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
ALTER TABLE orders DROP COLUMN touched;
ALTER TABLE orders ALTER COLUMN id DROP IDENTITY;
CREATE INDEX CONCURRENTLY orders_by_note ON orders (note);
TRUNCATE lines;
DROP TABLE lines;
GRANT SELECT ON orders TO reader;
";
    let migrations = [("0001_tables.sql", TABLES), ("0002_touch.sql", TOUCH), ("0003_change.sql", change)];
    let field = field("owner_databases", OWN, &migrations, &["t_ahorn"]);
    run(&field, "keeper", "apply --all --to 2").with(0);
    field.ask("t_ahorn", FILL);
    let (before, shape) = (rows(&field, "t_ahorn"), field.server.dump_without_records("t_ahorn"));
    run(&field, "keeper", "apply --all").with(0);
    run(&field, "keeper", "rollback --tenant ahorn --to 2").with(0);
    assert_eq!(field.server.dump_without_records("t_ahorn"), shape);
    assert_eq!(rows(&field, "t_ahorn"), before);
    run(&field, "keeper", "apply --all").with(0);
}
