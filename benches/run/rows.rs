//! What it costs to record rows and to bring them back, in CPU time of the server's process.

use std::io;

use tenet::db::scratch::Content;

use super::field::{Field, ask, expect, median, on_server, size};

const SETTINGS: &str = "version: 1
postgres: 15
tenancy: { tenant_column: tenant_id, type: text, root: { table: accounts, column: id } }
databases: { shared: { url: \"host=${SOCKET} user=postgres dbname=base\" } }
";

/// A table that nothing but its own statement writes, and one whose triggers may write more.
const SCHEMA: &str = "CREATE TABLE accounts (id text PRIMARY KEY);
CREATE TABLE orders (
    tenant_id text NOT NULL REFERENCES accounts (id),
    id bigint NOT NULL,
    at timestamptz NOT NULL,
    name text NOT NULL,
    note text NOT NULL,
    cents bigint NOT NULL,
    data jsonb NOT NULL,
    state integer NOT NULL,
    kind integer NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX orders_by_at ON orders (at);
";

const TRIGGER: &str = "CREATE FUNCTION hear() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER hears AFTER UPDATE ON orders FOR EACH STATEMENT EXECUTE FUNCTION hear();
";

/// What writes the rows of a project besides its statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Means {
    Statement,
    Triggers,
}

pub(crate) fn run() -> io::Result<()> {
    let (rows, rounds) = (size("ROWS", 1_000_000), size("ROW_ROUNDS", 1));
    println!("{rows} rows, CPU seconds of the server's process, median of {rounds}");
    measure(Means::Statement, (rows, rounds))?;
    measure(Means::Triggers, (rows, rounds))
}

impl Means {
    fn schema(self) -> String {
        match self {
            Means::Statement => SCHEMA.to_owned(),
            Means::Triggers => format!("{SCHEMA}{TRIGGER}"),
        }
    }

    /// Returns how it is called, and what it may cost of the plain UPDATE.
    fn goal(self) -> (&'static str, f64) {
        match self {
            Means::Statement => ("within the statement", 1.3),
            Means::Triggers => ("by triggers", 1.6),
        }
    }
}

/// What runs in a database of its own, for whom.
struct Scripts {
    plain: [String; 2],
    forward: [String; 2],
    rollback: [String; 2],
}

/// The tenants by the share of rows that they have: nearly all, and one of a hundred.
const TENANTS: [&str; 2] = ["large", "small"];

fn measure(means: Means, (rows, rounds): (usize, usize)) -> io::Result<()> {
    let field = Field::start()?;
    let scripts = prepare(&field, means, rows)?;
    // For each tenant: plain, recorded, undone.
    let mut costs: [[Vec<f64>; 3]; 2] = Default::default();
    for _ in 0..rounds {
        for tenant in 0..TENANTS.len() {
            let plain = one(&field, (TENANTS[tenant], rows), &[&scripts.plain[tenant]])?;
            let both = one(&field, (TENANTS[tenant], rows), &[&scripts.forward[tenant], &scripts.rollback[tenant]])?;
            for (kept, cost) in costs[tenant].iter_mut().zip(plain.into_iter().chain(both)) {
                kept.push(cost);
            }
        }
    }
    let (name, goal) = means.goal();
    for (tenant, costs) in TENANTS.iter().zip(costs) {
        let [plain, forward, rollback] = costs.map(median);
        println!("{name}, tenant {tenant}: plain {plain:.3}, recorded {forward:.3}, undone {rollback:.3}");
        println!("    recorded / plain {:.2} (goal {goal} for the large one)", forward / plain);
        println!("    undone / recorded {:.2} (goal 2), undone / plain {:.2}", rollback / forward, rollback / plain);
    }
    Ok(())
}

/// Makes the database that the others are copies of.
fn prepare(field: &Field, means: Means, rows: usize) -> io::Result<Scripts> {
    let change = "UPDATE orders SET cents = cents * 100, state = state + 1 WHERE tenant_id = ";
    let migrations = [
        ("0001_orders.sql".to_owned(), means.schema()),
        ("0002_cents.sql".to_owned(), format!("{change}:'tenant_id';\n")),
    ];
    field.create("base", Content::Empty)?;
    let project = field.project("rows", SETTINGS, &migrations)?;
    field.tenet(&project, "apply --all --to 1")?;
    field.tenet(&project, "build")?;
    let mut desk = field.connect("base")?;
    let fill = format!(
        "INSERT INTO accounts VALUES ('large'), ('small');
         INSERT INTO orders SELECT CASE n % 100 WHEN 7 THEN 'small' ELSE 'large' END, n,
             timestamptz 'epoch' + n * interval '1 min', 'order ' || n, repeat('x', 60), n % 977,
             jsonb_build_object('n', n, 'of', 'something'), 0, n % 7
         FROM generate_series(1, {rows}) AS n"
    );
    ask(&mut desk, &fill)?;
    let folder = project.join("build/0002_cents");
    let tenant = if folder.join("02.tenant.forward.sql").exists() { "02" } else { "01" };
    if tenant == "02" {
        ask(&mut desk, &field.script(&project, "0002_cents/01.shared.forward.sql", "")?)?;
    }
    ask(&mut desk, "VACUUM (FREEZE, ANALYZE)")?;
    let script = |way: &str| {
        let file = format!("0002_cents/{tenant}.tenant.{way}.sql");
        Ok::<_, io::Error>([field.script(&project, &file, TENANTS[0])?, field.script(&project, &file, TENANTS[1])?])
    };
    let plain = TENANTS.map(|tenant| format!("BEGIN; {change}'{tenant}'; COMMIT"));
    Ok(Scripts { plain, forward: script("forward")?, rollback: script("rollback")? })
}

/// Runs scripts one after another in a fresh copy, checks what they leave, and returns what each cost.
fn one(field: &Field, (tenant, rows): (&str, usize), scripts: &[&String]) -> io::Result<Vec<f64>> {
    field.create("copy", Content::CopyOf("base"))?;
    let mut connection = field.connect("copy")?;
    // What is measured is not the disk.
    let hash = "SELECT sum(hashtextextended(o::text, 0))::text FROM orders AS o";
    let before = ask(&mut connection, hash)?;
    let mut costs = Vec::new();
    for (at, script) in scripts.iter().enumerate() {
        costs.push(on_server(&mut connection, script)?.0.as_secs_f64());
        let own = if tenant == "small" { rows / 100 } else { rows - rows / 100 };
        let touched = if at == 1 { 0 } else { own };
        expect(&mut connection, "SELECT count(*) FROM orders WHERE state = 1", &touched.to_string())?;
    }
    if scripts.len() > 1 {
        expect(&mut connection, hash, &before)?;
    }
    drop(connection);
    field.drop("copy")?;
    Ok(costs)
}
