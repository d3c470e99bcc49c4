//! The example projects on PostgreSQL: each history ends in the declared schema.

use std::process::Command;

use crate::fixture::root;

#[test]
fn histories_end_in_the_declared_schema() {
    let ended = Command::new("bash").arg(root().join("tests/oracle/histories.sh")).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{said}");
    assert_eq!(said.matches(" migrations, equal\n").count(), 4, "{said}");
}

#[test]
fn without_a_server_the_way_to_one_is_named() {
    let script = "source tests/oracle/postgres.sh; postgres_bin() { return 1; }; need_postgres";
    let ended = Command::new("bash").args(["-c", script]).current_dir(root()).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.ends_with("install one: apt-get install --yes --no-install-recommends postgresql\n"), "{said}");
}
