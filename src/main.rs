//! The `tenet` command.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// What is parsed is many small pieces, made by several threads and dropped by another: a sixth of all work is saved.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Parsers call themselves as deeply as SQL is nested, and SQL that programs write is nested deeply.
const STACK: usize = 256 << 20;

fn main() -> ExitCode {
    let work = || tenet::cli::run(std::env::args_os());
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work);
    match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(exit)) => exit.into(),
        // The panic has already been reported on stderr.
        Ok(Err(_)) => ExitCode::from(101),
        Err(error) => {
            eprintln!("error: cannot start a thread: {error}");
            ExitCode::from(101)
        }
    }
}
