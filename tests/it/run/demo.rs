//! `tenet demo`: every scene ends as the story says.

use std::process::Command;

use super::Ended;
use crate::server;

#[test]
fn the_story_is_told_to_its_end() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenet"));
    let ended = Ended::of(command.arg("demo").env("TENET_POSTGRES_BIN", server::bin()).output().unwrap()).with(0);
    for scene in [
        "scope/unscoped-update",
        "build/0002_open_orders",
        "the books of cheese are being audited",
        "cheese  0001     failed",
        "3 applied",
        "1 rolled_back",
        "toys    0001     rolled_back",
        "4 chains, 0 breaks",
    ] {
        assert!(ended.out.contains(scene), "{scene} is not in\n{}\n{}", ended.out, ended.err);
    }
}
