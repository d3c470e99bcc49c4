//! tenet on itself: `schema/` and `migrations/` of this repository hold its own tables.

use std::process::Command;

use crate::fixture::root;
use crate::server::Server;
use tenet::emit;

fn script(name: &str) -> String {
    let found = emit::ledger().into_iter().find(|output| output.name == name);
    found.unwrap().text
}

#[test]
fn check_finds_nothing_in_our_own_project() {
    let output = Command::new(env!("CARGO_BIN_EXE_tenet")).arg("check").current_dir(root()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert_eq!(text, "8 migrations, 0 findings\n");
}

#[test]
fn the_server_agrees_with_our_own_history() {
    let output = Command::new(env!("CARGO_BIN_EXE_tenet")).arg("verify").current_dir(root()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.starts_with("0001_ledger: the server agrees"), "{text}");
}

#[test]
fn the_scripts_go_there_and_back_and_there() {
    let server = Server::start();
    server.create("ledger");
    server.create("declared");
    let schema = std::fs::read_to_string(root().join("schema/tenet.sql")).unwrap();
    server.psql("declared", &schema, &[]).unwrap();
    let declared = server.dump("declared");
    let empty = server.dump("ledger");
    let (forward, rollback) = (script("forward.sql"), script("rollback.sql"));
    for round in 1..=2 {
        server.psql("ledger", &forward, &[]).unwrap();
        assert_eq!(server.dump("ledger"), declared, "round {round}: the migrations make what is declared");
        server.psql("ledger", &forward, &[]).unwrap();
        assert_eq!(server.dump("ledger"), declared, "round {round}: a second run changes nothing");
        let versions = server.psql("ledger", "SELECT string_agg(version, ',') FROM tenet.ledger", &[]).unwrap();
        assert_eq!(versions, "0001,0002,0003,0004,0005,0006,0007,0008\n");
        server.psql("ledger", &rollback, &[]).unwrap();
        assert_eq!(server.dump("ledger"), empty, "round {round}: nothing is left");
    }
}

#[test]
fn the_rollback_refuses_while_something_is_applied() {
    let server = Server::start();
    server.create("ledger");
    server.psql("ledger", &script("forward.sql"), &[]).unwrap();
    server.psql("ledger", "SELECT tenet.record(NULL, '0001', 1, 'applied', 'x')", &[]).unwrap();
    let complaint = server.psql("ledger", &script("rollback.sql"), &[]).unwrap_err();
    assert!(complaint.contains("migrations are still applied"), "{complaint}");
}
