//! How fast runs are: ratios in one run on a server of our own, each outcome looked up in the databases.
//!
//! `cargo bench --bench run` prints every table; `-- fleet`, `schemas`, `rows`, `status`, `blocked` or `memory` prints one.
//! `TENET_BENCH_TENANTS`, `TENET_BENCH_ROWS`, `TENET_BENCH_STATUS_TENANTS`, `TENET_BENCH_STATUS_MIGRATIONS`,
//! `TENET_BENCH_MEMORY_TENANTS`, `TENET_BENCH_ROUNDS`, `TENET_BENCH_ROW_ROUNDS` and `TENET_BENCH_JOBS` make it smaller or
//! larger. Linux only.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads and writes files and looks at the clock itself")]

mod blocked;
mod field;
mod fleet;
mod many;
mod rows;

use std::io;

/// A table of the benchmark.
type Table = fn() -> io::Result<()>;

const TABLES: [(&str, Table); 6] = [
    ("fleet", fleet::databases),
    ("schemas", fleet::schemas),
    ("rows", rows::run),
    ("status", many::status),
    ("blocked", blocked::run),
    ("memory", many::memory),
];

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let known = |wanted: &String| TABLES.iter().any(|(name, _)| name == wanted);
    if let Some(unknown) = arguments.iter().find(|wanted| !known(wanted)) {
        let names = TABLES.map(|(name, _)| name).join(" | ");
        return Err(io::Error::other(format!("`{unknown}`: cargo bench --bench run [-- {names}]")));
    }
    for (name, table) in TABLES {
        if arguments.is_empty() || arguments.iter().any(|wanted| wanted == name) {
            println!("\n== {name}");
            table()?;
        }
    }
    Ok(())
}
