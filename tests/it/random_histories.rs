//! Random histories: the replay and a server hold the same after every statement.

use tenet::db::{Scratch, ScratchOptions};

use crate::ddl_walk::walk;
use crate::fixture::report;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn the_server_holds_what_random_ddl_makes_in_the_replay() {
    let bin = std::env::var_os("TENET_POSTGRES_BIN").map(Into::into);
    let scratch = Scratch::start(ScratchOptions { bin, ..ScratchOptions::default() }).unwrap();
    let first = number("TENET_DDL_SEED", 1);
    let (length, histories) = (number("TENET_DDL_LENGTH", 60), number("TENET_DDL_HISTORIES", 5));
    let mut parted = Vec::new();
    let (mut taken, mut unsure, mut refused, mut otherwise) = (0, 0, 0, 0);
    for seed in first..first + histories {
        let found = walk(&scratch, seed, length as usize);
        (taken, unsure) = (taken + found.taken, unsure + found.unsure);
        (refused, otherwise) = (refused + found.refused, otherwise + found.otherwise);
        parted.extend(found.parted);
    }
    report(taken, parted);
    // What is never sure is never wrong either.
    assert!(unsure * 3 <= taken + refused, "of {} statements {unsure} are in doubt", taken + refused);
    assert!(otherwise * 10 <= refused, "of {refused} refusals {otherwise} have another code");
}
