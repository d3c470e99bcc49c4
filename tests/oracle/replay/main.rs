//! Runs folders of SQL on a scratch server and replays them beside it, statement by statement.
//!
//! `cargo run --release --example replay -- FOLDER…` finds the histories within each folder, runs every statement on the
//! server, steps the replay, and compares what the server then holds with what the replay says. Where they part, the replay
//! goes on from what the server holds, so that each statement is judged by itself. Differences are printed by cause.
//!
//! `-- dump FOLDER…` runs the histories, dumps what they lead to, and compares the replay of the dump with the server.
//! `-- random FIRST COUNT LENGTH` walks random histories instead.

#[path = "../../it/ddl.rs"]
mod ddl;
#[path = "../../it/ddl_walk.rs"]
#[expect(clippy::unwrap_used, reason = "it is a test's, and a server that fails ends the run")]
mod ddl_walk;
mod dump;
#[expect(clippy::disallowed_methods, reason = "an oracle reads whatever folders it is given")]
mod folders;
#[path = "../../it/random.rs"]
#[expect(dead_code, reason = "tests use more of it")]
mod random;
#[path = "../../it/read_back.rs"]
mod read_back;
mod side;
mod tally;
mod walk;

use std::path::PathBuf;

use tally::Tally;
use tenet::db::{Scratch, ScratchOptions};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, first, count, length] = arguments.as_slice()
        && word == "random"
    {
        return random_histories([first, count, length].map(|number| number.parse().unwrap_or(0)));
    }
    let dumps = arguments.first().is_some_and(|word| word == "dump");
    let mut folders: Vec<PathBuf> = arguments.into_iter().skip(usize::from(dumps)).map(PathBuf::from).collect();
    folders.sort();
    let mut total = Tally::default();
    for folder in &folders {
        let bin = programs();
        let settings = ["statement_timeout=20s", "client_min_messages=error"].map(str::to_owned).to_vec();
        // Roles belong to the whole server, so each folder has one of its own.
        let scratch = match Scratch::start(ScratchOptions { bin, settings, ..ScratchOptions::default() }) {
            Ok(scratch) => scratch,
            Err(error) => return eprintln!("{error}"),
        };
        let made = scratch
            .connect("postgres")
            .and_then(|mut connection| connection.execute(&format!("CREATE ROLE {} SUPERUSER LOGIN", side::RUNNER)));
        if let Err(error) = made {
            return eprintln!("{error}");
        }
        let mut found = Tally::default();
        let mut histories = 0;
        for history in folders::histories(folder) {
            histories += 1;
            let mut own = Tally::default();
            let walked = match dumps {
                true => {
                    dump::history(&scratch, &history, &mut own).map(|count| format!("{count} statements in its dump"))
                }
                false => walk::history(&scratch, &history, &mut own).map(|()| "walked".to_owned()),
            };
            let done = walked.unwrap_or_else(|error| format!("not to its end: {error}"));
            println!("{}: {done}; {}", history.name, own.line());
            found.add(own);
        }
        println!("== {} ({histories} histories): {}", folder.display(), found.line());
        total.add(found);
    }
    println!("\nTOTAL {}", total.line());
    println!("{}", total.report());
}

fn random_histories([first, count, length]: [u64; 3]) {
    let bin = programs();
    let scratch = match Scratch::start(ScratchOptions { bin, ..ScratchOptions::default() }) {
        Ok(scratch) => scratch,
        Err(error) => return eprintln!("{error}"),
    };
    let mut total = ddl_walk::Found::default();
    for seed in first..first + count {
        let found = ddl_walk::walk(&scratch, seed, length as usize);
        found.parted.iter().for_each(|parted| println!("{parted}\n"));
        total.taken += found.taken;
        total.refused += found.refused;
        total.unsure += found.unsure;
        total.otherwise += found.otherwise;
        total.parted.extend(found.parted);
    }
    let ddl_walk::Found { parted, taken, refused, unsure, otherwise } = total;
    println!(
        "{taken} taken, {refused} refused ({otherwise} with another code), {unsure} in doubt, {} parted",
        parted.len()
    );
}

/// Another version's programs, to run the same on them.
#[expect(clippy::disallowed_methods, reason = "an oracle is told by its environment, as tests are")]
fn programs() -> Option<PathBuf> {
    std::env::var_os("TENET_POSTGRES_BIN").map(PathBuf::from)
}
