//! Tenants in databases and in schemas of their own, against loops that only send.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tenet::db::scratch::Content;

use super::field::{Field, ask, expect, median, size};

fn migrations(count: usize) -> Vec<(String, String)> {
    let first = "CREATE TABLE orders (id bigint PRIMARY KEY, at timestamptz NOT NULL, cents bigint NOT NULL);
CREATE TABLE lines (order_id bigint NOT NULL REFERENCES orders (id), no int NOT NULL, text text, PRIMARY KEY (order_id, no));\n";
    let next = (2..2 + count).map(|at| {
        let text = format!(
            "ALTER TABLE orders ADD COLUMN note_{at} text;\nCREATE INDEX orders_by_note_{at} ON orders (note_{at});\n"
        );
        (format!("{at:04}_note_{at}.sql"), text)
    });
    std::iter::once(("0001_orders.sql".to_owned(), first.to_owned())).chain(next).collect()
}

fn list(letter: char, count: usize) -> String {
    (0..count).map(|at| format!("{letter}{at}")).collect::<Vec<_>>().join(", ")
}

/// How a loop that only sends reaches a tenant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sending {
    /// What `build` writes: settings, locks, checks, the ledger's rows.
    Scripts,
    /// The author's statements in a transaction, and nothing else.
    Statements,
}

/// A database for each tenant: `apply` against loops over as many connections.
pub(crate) fn databases() -> io::Result<()> {
    let (count, jobs, rounds) = (size("TENANTS", 100), size("JOBS", 8), size("ROUNDS", 5));
    let field = Field::start()?;
    let all = migrations(rounds);
    let project = |letter: char| {
        let settings = format!(
            "version: 1\npostgres: 15\ntenancy: {{ isolation: database, type: text }}\ndatabases:\n  tenant: {{ url: \
             \"host=${{SOCKET}} user=postgres dbname=t_{{tenant_id}}\" }}\ntenants:\n  list: [{}]\n",
            list(letter, count)
        );
        field.project(&format!("fleet_{letter}"), &settings, &all)
    };
    let sets = ['a', 'b', 'c'];
    let projects = sets.iter().map(|letter| project(*letter)).collect::<io::Result<Vec<_>>>()?;
    field.create("t_model", Content::Empty)?;
    for letter in sets {
        (0..count).try_for_each(|at| field.create(&format!("t_{letter}{at}"), Content::CopyOf("t_model")))?;
    }
    for project in &projects {
        field.tenet(project, &format!("apply --all --to 1 --jobs {jobs}"))?;
        field.tenet(project, "build")?;
    }
    let mut walls: [Vec<f64>; 3] = Default::default();
    for round in 0..rounds {
        let version = 2 + round;
        // Each goes first in turn.
        for turn in 0..sets.len() {
            let at = (turn + round) % sets.len();
            let wall = match at {
                0 => field.tenet(&projects[0], &format!("apply --all --to {version} --jobs {jobs}"))?,
                1 => bare(&field, &projects[1], ('b', count), jobs, (Sending::Scripts, version))?,
                _ => bare(&field, &projects[2], ('c', count), jobs, (Sending::Statements, version))?,
            };
            walls[at].push(count as f64 / wall.as_secs_f64());
        }
    }
    for letter in sets {
        for at in 0..count {
            verify(&field, (letter, at), rounds)?;
        }
    }
    let [tenet, scripts, statements] = walls.map(median);
    println!("{count} databases, {jobs} connections, {rounds} rounds, tenants per second");
    println!("tenet apply                  {tenet:>8.1}");
    println!("loop over the same scripts   {scripts:>8.1}   tenet reaches {:.0} % (goal 85)", 100.0 * tenet / scripts);
    println!("loop over bare statements    {statements:>8.1}   tenet reaches {:.0} %", 100.0 * tenet / statements);
    Ok(())
}

fn verify(field: &Field, (letter, at): (char, usize), rounds: usize) -> io::Result<()> {
    let mut connection = field.connect(&format!("t_{letter}{at}"))?;
    let columns = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname LIKE 'note%'";
    expect(&mut connection, columns, &rounds.to_string())?;
    let indexes = "SELECT count(*) FROM pg_indexes WHERE tablename = 'orders' AND indexname LIKE '%note%'";
    expect(&mut connection, indexes, &rounds.to_string())?;
    let events = if letter == 'c' { 1 } else { 1 + rounds };
    let query = format!("SELECT count(*) FROM tenet.event WHERE action = 'applied' AND tenant = '{letter}{at}'");
    expect(&mut connection, &query, &events.to_string())
}

/// Sends to every tenant over so many connections at a time.
fn bare(
    field: &Field,
    project: &Path,
    (letter, count): (char, usize),
    jobs: usize,
    (sending, version): (Sending, usize),
) -> io::Result<Duration> {
    let texts: Vec<String> = (0..count)
        .map(|at| match sending {
            Sending::Scripts => {
                let file = format!("{version:04}_note_{version}/01.tenant.forward.sql");
                field.script(project, &file, &format!("{letter}{at}"))
            }
            Sending::Statements => {
                let all = migrations(version - 1);
                Ok(format!("BEGIN;\n{}COMMIT;\n", all[version - 1].1))
            }
        })
        .collect::<io::Result<_>>()?;
    each(jobs, count, &|at| ask(&mut field.connect(&format!("t_{letter}{at}"))?, &texts[at]).map(drop))
}

/// Does something so many times, some at a time, and returns how long that took.
fn each(jobs: usize, count: usize, work: &(dyn Fn(usize) -> io::Result<()> + Sync)) -> io::Result<Duration> {
    let (next, begin) = (AtomicUsize::new(0), Instant::now());
    let one = || {
        loop {
            let at = next.fetch_add(1, Ordering::SeqCst);
            if at >= count {
                return Ok(());
            }
            work(at)?;
        }
    };
    let results: Vec<io::Result<()>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(io::Error::other("panic")))).collect()
    });
    results.into_iter().collect::<io::Result<()>>()?;
    Ok(begin.elapsed())
}

/// A schema for each tenant: `apply` against a loop with a connection for each.
pub(crate) fn schemas() -> io::Result<()> {
    let (count, jobs, rounds) = (size("TENANTS", 100) * 3, size("JOBS", 8), size("ROUNDS", 5));
    let field = Field::start()?;
    field.create("app", Content::Empty)?;
    let mut desk = field.connect("app")?;
    for letter in ['a', 'b'] {
        (0..count).try_for_each(|at| ask(&mut desk, &format!("CREATE SCHEMA t_{letter}{at}")).map(drop))?;
    }
    let project = |letter: char| {
        let settings = format!(
            "version: 1\npostgres: 15\nsearch_path: [public]\ntenancy: {{ isolation: schema, type: text }}\ndatabases:\n  \
             shared: {{ url: \"host=${{SOCKET}} user=postgres dbname=app\" }}\n  tenant: {{ schema: \"t_{{tenant_id}}\" \
             }}\ntenants:\n  list: [{}]\n",
            list(letter, count)
        );
        field.project(&format!("schemas_{letter}"), &settings, &migrations(rounds))
    };
    let projects = [project('a')?, project('b')?];
    for project in &projects {
        field.tenet(project, &format!("apply --all --to 1 --jobs {jobs}"))?;
        field.tenet(project, "build")?;
    }
    let (mut tenet, mut loops) = (Vec::new(), Vec::new());
    for version in 2..2 + rounds {
        let wall = field.tenet(&projects[0], &format!("apply --all --to {version} --jobs {jobs}"))?;
        tenet.push(count as f64 / wall.as_secs_f64());
        let file = format!("{version:04}_note_{version}/01.tenant.forward.sql");
        let texts = (0..count).map(|at| field.script(&projects[1], &file, &format!("b{at}")));
        let texts = texts.collect::<io::Result<Vec<_>>>()?;
        let wall = each(jobs, count, &|at| ask(&mut field.connect("app")?, &texts[at]).map(drop))?;
        loops.push(count as f64 / wall.as_secs_f64());
    }
    let columns = "SELECT count(*) FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
        WHERE c.relname = 'orders' AND a.attname LIKE 'note%'";
    expect(&mut desk, columns, &(2 * count * rounds).to_string())?;
    let events = "SELECT count(*) FROM tenet.event WHERE action = 'applied' AND tenant IS NOT NULL";
    expect(&mut desk, events, &(2 * count * (rounds + 1)).to_string())?;
    let (tenet, loops) = (median(tenet), median(loops));
    println!("{count} schemas, {jobs} connections, {rounds} rounds, tenants per second");
    println!("tenet apply                                    {tenet:>8.1}");
    println!(
        "the same scripts, a connection for each        {loops:>8.1}   tenet is {:.1} times as fast (goal 3)",
        tenet / loops
    );
    Ok(())
}
