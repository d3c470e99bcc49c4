//! How long readers wait behind a change of definitions that waits for its lock.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tenet::db::scratch::Content;

use super::field::{Field, ask, expect};

const SETTINGS: &str = "version: 1
postgres: 15
tenancy: { tenant_column: tenant_id, type: text, root: { table: accounts, column: id } }
databases: { shared: { url: \"host=${SOCKET} user=postgres dbname=app\" } }
";

/// What a phase waits for its locks before it lets others pass.
const LOCK_TIMEOUT: Duration = Duration::from_millis(500);

/// How long the transaction lasts that stands in the way.
const BLOCKER: Duration = Duration::from_secs(6);

pub(crate) fn run() -> io::Result<()> {
    let field = Field::start()?;
    field.create("app", Content::Empty)?;
    let first = "CREATE TABLE accounts (id text PRIMARY KEY);
CREATE TABLE orders (tenant_id text NOT NULL REFERENCES accounts (id), id bigint, PRIMARY KEY (tenant_id, id));\n";
    let second = "ALTER TABLE orders ADD COLUMN note text;\n";
    let migrations = [("0001_orders.sql", first), ("0002_note.sql", second)];
    let migrations = migrations.map(|(file, text)| (file.to_owned(), text.to_owned()));
    let project = field.project("blocked", SETTINGS, &migrations)?;
    field.tenet(&project, "apply --all --to 1")?;
    let mut blocker = field.connect("app")?;
    ask(&mut blocker, "BEGIN; SELECT count(*) FROM orders")?;
    let mut reader = field.connect("app")?;
    let is_over = AtomicBool::new(false);
    let (waits, end) = thread::scope(|scope| {
        let reading = scope.spawn(|| read(&mut reader, &is_over));
        let applying = scope.spawn(|| field.tenet(&project, "apply --all").map(|_| Instant::now()));
        thread::sleep(BLOCKER);
        let released = ask(&mut blocker, "ROLLBACK").map(|_| Instant::now());
        let applied = applying.join().unwrap_or_else(|_| Err(io::Error::other("panic")));
        is_over.store(true, Ordering::SeqCst);
        let waits = reading.join().unwrap_or_else(|_| Err(io::Error::other("panic")))?;
        Ok::<_, io::Error>((waits, applied?.saturating_duration_since(released?)))
    })?;
    let mut desk = field.connect("app")?;
    let there = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = 'note'";
    expect(&mut desk, there, "1")?;
    let worst = waits.iter().max().copied().unwrap_or_default();
    let slow = waits.iter().filter(|wait| **wait > Duration::from_millis(50)).count();
    println!(
        "{} reads, {slow} of more than 50 ms; ALTER done {:.1} s after its way was free",
        waits.len(),
        end.as_secs_f64()
    );
    let goal = LOCK_TIMEOUT + Duration::from_millis(100);
    println!("worst read {} ms (goal {})", worst.as_millis(), goal.as_millis());
    Ok(())
}

/// Reads a hundred times a second, and returns how long each took.
fn read(reader: &mut tenet::db::Connection, is_over: &AtomicBool) -> io::Result<Vec<Duration>> {
    let mut waits = Vec::new();
    while !is_over.load(Ordering::SeqCst) {
        let begin = Instant::now();
        ask(reader, "SELECT count(*) FROM orders")?;
        waits.push(begin.elapsed());
        thread::sleep(Duration::from_millis(10));
    }
    Ok(waits)
}
