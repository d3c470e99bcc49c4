//! Many tenants: how long `status` takes, and how much memory a run holds.

use std::io;

use tenet::db::scratch::Content;

use super::field::{Field, ask, expect, size};

fn settings(database: &str) -> String {
    format!(
        "version: 1\npostgres: 15\ntenancy: {{ tenant_column: tenant_id, type: text, root: {{ table: accounts, column: id }} \
         }}\ndatabases: {{ shared: {{ url: \"host=${{SOCKET}} user=postgres dbname={database}\" }} }}\n"
    )
}

fn first() -> (String, String) {
    let text = "CREATE TABLE accounts (id text PRIMARY KEY);
CREATE TABLE orders (tenant_id text NOT NULL REFERENCES accounts (id), id bigint NOT NULL, cents bigint NOT NULL,
    PRIMARY KEY (tenant_id, id));\n";
    ("0001_orders.sql".to_owned(), text.to_owned())
}

/// `status` over tenants of which each stands somewhere else in a long history.
pub(crate) fn status() -> io::Result<()> {
    let (tenants, migrations) = (size("STATUS_TENANTS", 100_000), size("STATUS_MIGRATIONS", 500));
    let field = Field::start()?;
    field.create("app", Content::Empty)?;
    let next = (2..=migrations).map(|at| {
        let text = format!(
            "-- tenet: irreversible because it is only a number\nUPDATE orders SET cents = {at} WHERE tenant_id = \
             :'tenant_id';\n"
        );
        (format!("{at:04}_cents.sql"), text)
    });
    let all: Vec<_> = std::iter::once(first()).chain(next).collect();
    let project = field.project("status", &settings("app"), &all)?;
    field.tenet(&project, "apply --all --to 1")?;
    let mut desk = field.connect("app")?;
    ask(&mut desk, "INSERT INTO accounts VALUES ('model')")?;
    field.tenet(&project, "apply --tenant model")?;
    seed(&mut desk, tenants)?;
    let watched = field.watched(&project, "status --format json --quiet")?;
    let all: serde_json::Value = serde_json::from_str(&watched.out).map_err(io::Error::other)?;
    let all = all["tenants"].as_array().map(Vec::as_slice).unwrap_or_default();
    let current = all.iter().filter(|tenant| tenant["state"] == "applied").count();
    let expected = ask(&mut desk, &format!("SELECT count(*) FROM tenet.standing WHERE applied = {migrations} - 1"))?;
    if all.len() != tenants + 1 || current.to_string() != expected {
        return Err(io::Error::other(format!("{} tenants, {current} current, not {expected}", all.len())));
    }
    let human = field.watched(&project, "status --quiet")?;
    println!("{tenants} tenants, {migrations} migrations: {current} have everything");
    for (name, watched) in [("json", watched), ("table", human)] {
        let (seconds, peak) = (watched.wall.as_secs_f64(), watched.peak / 1_000_000);
        println!(
            "status, {name}: {seconds:.2} s (goal 1), peak {peak} MB, {} MB printed",
            watched.out.len() / 1_000_000
        );
    }
    Ok(())
}

/// Gives every tenant the chain that its phases would have left, up to where it stands: nine of ten have everything.
fn seed(desk: &mut tenet::db::Connection, tenants: usize) -> io::Result<()> {
    let seed = format!(
        "ANALYZE tenet.event;
         CREATE TEMP TABLE prefix AS
         WITH RECURSIVE step AS (
             SELECT row_number() OVER (ORDER BY id) AS at, version, phase, tenet.mark(version, phase, checksum) AS mark
             FROM tenet.event WHERE tenant = 'model' AND action = 'applied'
         ), prefix AS (
             SELECT at, version, phase, mark AS digest FROM step WHERE at = 1
             UNION ALL SELECT step.at, step.version, step.phase, prefix.digest # step.mark
             FROM prefix JOIN step ON step.at = prefix.at + 1
         ) SELECT * FROM prefix;
         CREATE UNIQUE INDEX ON prefix (at);
         INSERT INTO accounts SELECT 'tenant-' || n FROM generate_series(1, {tenants}) AS n;
         INSERT INTO tenet.standing (tenant, applied, digest, state, version, phase, at, began, events, hash)
         SELECT 'tenant-' || n, p.at, p.digest, 'applied', p.version, p.phase, now(), 0, p.at, repeat('0', 64)
         FROM generate_series(1, {tenants}) AS n
         JOIN prefix AS p ON p.at = (SELECT max(at) FROM prefix) - CASE n % 10 WHEN 0 THEN n % 97 ELSE 0 END;
         ANALYZE"
    );
    ask(desk, &seed).map(drop)
}

/// A run over few tenants and over many.
pub(crate) fn memory() -> io::Result<()> {
    let many = size("MEMORY_TENANTS", 10_000);
    let jobs = size("JOBS", 8);
    let mut peaks = Vec::new();
    for tenants in [many / 10, many] {
        let field = Field::start()?;
        field.create("app", Content::Empty)?;
        let change = "UPDATE orders SET cents = cents * 100 WHERE tenant_id = :'tenant_id';\n".to_owned();
        let project = field.project("memory", &settings("app"), &[first(), ("0002_cents.sql".to_owned(), change)])?;
        field.tenet(&project, "apply --all --to 1")?;
        let mut desk = field.connect("app")?;
        let fill = format!(
            "INSERT INTO accounts SELECT 'tenant-' || n FROM generate_series(1, {tenants}) AS n;
             INSERT INTO orders SELECT id, 1, 5 FROM accounts; ANALYZE"
        );
        ask(&mut desk, &fill)?;
        let watched = field.watched(&project, &format!("apply --all --quiet --format json --jobs {jobs}"))?;
        expect(&mut desk, "SELECT count(*) FROM orders WHERE cents = 500", &tenants.to_string())?;
        let rate = tenants as f64 / watched.wall.as_secs_f64();
        println!("{tenants} tenants: peak {:.1} MB, {rate:.0} tenants per second", watched.peak as f64 / 1e6);
        peaks.push(watched.peak as f64);
    }
    println!("{:.0} bytes for each further tenant", (peaks[1] - peaks[0]) / (many - many / 10) as f64);
    Ok(())
}
